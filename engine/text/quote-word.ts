/**
 * The one place that quotes words for sh. Single quotes: nothing inside is special but the single quote itself, in
 * every POSIX shell and locale, so there is no list of dangerous characters that could be incomplete.
 */
export function quoteWord(word: string): string {
  if (/^[A-Za-z0-9_/.,:@%+-][A-Za-z0-9_/.,:@%+=-]*$/.test(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}
