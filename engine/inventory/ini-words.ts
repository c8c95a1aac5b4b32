/** A word of a line, quotes and backslashes taken off. */
export interface IniWord {
  readonly text: string;
  /** Where it begins in the line, from 0. */
  readonly start: number;
  /** Where the value behind its first bare `=` begins, in `text` and in the line; undefined for a word without any. */
  readonly value?: { readonly at: number; readonly start: number };
  /** A `#` within it: other readers would end the line there. */
  readonly hash: boolean;
}
export type IniWords =
  | { readonly ok: true; readonly words: readonly IniWord[] }
  | { readonly ok: false; readonly at: number; readonly message: string };

/** The words of a line by a shell's rules of quoting; a `#` before which stands nothing or white space begins a comment. */
export function iniWords(line: string): IniWords {
  const words: IniWord[] = [];
  let at = 0;
  for (;;) {
    while (/\s/.test(line.charAt(at))) at += 1;
    if (at >= line.length || line.charAt(at) === "#") return { ok: true, words };
    const word = wordFrom(line, at);
    if ("message" in word) return { ok: false, ...word };
    words.push(word.word);
    at = word.end;
  }
}

function wordFrom(
  line: string,
  start: number,
): { readonly word: IniWord; readonly end: number } | { readonly at: number; readonly message: string } {
  let text = "";
  let hash = false;
  let value: IniWord["value"];
  let at = start;
  while (at < line.length && !/\s/.test(line.charAt(at))) {
    const character = line.charAt(at);
    if (character === "'" || character === '"') {
      const quoted = quotedFrom(line, at);
      if (quoted === null) return { at, message: `the quote ${character} is not closed` };
      // The value's place is that of its first character, behind the quote.
      if (value?.at === text.length && value.start === at) value = { at: text.length, start: at + 1 };
      text += quoted.text;
      at = quoted.end;
      continue;
    }
    if (character === "\\") {
      if (at + 1 >= line.length) return { at, message: "the line ends in a lone backslash" };
      text += line.charAt(at + 1);
      at += 2;
      continue;
    }
    if (character === "#") hash = true;
    if (character === "=" && value === undefined) value = { at: text.length + 1, start: at + 1 };
    text += character;
    at += 1;
  }
  return { word: { text, start, hash, ...(value && { value }) }, end: at };
}

function quotedFrom(line: string, open: number): { readonly text: string; readonly end: number } | null {
  const quote = line.charAt(open);
  let text = "";
  for (let at = open + 1; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === quote) return { text, end: at + 1 };
    if (quote === '"' && character === "\\" && /["\\]/.test(line.charAt(at + 1))) {
      text += line.charAt(at + 1);
      at += 1;
    } else text += character;
  }
  return null;
}
