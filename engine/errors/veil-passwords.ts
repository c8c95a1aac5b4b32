/** Names of what is a password wherever it stands, as the lint `plain-password` knows them. */
const named =
  /(?<=^|[\s{,_'"-])(?:password|passwd|passphrase|secret|token|(?:api|auth|private|wireguard)_?key|psk)["']?\s*[:=]\s+?(?=\S)|(?<=[\s_]|^)(?:password|passwd|passphrase|secret|token|(?:api|auth|private|wireguard)_?key|psk)=/gi;

/** What stands behind such a name and is none: a template, something encrypted, a map, a path, a type. */
const harmless = /^(?:["']?\{\{|[!{[|>&*#~/.]|["']?[~/.]|(?:string|any|true|false|null|integer|boolean|yes|no)\b)/;

/**
 * A line of the site without the passwords that are written out in it: an error message travels further than the file
 * that it shows, into logs of CI and questions to others. As long as before, so that marks stay where they are.
 */
export function veilPasswords(line: string): string {
  let veiled = line;
  for (const { index, 0: name } of line.matchAll(named)) {
    const from = index + name.length;
    const rest = line.slice(from);
    if (harmless.test(rest)) continue;
    const value = /^"(?:[^"\\]|\\.)*"?|^'(?:[^']|'')*'?|^.+?(?=,\s|\s*[}\]]|\s+#|\s+\w+=|\s*$)/.exec(rest)?.[0] ?? "";
    const quote = /^["']/.exec(value)?.[0] ?? "";
    const inner = value.slice(quote.length, quote !== "" && value.length > 1 && value.endsWith(quote) ? -1 : undefined);
    const start = from + quote.length;
    veiled =
      veiled.slice(0, start) +
      inner.replace(/\S/gu, (sign) => "*".repeat(sign.length)) +
      veiled.slice(start + inner.length);
  }
  return veiled;
}
