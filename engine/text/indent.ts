/** Puts every line that is not empty `by` spaces to the right. */
export function indent(lines: readonly string[], by: number): string[] {
  const margin = " ".repeat(by);
  return lines.map((line) => (line === "" ? line : margin + line));
}
