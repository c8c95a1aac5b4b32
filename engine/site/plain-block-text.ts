import type { ScalarNode } from "../value/node.ts";
import { scalarNode } from "./plain-inline.ts";
import type { Source } from "./text-scalar.ts";

/**
 * A text below `|` or `>`, which stands at `at`, deeper than `indent`, and the offset of the line behind it. Undefined: it
 * is something that `readPlainYaml` leaves to the library.
 */
export function readBlockText(
  source: Source,
  at: number,
  lineEnd: number,
  indent: number,
  tag: string | undefined,
): { readonly node: ScalarNode; readonly next: number } | undefined {
  const { text } = source;
  const header = text.slice(at, lineEnd);
  if (!/^[|>]-?$/.test(header)) return undefined;
  const folded = header.startsWith(">");
  const lines: string[] = [];
  let own = 0;
  let next = lineEnd + 1;
  /** Behind the last line that is not blank. */
  let behind = next;
  let filled = 0;
  while (next < text.length) {
    const found = text.indexOf("\n", next);
    const end = found < 0 ? text.length : found;
    const line = text.slice(next, end);
    const spaces = line.search(/[^ ]/);
    if (spaces >= 0) {
      if (spaces <= indent) break;
      if (own === 0) own = spaces;
      // Less deep: a comment, or a fault. Deeper: folding leaves such lines as they are.
      if (spaces < own || (folded && (spaces > own || line.endsWith(" ")))) return undefined;
    } else if (own === 0 || line !== "") return undefined;
    lines.push(line.slice(own));
    next = end + 1;
    if (spaces >= 0) [behind, filled] = [Math.min(next, text.length), lines.length];
  }
  if (filled === 0) return undefined;
  const content = lines.slice(0, filled);
  const body = folded ? fold(content) : content.join("\n");
  // A last line without an end gets none.
  const clipped = header.endsWith("-") ? body : `${body}\n`;
  const style = folded ? "BLOCK_FOLDED" : "BLOCK_LITERAL";
  return { node: scalarNode(source, at, behind, clipped, style, tag), next };
}

/** An end of line is a space; of blank lines each is an end of line. */
function fold(lines: readonly string[]): string {
  let folded = "";
  let blank = 0;
  for (const [index, line] of lines.entries()) {
    if (line === "") {
      blank += 1;
      continue;
    }
    folded += index === 0 ? line : `${blank === 0 ? " " : "\n".repeat(blank)}${line}`;
    blank = 0;
  }
  return folded;
}
