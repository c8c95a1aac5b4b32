/** A checksum as people write it: `sha256:…` or `sha512:…`, in lower-case hex. */
export interface Checksum {
  readonly algorithm: "sha256" | "sha512";
  readonly sum: string;
}

/** From `sha256:HEX`; undefined for anything else. */
export function parseChecksum(text: string): Checksum | undefined {
  const [, algorithm, sum = ""] = /^(sha256|sha512):([0-9a-f]+)$/i.exec(text.trim()) ?? [];
  const known = algorithm?.toLowerCase();
  if (known === "sha256" && sum.length === 64) return { algorithm: known, sum: sum.toLowerCase() };
  if (known === "sha512" && sum.length === 128) return { algorithm: known, sum: sum.toLowerCase() };
  return undefined;
}

/**
 * The checksum of a file in a list of them: lines of sha256sum (`HEX  name`, `HEX *name`), of BSD (`SHA256 (name) = HEX`),
 * or a lone sum. Names may stand with folders in front. Undefined if it is not there, or there with two different sums.
 */
export function checksumIn(list: string, name: string): Checksum | undefined {
  const found = new Map<string, Checksum>();
  const lines = list.split(/\r?\n/).filter((line) => line.trim() !== "" && !line.startsWith("#"));
  const [only = ""] = lines;
  const alone = lines.length === 1 ? of(only.trim()) : undefined;
  if (alone !== undefined) return alone;
  for (const line of lines) {
    const [, hex, listed] = /^\\?([0-9a-f]{64,128}) [ *](.+)$/i.exec(line) ?? [];
    const [, ofBsd, bsdHex] = /^SHA(?:256|512) \((.+)\) = ([0-9a-f]{64,128})$/i.exec(line) ?? [];
    const sum = of(hex ?? bsdHex ?? "");
    const base = (listed ?? ofBsd ?? "").replace(/^.*\//, "");
    if (sum !== undefined && base === name) found.set(sum.sum, sum);
  }
  return found.size === 1 ? [...found.values()][0] : undefined;
}

function of(hex: string): Checksum | undefined {
  if (!/^[0-9a-f]+$/i.test(hex)) return undefined;
  if (hex.length === 64) return { algorithm: "sha256", sum: hex.toLowerCase() };
  return hex.length === 128 ? { algorithm: "sha512", sum: hex.toLowerCase() } : undefined;
}
