import { insertLine, joinLines, splitLines } from "./text-lines.ts";

/** The address under which Debian keeps a host's own name. */
const OWN = "127.0.1.1";

/** The addresses that /etc/hosts gives for a name. */
export function addressesOf(text: string, name: string): readonly string[] {
  return splitLines(text).flatMap((line) => {
    const [address, ...names] = wordsOf(line.text);
    return address !== undefined && names.includes(name) ? [address] : [];
  });
}

/** The text in which the host finds its own name: `host.example` stands with its short form behind it. */
export function withOwnName(text: string, name: string): string {
  const names = ownNames(name);
  if (addressesOf(text, name).length > 0) return text;
  const lines = splitLines(text);
  const own = lines.findIndex((line) => wordsOf(line.text)[0] === OWN);
  const entry = `${OWN}\t${names.join(" ")}`;
  if (own >= 0) return joinLines(lines.map((line, index) => (index === own ? { ...line, text: entry } : line)));
  const local = lines.findLastIndex((line) => wordsOf(line.text)[0] === "127.0.0.1");
  return joinLines(insertLine(lines, local + 1, entry));
}

export function ownNames(name: string): readonly string[] {
  const short = name.split(".")[0] ?? name;
  return short === name ? [name] : [name, short];
}

function wordsOf(line: string): readonly string[] {
  return line
    .replace(/#.*/, "")
    .split(/\s+/)
    .filter((word) => word !== "");
}
