import { createHash } from "node:crypto";

/** What V8 has made of one chunk. */
export interface KeptCode {
  /** Of the chunk's file, when it was compiled: a file that differs in one of them is compiled anew. */
  readonly size: number;
  readonly mtimeMs: number;
  readonly code: Buffer;
}

/** The file: this line, a line of JSON that says where each chunk's code lies behind it, and the code. */
const firstLine = "compiled by V8 for lab, 1\n";

interface Place extends Omit<KeptCode, "code"> {
  readonly at: number;
  readonly length: number;
  readonly digest: string;
}

export interface CodeFile {
  /** The commands that the code was gathered from. */
  readonly commands: readonly string[];
  readonly names: readonly string[];
  find(name: string): KeptCode | null;
}

export function writeCodeFile(commands: readonly string[], chunks: ReadonlyMap<string, KeptCode>): Buffer {
  const places: Record<string, Place> = {};
  let at = 0;
  for (const [name, kept] of chunks) {
    const { size, mtimeMs, code } = kept;
    places[name] = { size, mtimeMs, at, length: code.length, digest: digestOf(name, kept) };
    at += code.length;
  }
  const head = `${firstLine}${JSON.stringify({ commands, places })}\n`;
  return Buffer.concat([Buffer.from(head, "latin1"), ...[...chunks.values()].map(({ code }) => code)]);
}

/** Null: it is none, or damaged. V8 dies of code that is damaged, so each piece is held against its digest before it is used. */
export function readCodeFile(bytes: Buffer): CodeFile | null {
  const end = bytes.indexOf("\n", firstLine.length);
  if (end < 0 || bytes.toString("latin1", 0, firstLine.length) !== firstLine) return null;
  const index = parseIndex(bytes.toString("latin1", firstLine.length, end));
  if (index === null) return null;
  const { commands, places } = index;
  return {
    commands,
    names: Object.keys(places),
    find(name) {
      const place = Object.hasOwn(places, name) ? places[name] : undefined;
      if (place === undefined) return null;
      const { size, mtimeMs, at, length, digest } = place;
      const kept = { size, mtimeMs, code: bytes.subarray(end + 1 + at, end + 1 + at + length) };
      return digestOf(name, kept) === digest ? kept : null;
    },
  };
}

interface Index {
  readonly commands: readonly string[];
  readonly places: Readonly<Record<string, Place>>;
}

function parseIndex(text: string): Index | null {
  try {
    const index: unknown = JSON.parse(text);
    return isIndex(index) ? index : null;
  } catch {
    return null;
  }
}

/** What a place says of its code need not be looked at: what is wrong there is another digest. */
function isIndex(value: unknown): value is Index {
  if (!isMap(value) || !("commands" in value && "places" in value)) return false;
  const { commands, places } = value;
  return Array.isArray(commands) && isMap(places) && Object.values(places).every(isMap);
}

function isMap(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function digestOf(name: string, { size, mtimeMs, code }: KeptCode): string {
  return createHash("sha256").update(`${name} ${size} ${mtimeMs}\n`).update(code).digest("base64");
}
