import { displayWidth, graphemes, graphemeWidth } from "./display-width.ts";

/** The text, or as much of it as fits into `width` terminal cells, ending in `…`. For text without colours. */
export function shorten(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  if (width < 1) return "";
  let cut = "";
  let used = 0;
  for (const grapheme of graphemes(text)) {
    used += graphemeWidth(grapheme);
    if (used > width - 1) break;
    cut += grapheme;
  }
  return `${cut.trimEnd()}…`;
}

/** Fills up with spaces to `width` terminal cells. */
export function padTo(text: string, width: number): string {
  return text + " ".repeat(Math.max(0, width - displayWidth(text)));
}
