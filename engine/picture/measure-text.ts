import { displayWidth } from "../text/display-width.ts";

// Thousandths of the font's size, of the widest of the fonts that browsers take for `sans-serif` (DejaVu Sans): nobody can
// measure a text without a font, and a box that is a little too wide is better than a text that leaves it.
const groups: readonly (readonly [chars: string, width: number])[] = [
  ["ijlI'|", 350],
  [".,:;`! ", 410],
  ['frtJ()[]{}/\\-"', 460],
  ["csxzvykL?_ ", 600],
  ["abdeghnopqu0123456789FTEPZS$*#", 650],
  ["ABCDKRUVXYHNGOQ&", 790],
  ["mwM%+=<>~^←→↔·×", 980],
  ["W@", 1010],
];
const widths = new Map(groups.flatMap(([chars, width]) => [...chars].map((char): [string, number] => [char, width])));

/** The most pixels that a text can take. */
export function measureText(text: string, size: number, bold = false): number {
  let sum = 0;
  for (const char of text) sum += widths.get(char) ?? (char > "\u02ff" ? 1020 * Math.max(1, displayWidth(char)) : 800);
  return Math.ceil((sum * size * (bold ? 1.13 : 1)) / 1000);
}

/** Cut to fit, with an ellipsis. */
export function fitText(text: string, width: number, size: number, bold = false): string {
  if (measureText(text, size, bold) <= width) return text;
  const chars = [...text];
  let cut = chars.length;
  while (cut > 1 && measureText(`${chars.slice(0, cut).join("")}…`, size, bold) > width) cut -= 1;
  return `${chars.slice(0, cut).join("").trimEnd()}…`;
}
