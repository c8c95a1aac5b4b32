import { Lexer } from "yaml";

/** Where the bracket or quote was opened that is still open at an offset; undefined where there is none. */
export function findOpening(text: string, before: number): number | undefined {
  const open: number[] = [];
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    // The lexer's own marks are no characters of the text.
    if (/^[\x02\x18\x1f]$/.test(token)) continue;
    if (offset > before) break;
    const quote = token[0];
    if ((quote === '"' || quote === "'") && !closed(token, quote)) return offset;
    if (token === "[" || token === "{") open.push(offset);
    if (token === "]" || token === "}") open.pop();
    offset += token.length;
  }
  return open.at(-1);
}

function closed(token: string, quote: string): boolean {
  if (token.length < 2 || !token.endsWith(quote)) return false;
  if (quote === "'") return /^'(?:[^']|'')*'$/s.test(token);
  return /^"(?:[^"\\]|\\.)*"$/s.test(token);
}
