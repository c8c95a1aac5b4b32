/**
 * A file name as coreutils quotes it in messages, in the C locale: as it is if a shell would take it for one plain word,
 * unless `always`; bytes that cannot be printed as `$'\n'`.
 */
export function quoted(name: string, always = false): string {
  const bytes = [...Buffer.from(name)];
  const strange = bytes.some((byte) => !isPlain(byte));
  if (!strange) {
    if (!name.includes("'")) return always || needsQuotes(name) ? `'${name}'` : name;
    if (!/["$`\\!]/.test(name)) return `"${name}"`;
    return `'${name.replaceAll("'", "'\\''")}'`;
  }
  let text = "'";
  let escaping = false;
  for (const byte of bytes) {
    const plain = isPlain(byte);
    if (plain && escaping) text += "''";
    if (!plain && !escaping) text += "'$'";
    escaping = !plain;
    text += plain ? (byte === 0x27 ? "'\\''" : String.fromCharCode(byte)) : escaped(byte);
  }
  return `${text}'`;
}

/** The other quoting of coreutils, that of mkdir: always in quotes, C escapes inside. */
export function escapedName(name: string): string {
  const text = [...Buffer.from(name)].map((byte) =>
    byte === 0x27 || byte === 0x5c
      ? `\\${String.fromCharCode(byte)}`
      : isPlain(byte)
        ? String.fromCharCode(byte)
        : escaped(byte),
  );
  return `'${text.join("")}'`;
}

function isPlain(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
function escaped(byte: number): string {
  const short: Readonly<Record<number, string>> = { 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r" };
  return `\\${short[byte] ?? byte.toString(8).padStart(3, "0")}`;
}
function needsQuotes(name: string): boolean {
  return name === "" || /[^A-Za-z0-9_./,:@%+=^{}\]-]/.test(name) || /^[~#]/.test(name);
}
