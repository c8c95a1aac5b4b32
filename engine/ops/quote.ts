import { Bug } from "../errors/bug.ts";
import { quoteWord as quote } from "../text/quote-word.ts";

/** A word of an argv, quoted for sh. */
export function quoteWord(word: string): string {
  // No program can be given a NUL: the kernel ends the word there, and what came after would silently be lost.
  if (word.includes("\0")) throw new Bug(`a word for the shell holds a NUL: ${JSON.stringify(word)}`);
  return quote(word);
}

export function quoteArgv(argv: readonly string[]): string {
  return argv.map(quoteWord).join(" ");
}
