interface Version {
  readonly epoch: number;
  readonly upstream: string;
  readonly revision: string;
}

/** Orders two Debian versions as dpkg does: negative, zero or positive. */
export function compareVersions(left: string, right: string): number {
  const a = parse(left);
  const b = parse(right);
  return a.epoch - b.epoch || compareParts(a.upstream, b.upstream) || compareParts(a.revision, b.revision);
}

/** Whether a version is meant by a pin: the version itself, or a pattern with `*`. */
export function matchesVersion(pin: string, version: string): boolean {
  if (!pin.includes("*")) return compareVersions(pin, version) === 0;
  const pattern = pin.split("*").map((part) => part.replace(/[.+\-?()[\]{}|^$\\]/g, "\\$&"));
  return new RegExp(`^${pattern.join(".*")}$`).test(version);
}

function parse(text: string): Version {
  const colon = text.indexOf(":");
  const rest = text.slice(colon + 1);
  const dash = rest.lastIndexOf("-");
  return {
    epoch: colon < 0 ? 0 : Number(text.slice(0, colon)),
    upstream: dash < 0 ? rest : rest.slice(0, dash),
    revision: dash < 0 ? "" : rest.slice(dash + 1),
  };
}

// Non-digits and digits by turns, as in dpkg's own algorithm: a missing part counts as the empty text or as zero.
function compareParts(left: string, right: string): number {
  let [a, b] = [left, right];
  while (a !== "" || b !== "") {
    const [textA, textB] = [/^\D*/.exec(a)?.[0] ?? "", /^\D*/.exec(b)?.[0] ?? ""];
    for (let at = 0; at < Math.max(textA.length, textB.length); at += 1) {
      const difference = weight(textA.charAt(at)) - weight(textB.charAt(at));
      if (difference !== 0) return difference;
    }
    a = a.slice(textA.length);
    b = b.slice(textB.length);
    const [digitsA, digitsB] = [/^\d*/.exec(a)?.[0] ?? "", /^\d*/.exec(b)?.[0] ?? ""];
    // BigInt: dates with a time in a version (20240101123456789012) are larger than a safe integer.
    const [numberA, numberB] = [BigInt(digitsA || "0"), BigInt(digitsB || "0")];
    if (numberA !== numberB) return numberA < numberB ? -1 : 1;
    a = a.slice(digitsA.length);
    b = b.slice(digitsB.length);
  }
  return 0;
}

/** `~` sorts before the end of the text, the end before letters, letters before all else. */
function weight(char: string): number {
  if (char === "~") return -1;
  if (char === "") return 0;
  return /[A-Za-z]/.test(char) ? char.charCodeAt(0) : char.charCodeAt(0) + 256;
}
