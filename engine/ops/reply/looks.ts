import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import type { FileType, Stat } from "../ir.ts";
import type { ParsedFrame } from "./parse-frame.ts";

/** What the fused groups say, by id. Null where the line of an id says that its path went away meanwhile. */
export interface Looks {
  readonly stats: ReadonlyMap<string, readonly string[] | null>;
  readonly hashes: ReadonlyMap<string, string | null>;
  readonly links: ReadonlyMap<string, string>;
  /** Undefined where a content could not be told from its neighbours. */
  readonly contents: ReadonlyMap<string, Buffer>;
}

export function gatherLooks(frame: ParsedFrame, nonce: string): Looks {
  const stats = new Map<string, readonly string[] | null>();
  const hashes = new Map<string, string | null>();
  const links = new Map<string, string>();
  const contents = new Map<string, Buffer>();
  const grouped = [...frame.groups].flatMap(([name, ids]) => {
    const part = frame.parts.get(name);
    return part === undefined || part === null ? [] : [{ name, ids, part }];
  });
  for (const { name, ids, part } of grouped) {
    const lines = part.toString("latin1").split("\n");
    if (name.startsWith("s") || name.startsWith("t")) {
      // One line for each, or the command has failed in a way that leaves no order to rely on.
      if (lines.length === ids.length + 1) for (const [index, id] of ids.entries()) stats.set(id, words(lines[index]));
    } else if (name.startsWith("h")) {
      if (lines.length === ids.length + 1) for (const [index, id] of ids.entries()) hashes.set(id, hash(lines[index]));
    } else if (name.startsWith("l")) {
      const targets = part.toString("utf8").split("\0");
      for (const [index, id] of ids.entries()) links.set(id, targets[index] ?? "");
    }
  }
  // After the others: sizes and hashes decide where a content ends.
  for (const { name, ids, part } of grouped) {
    if (name.startsWith("c")) slice(ids, part, { nonce, stats, hashes, contents });
  }
  return { stats, hashes, links, contents };
}

function words(line: string | undefined): readonly string[] | null {
  return line === undefined || line === "-" ? null : line.split(" ");
}

function hash(line: string | undefined): string | null {
  return /^\\?([0-9a-f]{64}) [ *]/.exec(line ?? "")?.[1] ?? null;
}

interface Slicing {
  readonly nonce: string;
  readonly stats: ReadonlyMap<string, readonly string[] | null>;
  readonly hashes: ReadonlyMap<string, string | null>;
  readonly contents: Map<string, Buffer>;
}

/**
 * Contents one after another, each with the separator behind it. The size finds the end, whatever the content holds; where
 * it does not (a file of /proc, one that grew) the next separator does, and the hash tells later whether it is right.
 */
function slice(ids: readonly string[], part: Buffer, { nonce, stats, contents }: Slicing): void {
  const separator = Buffer.from(`${nonce}\n`, "latin1");
  if (ids.length === 1 && ids[0] !== undefined && !part.subarray(-separator.length).equals(separator)) {
    contents.set(ids[0], part);
    return;
  }
  let at = 0;
  for (const id of ids) {
    const size = Number(stats.get(id)?.[3] ?? 0);
    const bySize = part.subarray(at + size, at + size + separator.length).equals(separator);
    const end = bySize && size > 0 ? at + size : part.indexOf(separator, at);
    if (end < 0) return;
    contents.set(id, part.subarray(at, end));
    at = end + separator.length;
  }
}

export function sha256Of(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

const types: Readonly<Record<number, FileType>> = {
  1: "fifo",
  2: "char",
  4: "directory",
  6: "block",
  8: "file",
  10: "symlink",
  12: "socket",
};

/** From `stat -c "%f %u %g %s %Y %U %G"`: numbers, so nothing depends on a language. */
export function statOf(fields: readonly string[], target: string | undefined, sha256: string | undefined): Stat | null {
  const [raw = "", uid = "", gid = "", size = "", mtime = "", owner = "", group = ""] = fields;
  const bits = Number.parseInt(raw, 16);
  const type = types[bits >> 12];
  if (type === undefined) return null;
  return {
    type,
    mode: (bits & 0o7777).toString(8).padStart(4, "0"),
    uid: Number(uid),
    gid: Number(gid),
    owner: owner === "UNKNOWN" ? uid : owner,
    group: group === "UNKNOWN" ? gid : group,
    size: Number(size),
    mtime: Number(mtime),
    ...(type === "symlink" && target !== undefined ? { target } : {}),
    ...(sha256 === undefined ? {} : { sha256 }),
  };
}
