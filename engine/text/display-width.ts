import { stripVTControlCharacters } from "node:util";

/** Made when it is needed: that takes as long as all else that a short command does. */
let segmenter: Intl.Segmenter | undefined;
const plainAscii = /^[\x20-\x7e]*$/;
/** European letters, punctuation, arrows, lines of tables: each stands for itself, as long as nothing else is there to join them. */
const apart = /^[\x20-\x7e\xa0-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u25ff]*$/;

/** What a reader takes for one character: base and accents, an emoji with its modifiers, a flag. */
export function graphemes(text: string): readonly string[] {
  if (apart.test(text)) return [...text];
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  const found: string[] = [];
  for (let from = 0; from < text.length; ) {
    const to = pieceEnd(text, from);
    const parts = Array.from(segmenter.segment(text.slice(from, to)));
    // The last one may go on in the next piece, which begins with it.
    const next = to < text.length && parts.length > 1 ? parts.pop() : undefined;
    for (const { segment } of parts) found.push(segment);
    from = next === undefined ? to : from + next.index;
  }
  return found;
}

/** Segmenting takes time by the square of the length: a line of 140,000 characters took minutes. */
const PIECE = 512;

function pieceEnd(text: string, from: number): number {
  const to = Math.min(from + PIECE, text.length);
  const last = text.charCodeAt(to - 1);
  // Not between the halves of a character: one that joins what is before it would not be known for what it is.
  return last >= 0xd800 && last < 0xdc00 ? Math.min(to + 1, text.length) : to;
}

/** How many terminal cells a text takes. Colours take none, CJK and emoji two. */
export function displayWidth(text: string): number {
  if (plainAscii.test(text)) return text.length;
  let width = 0;
  for (const grapheme of graphemes(stripVTControlCharacters(text))) width += graphemeWidth(grapheme);
  return width;
}

export function graphemeWidth(grapheme: string): number {
  const code = grapheme.codePointAt(0) ?? 0;
  if (code < 0x20 || (code >= 0x7f && code < 0xa0)) return 0;
  if (code < 0x300) return 1;
  if (/^[\p{Mn}\p{Me}\p{Cf}]/u.test(grapheme)) return 0;
  // U+FE0F asks for the picture of a character that is text by default, such as a warning sign.
  if (/^\p{Emoji_Presentation}/u.test(grapheme) || grapheme.includes("\u{fe0f}")) return 2;
  return wide.some(([from, to]) => code >= from && code <= to) ? 2 : 1;
}

// The blocks that Unicode's EastAsianWidth.txt calls W or F, joined where only unassigned codes lie between them.
const wide: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18cff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
];
