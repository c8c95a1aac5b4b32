/** The offset of a position as Handlebars counts it: lines from 1, columns from 0. */
export function offsetOf(text: string, line: number, column: number): number {
  let start = 0;
  // The lexer's own idea of a line end; a lone carriage return counts.
  const lineEnd = /\r\n?|\n/g;
  for (let current = 1; current < line; current += 1) {
    if (lineEnd.exec(text) === null) break;
    start = lineEnd.lastIndex;
  }
  return start + column;
}
