const MOST = 6000;

/** A text that grew out of what somebody wrote or a host answered, as long as anybody may want to read. */
export function bounded(text: string): string {
  if (text.length <= MOST) return text;
  // The end of a long text often says what it came to.
  return `${text.slice(0, MOST - 1000)} … (${text.length} characters in all) … ${text.slice(-900)}`;
}
