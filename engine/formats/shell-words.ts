export interface SplitWords {
  readonly words: readonly string[];
  /** Words that a shell would have acted upon (`|`, `>`, `&&`, `$HOME`, `*.txt`) and that are handed on as they are. */
  readonly shellish: readonly string[];
}

/**
 * Splits a command into words by a shell's rules of quoting and no other: no variables, globs, pipes or redirections.
 */
export function splitWords(text: string): SplitWords | { readonly error: string } {
  const words: string[] = [];
  const shellish: string[] = [];
  let word: string | undefined;
  let bare = ""; // the unquoted part of the current word
  let expands = false;
  const finish = () => {
    if (word === undefined) return;
    words.push(word);
    if (expands || /[|&;<>*?`]|\$[\w({]/.test(bare)) shellish.push(word);
    word = undefined;
    bare = "";
    expands = false;
  };
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/\s/.test(char)) finish();
    else if (char === "'") {
      const end = text.indexOf("'", at + 1);
      if (end < 0) return { error: `the quote ' at character ${at + 1} is not closed` };
      word = (word ?? "") + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      const quoted = doubleQuoted(text, at + 1);
      if (quoted === undefined) return { error: `the quote " at character ${at + 1} is not closed` };
      word = (word ?? "") + quoted.value;
      // A shell expands variables inside double quotes too.
      expands ||= /\$[\w({]|`/.test(text.slice(at + 1, quoted.end));
      at = quoted.end;
    } else if (char === "\\") {
      if (at + 1 >= text.length) return { error: "it ends in a lone backslash" };
      at += 1;
      word = (word ?? "") + text.charAt(at);
    } else {
      word = (word ?? "") + char;
      bare += char;
    }
  }
  finish();
  return { words, shellish };
}

/** Inside double quotes a backslash protects only `"`, `\`, `$` and the backquote. `end` is the closing quote. */
function doubleQuoted(text: string, start: number): { readonly value: string; readonly end: number } | undefined {
  let value = "";
  for (let at = start; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (char === '"') return { value, end: at };
    const next = text.charAt(at + 1);
    if (char === "\\" && /["\\$`]/.test(next)) {
      value += next;
      at += 1;
    } else value += char;
  }
  return undefined;
}
