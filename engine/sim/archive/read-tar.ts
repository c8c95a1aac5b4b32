import { gunzipSync } from "node:zlib";
import { NotImitated } from "../tool.ts";

/** One member of a tar archive. */
export interface TarMember {
  readonly path: string;
  readonly type: "file" | "directory" | "symlink" | "hardlink" | "other";
  readonly letter: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: number;
  readonly size: number;
  readonly target: string;
  readonly content: Uint8Array;
}

const TYPES: Readonly<Record<string, readonly [TarMember["type"], string]>> = {
  "0": ["file", "-"],
  "\0": ["file", "-"],
  "1": ["hardlink", "h"],
  "2": ["symlink", "l"],
  "3": ["other", "c"],
  "4": ["other", "b"],
  "5": ["directory", "d"],
  "6": ["other", "p"],
};
const BLOCK = 512;

/** Reads ustar, with the long names of GNU and of pax, and gzip around it. Null: it is no archive. */
export function readTar(packed: Uint8Array): readonly TarMember[] | null {
  const bytes = unpacked(packed);
  if (bytes === null) return null;
  const members: TarMember[] = [];
  let long: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at + BLOCK <= bytes.length; ) {
    const head = bytes.subarray(at, at + BLOCK);
    if (head.every((byte) => byte === 0)) return members;
    if (!hasChecksum(head)) return null;
    const letter = String.fromCharCode(head[156] ?? 0);
    const size = long.size ?? octal(head, 124, 12);
    const body = bytes.subarray(at + BLOCK, at + BLOCK + size);
    if (body.length < size) return null;
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (letter === "L" || letter === "K") {
      long = { ...long, [letter === "L" ? "path" : "target"]: text(body, 0, body.length) };
      continue;
    }
    if (letter === "x" || letter === "g") {
      if (letter === "x") long = { ...long, ...paxFields(body) };
      continue;
    }
    const prefix = text(head, 257, 6) === "ustar" ? text(head, 345, 155) : "";
    const name = text(head, 0, 100);
    const [type, shown] = TYPES[letter] ?? (["other", "?"] as const);
    const path = long.path ?? (prefix === "" ? name : `${prefix}/${name}`);
    members.push({
      path,
      type: type === "file" && path.endsWith("/") ? "directory" : type,
      letter: shown,
      mode: octal(head, 100, 8),
      uid: octal(head, 108, 8),
      gid: octal(head, 116, 8),
      mtime: octal(head, 136, 12),
      size,
      target: long.target ?? text(head, 157, 100),
      content: body,
    });
    long = {};
  }
  return members.length > 0 ? members : null;
}

function unpacked(bytes: Uint8Array): Uint8Array | null {
  const magic = Buffer.from(bytes.subarray(0, 6)).toString("latin1");
  if (/^(\xfd7zXZ|BZh|\x28\xb5\x2f\xfd)/.test(magic))
    throw new NotImitated("the embedded lab unpacks only tar and tar.gz");
  if (!magic.startsWith("\x1f\x8b")) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}

function hasChecksum(head: Uint8Array): boolean {
  const sum = head.reduce((total, byte, index) => total + (index >= 148 && index < 156 ? 32 : byte), 0);
  return sum === octal(head, 148, 8);
}
function octal(bytes: Uint8Array, at: number, length: number): number {
  return Number.parseInt(text(bytes, at, length).trim() || "0", 8);
}
function text(bytes: Uint8Array, at: number, length: number): string {
  const part = bytes.subarray(at, at + length);
  const end = part.indexOf(0);
  return Buffer.from(end < 0 ? part : part.subarray(0, end)).toString("utf8");
}
function paxFields(body: Uint8Array): { path?: string; target?: string; size?: number } {
  const fields: { path?: string; target?: string; size?: number } = {};
  for (let at = 0; at < body.length; ) {
    const length = Number.parseInt(text(body, at, 12), 10);
    if (!(length > 0)) break;
    const record = Buffer.from(body.subarray(at, at + length)).toString("utf8");
    const [, name, value = ""] = /^\d+ ([^=]+)=([\s\S]*)\n$/.exec(record) ?? [];
    if (name === "path") fields.path = value;
    if (name === "linkpath") fields.target = value;
    if (name === "size") fields.size = Number(value);
    at += length;
  }
  return fields;
}
