/**
 * The words of a call as Proxmox VE's tools read them: in the encoding of the locale that they are called in. In a plain C
 * locale that is ASCII, and each byte beyond it becomes U+FFFD, which is then what stands in the configuration.
 */
export function wordsInLocale(words: readonly string[], env: Readonly<Record<string, string>>): readonly string[] {
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || "C";
  return /\.utf-?8$/i.test(locale) ? words : words.map(asAscii);
}

/** The same for what is typed, or comes from a pipe. */
export function inputInLocale(input: Uint8Array, env: Readonly<Record<string, string>>): Uint8Array {
  const text = Buffer.from(input).toString("utf8");
  const [read = ""] = wordsInLocale([text], env);
  return read === text ? input : Buffer.from(read, "utf8");
}

function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/gu, (character) => "\ufffd".repeat(Buffer.byteLength(character, "utf8")));
}
