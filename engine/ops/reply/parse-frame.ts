import { Buffer } from "node:buffer";

/** An answer taken apart: notes by operation, outputs by name. Nothing in it is interpreted yet. */
export interface ParsedFrame {
  /** The script has begun. */
  readonly begun: boolean;
  /** Its last line was read. */
  readonly complete: boolean;
  readonly forks: number;
  /** Words of the notes of an operation, in order: `b`, `e 0`, `x denied`, … */
  readonly notes: ReadonlyMap<string, readonly (readonly string[])[]>;
  /** Fused groups: part name → the ids whose answers it holds, in order. */
  readonly groups: ReadonlyMap<string, readonly string[]>;
  /** Null: there is more of it than allowed, it was not sent. */
  readonly parts: ReadonlyMap<string, Buffer | null>;
}

/** Reads lines of our own, then parts by their sizes. Content is never searched for marks unless its size has moved. */
export function parseFrame(bytes: Buffer, nonce: string): ParsedFrame {
  const notes = new Map<string, string[][]>();
  const groups = new Map<string, string[]>();
  const parts = new Map<string, Buffer | null>();
  const reader = lineReader(bytes, beginOf(bytes, nonce));
  const begun = reader.line() === `lab 1 ${nonce}`;
  let complete = false;
  let forks = 0;
  for (let line = begun ? reader.line() : null; line !== null; line = reader.line()) {
    const [word = "", ...rest] = line.split(" ").filter((text) => text !== "");
    if (word === "g") groups.set(rest[0] ?? "", rest.slice(1));
    else if (word === "y") for (const name of rest) parts.set(name, null);
    else if (word === "p") readParts(reader, rest, nonce, parts);
    else if (word === "i") parts.set(rest[0] ?? "", readBase64(reader));
    else if (word === "z") {
      forks = Number(rest[0] ?? 0);
      complete = reader.line() === nonce;
    } else notes.set(word, [...(notes.get(word) ?? []), rest]);
  }
  return { begun, complete, forks, notes, groups, parts };
}

/** What a login shell's start files print comes before our first line. */
function beginOf(bytes: Buffer, nonce: string): number {
  return Math.max(0, bytes.indexOf(`lab 1 ${nonce}\n`));
}

interface LineReader {
  /** Null at the end; a line without its line end is one that was cut, and does not count. */
  line(): string | null;
  rest(): Buffer;
  skip(length: number): void;
}

function lineReader(bytes: Buffer, start: number): LineReader {
  let at = start;
  return {
    line() {
      const end = bytes.indexOf(10, at);
      if (end < 0) return null;
      const line = bytes.toString("latin1", at, end);
      at = end + 1;
      return line;
    },
    rest: () => bytes.subarray(at),
    skip(length) {
      at += length;
    },
  };
}

/** A line with the size of each, then each part that was sent, with the separator behind it. */
function readParts(
  reader: LineReader,
  names: readonly string[],
  nonce: string,
  parts: Map<string, Buffer | null>,
): void {
  const sizes: number[] = [];
  for (const _ of names) sizes.push(Number(reader.line() ?? Number.NaN));
  const separator = Buffer.from(`${nonce}\n`, "latin1");
  for (const [index, name] of names.entries()) {
    const size = sizes[index] ?? Number.NaN;
    if (Number.isNaN(size)) return;
    if (parts.get(name) === null) continue;
    const rest = reader.rest();
    const end = size === 0 ? 0 : endOfPart(rest, size, separator);
    if (end < 0) return;
    parts.set(name, rest.subarray(0, Math.min(end, size)));
    if (size > 0) reader.skip(end + separator.length);
  }
}

function endOfPart(rest: Buffer, size: number, separator: Buffer): number {
  if (rest.subarray(size, size + separator.length).equals(separator)) return size;
  return rest.indexOf(separator);
}

function readBase64(reader: LineReader): Buffer {
  let text = "";
  for (let line = reader.line(); line !== null && line !== "."; line = reader.line()) text += line;
  return Buffer.from(text, "base64");
}
