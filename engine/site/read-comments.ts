import { Lexer } from "yaml";

/** A comment of a YAML file. Lines and columns count from 1. */
export interface Comment {
  readonly line: number;
  readonly column: number;
  /** From its `#` on. */
  readonly text: string;
  /** Nothing else stands in its line. */
  readonly alone: boolean;
}

/** The comments of a text of YAML: what looks like one inside of a text is none. */
export function readComments(text: string): readonly Comment[] {
  const found: Comment[] = [];
  let offset = 0;
  let line = 1;
  let lineStart = 0;
  let scalar = false;
  for (const token of new Lexer().lex(text)) {
    // The lexer's own marks are no characters of the text; behind the last of them stands a plain or block scalar.
    if (/^[\x02\x18\x1f]$/.test(token)) {
      scalar = token === "\x1f";
      continue;
    }
    if (token.startsWith("#") && !scalar) {
      const alone = text.slice(lineStart, offset).trim() === "";
      found.push({ line, column: offset - lineStart + 1, text: token.trimEnd(), alone });
    }
    scalar = false;
    for (let at = token.indexOf("\n"); at >= 0; at = token.indexOf("\n", at + 1)) {
      line += 1;
      lineStart = offset + at + 1;
    }
    offset += token.length;
  }
  return found;
}
