import type { Place } from "../errors/diagnostic.ts";
import type { Expression, Parsed } from "../value/expression.ts";
import { compileText } from "./compile-template.ts";

/** A whole file as a template: it always gives a text (or a secret), even where it is one expression. */
export function compileTemplateFile(text: string, file: string): Parsed<Expression> {
  const lineStarts = [0];
  for (const found of text.matchAll(/\r\n?|\n/g)) lineStarts.push(found.index + found[0].length);
  const placeAt = (offset: number, length = 1): Place => {
    let low = 0;
    for (let high = lineStarts.length; high - low > 1; ) {
      const middle = (low + high) >> 1;
      if ((lineStarts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { file, line: low + 1, column: offset - (lineStarts[low] ?? 0) + 1, length };
  };
  return compileText(text, { place: { file, line: 1, column: 1 }, placeAt });
}
