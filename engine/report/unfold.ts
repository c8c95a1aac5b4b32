/** A text as it reads once something is undone, and where each of its characters stood. */
export interface Unfolded {
  readonly text: string;
  /** Of the character at each index the first one of the original that it came from, and the one behind its last. */
  readonly from: readonly number[];
  readonly to: readonly number[];
}

const percent = /%[0-9a-f]{2}/i;

/**
 * What %-signs stand for, and what those in turn do. Which characters are spelt so differs from one encoder to the next,
 * so all of them are undone. Bytes as characters: one that was spelt in UTF-8 is several.
 */
export function* withoutPercent(text: string): Iterable<Unfolded> {
  if (!percent.test(text)) return;
  for (const plus of text.includes("+") ? [false, true] : [false]) {
    let current = bytesOf(text);
    for (let level = 0; level < 3 && percent.test(current.text); level += 1) {
      current = decoded(current, plus);
      yield current;
    }
  }
}

/** A text's UTF-8 bytes, each as a character. */
export function asBytes(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

function bytesOf(text: string): Unfolded {
  const [from, to]: [number[], number[]] = [[], []];
  let bytes = "";
  for (let at = 0; at < text.length; ) {
    const length = (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
    const code = text.charCodeAt(at);
    const spelt = code < 0x80 ? text.charAt(at) : asBytes(text.slice(at, at + length));
    for (let index = 0; index < spelt.length; index += 1) {
      from.push(at);
      to.push(at + length);
    }
    bytes += spelt;
    at += length;
  }
  return { text: bytes, from, to };
}

function decoded({ text, from, to }: Unfolded, plus: boolean): Unfolded {
  const pieces: string[] = [];
  const [starts, ends]: [number[], number[]] = [[], []];
  for (let at = 0; at < text.length; ) {
    const hex = text[at] === "%" ? /^[0-9a-f]{2}/i.exec(text.slice(at + 1, at + 3))?.[0] : undefined;
    const length = hex === undefined ? 1 : 3;
    const character = hex === undefined ? text.charAt(at) : String.fromCharCode(Number.parseInt(hex, 16));
    pieces.push(plus && hex === undefined && character === "+" ? " " : character);
    starts.push(from[at] ?? 0);
    ends.push(to[at + length - 1] ?? 0);
    at += length;
  }
  return { text: pieces.join(""), from: starts, to: ends };
}

const broken = /[A-Za-z0-9+/_-]{12,}\s*\n\s*[A-Za-z0-9+/_-]/;

/** Without its line breaks, for what tools break at some width: base64 at 76 or 64 characters, xxd at 60. */
export function* withoutBreaks(text: string): Iterable<Unfolded> {
  if (!broken.test(text)) return;
  const pieces: string[] = [];
  const from: number[] = [];
  for (const { 0: piece, index } of text.matchAll(/[^\s]+|\s+/g)) {
    if (piece.trim() === "" && piece.includes("\n")) continue;
    for (let offset = 0; offset < piece.length; offset += 1) from.push(index + offset);
    pieces.push(piece);
  }
  yield { text: pieces.join(""), from, to: from.map((at) => at + 1) };
}
