/**
 * Where the characters of a scalar stand in its source text: value offset → offset in `source`, -1 where that cannot be
 * told. Folding changes white space alone, so the n-th other character of the value is the n-th other one of the source;
 * that holds in every style but double quotes with escapes, which are walked.
 */
export function offsetsOf(source: string, value: string, style: string): (offset: number) => number {
  if (style === "QUOTE_DOUBLE" && source.includes("\\")) return walkEscapes(source, value);
  const body = bodyStart(source, style);
  const table: number[] = [];
  let at = body;
  for (const [index, character] of [...codeUnits(value)].entries()) {
    if (isSpace(character)) {
      table[index] = -1;
      continue;
    }
    while (at < source.length && isSpace(source[at] ?? "")) at += 1;
    // A doubled single quote is one character.
    if (source[at] !== character) return () => -1;
    table[index] = at;
    at += style === "QUOTE_SINGLE" && character === "'" ? 2 : 1;
  }
  return (offset) => {
    const exact = table[offset];
    if (exact !== undefined && exact >= 0) return exact;
    // White space, or the end: as far behind the last visible character as the value says.
    for (let back = 1; back <= offset; back += 1) {
      const before = table[offset - back];
      if (before !== undefined && before >= 0) return Math.min(before + back, source.length);
    }
    return body;
  };
}

function bodyStart(source: string, style: string): number {
  if (style.startsWith("QUOTE")) return 1;
  // The header of a block (`|-  # why`) is no part of the text.
  if (style.startsWith("BLOCK")) return source.indexOf("\n") + 1;
  return 0;
}

const lengths: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

function walkEscapes(source: string, value: string): (offset: number) => number {
  const table: number[] = [];
  let at = 1;
  while (table.length < value.length && at < source.length - 1) {
    const character = source[at] ?? "";
    if (character === "\n") return () => -1;
    table.push(at);
    if (character !== "\\") {
      at += 1;
      continue;
    }
    const digits = lengths[source[at + 1] ?? ""] ?? 0;
    if (source[at + 1] === "U" && Number.parseInt(source.slice(at + 2, at + 10), 16) > 0xffff) table.push(at);
    at += 2 + digits;
  }
  return (offset) => table[offset] ?? (offset === table.length ? at : -1);
}

function* codeUnits(text: string): Generator<string> {
  for (let index = 0; index < text.length; index += 1) yield text[index] ?? "";
}

function isSpace(character: string): boolean {
  return character === " " || character === "\n" || character === "\t" || character === "\r";
}
