import { Bug } from "../errors/bug.ts";

/**
 * The one place that quotes words for sh. Single quotes: nothing inside is special but the single quote itself, in
 * every POSIX shell and locale, so there is no list of dangerous characters that could be incomplete.
 */
export function quoteWord(word: string): string {
  // No program can be given a NUL: the kernel ends the word there, and what came after would silently be lost.
  if (word.includes("\0")) throw new Bug(`a word for the shell holds a NUL: ${JSON.stringify(word)}`);
  if (/^[A-Za-z0-9_/.,:@%+-][A-Za-z0-9_/.,:@%+=-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}
