import { displayWidth, graphemes, graphemeWidth } from "./display-width.ts";

/** Lines of at most `width` terminal cells. Line breaks and indentation of the text stay; words too long for a line are cut. */
export function wrap(text: string, width: number): string[] {
  const room = Math.max(width, 8);
  return text.split("\n").flatMap((line) => (displayWidth(line) <= room ? [line] : wrapLine(line, room)));
}

function wrapLine(line: string, room: number): string[] {
  const lines: string[] = [];
  // Output of tools is aligned by leading spaces; continuation lines keep it, as long as that leaves room for words.
  const margin = (/^ */.exec(line)?.[0] ?? "").slice(0, Math.floor(room / 2));
  let current = margin;
  for (const word of line.trimStart().split(" ")) {
    const joined = current === margin ? current + word : `${current} ${word}`;
    if (displayWidth(joined) <= room) {
      current = joined;
      continue;
    }
    if (current !== margin) lines.push(current.trimEnd());
    const pieces = cutWord(word, room - margin.length);
    lines.push(...pieces.slice(0, -1).map((piece) => margin + piece));
    current = margin + (pieces.at(-1) ?? "");
  }
  if (current !== margin) lines.push(current.trimEnd());
  return lines;
}

function cutWord(word: string, room: number): string[] {
  const pieces: string[] = [];
  let piece = "";
  let used = 0;
  for (const grapheme of graphemes(word)) {
    const width = graphemeWidth(grapheme);
    if (used + width > room && piece !== "") {
      pieces.push(piece);
      piece = "";
      used = 0;
    }
    piece += grapheme;
    used += width;
  }
  return [...pieces, piece];
}
