import { createHash } from "node:crypto";
import { unreachable } from "../errors/bug.ts";
import type { OpReply, ReadOp, Stat } from "../ops/ir.ts";
import { folderThere } from "../ops/reply/host-error.ts";
import { Secret } from "../value/secret.ts";

/** What will be at a path once the pending changes are made. What is unsaid of its attributes is that of the real thing there. */
export type Pending =
  | { readonly kind: "absent" }
  | { readonly kind: "attributes"; readonly owned: Owned }
  /** A folder that is made as a parent of another, where there is none yet. */
  | { readonly kind: "parent"; readonly owned: Owned; readonly fresh: boolean }
  | { readonly kind: "directory"; readonly owned: Owned; readonly fresh: boolean }
  | {
      readonly kind: "file";
      /** Null: too large to be kept, only its digest is known. */
      readonly bytes: Uint8Array | null;
      readonly size: number;
      readonly sha256: string;
      readonly owned: Owned;
      /** Its mode if it is made anew and none is asked for. */
      readonly bornMode: string;
      readonly fresh: boolean;
    }
  | { readonly kind: "symlink"; readonly target: string; readonly owned: Owned };

/** `fresh`: nothing of what the host has at the path counts any more, so unsaid attributes are those of a new thing. */
export interface Owned {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

export interface Seen {
  readonly reply: OpReply;
  /** False: the pending file operations are not enough to say what would be seen. */
  readonly exact: boolean;
}

/** Whom a new thing belongs to. */
export interface Birthright {
  readonly owner: string;
  readonly group: string;
}

/** What a thing has that is made anew by someone in some folder. */
export interface Birth {
  readonly by: Birthright | null;
  /** The group of a folder that passes it on (set-group-id), and so does the folder that is made in it. */
  readonly inherited: string | null;
}

const exactly = (reply: OpReply): Seen => ({ reply, exact: true });
export const nothingThere: Seen = exactly({ kind: "done", answer: null, digest: "absent" });

/** What a look at the very path of a pending thing would see; `real` is what the host answers now. */
export function seenAt(probe: ReadOp & { kind: "file" | "stat" }, real: OpReply, pending: Pending, birth: Birth): Seen {
  switch (pending.kind) {
    case "absent":
      return nothingThere;
    case "attributes":
      return exactly(withAttributes(real, pending.owned));
    case "symlink":
      if (probe.kind === "file" || probe.follow) return { reply: real, exact: false };
      return born("symlink", "0777", pending, birth, pending.target.length, { target: pending.target });
    case "parent":
      if (!pending.fresh && isThere(real)) return exactly(withAttributes(real, pending.owned));
      return folder(probe, null, pending, birth);
    case "directory": {
      const stat = pending.fresh ? null : realStat(real);
      return folder(probe, stat?.type === "directory" ? stat : null, pending, birth);
    }
    case "file":
      return file(probe, real, pending, birth);
    default:
      return unreachable(pending);
  }
}

function folder(
  probe: ReadOp & { kind: "file" | "stat" },
  base: Stat | null,
  pending: { readonly owned: Owned },
  birth: Birth,
): Seen {
  if (probe.kind === "file") {
    return exactly({ kind: "failed", error: folderThere(probe.path) });
  }
  if (base) return exactly(withAttributes(done(base), pending.owned));
  return born("directory", birth.inherited === null ? "0755" : "2755", pending, birth, 4096, {});
}

function file(
  probe: ReadOp & { kind: "file" | "stat" },
  real: OpReply,
  pending: Pending & { kind: "file" },
  birth: Birth,
): Seen {
  const digest = { sha256: pending.sha256 };
  if (probe.kind === "file") {
    if (pending.bytes === null) return { reply: real, exact: false };
    const answer = probe.as === "bytes" ? pending.bytes : new TextDecoder().decode(pending.bytes);
    return exactly(done(answer, digest));
  }
  const stat = pending.fresh ? null : realStat(real);
  const more = probe.sha256 ? digest : {};
  if (stat?.type === "file") {
    const { sha256: _old, ...kept } = stat;
    const answer = { ...kept, size: pending.size, ...more };
    return exactly(withAttributes(done(answer, digest), pending.owned));
  }
  return born("file", pending.bornMode, pending, birth, pending.size, more, digest);
}

/** The names in a folder. `children` are the pending things right below it. */
export function namesSeen(real: OpReply, pending: Pending | null, children: ReadonlyMap<string, Pending>): Seen {
  if (pending?.kind === "absent") return nothingThere;
  if (pending?.kind === "file") {
    return exactly({ kind: "failed", error: { code: "not-directory", message: "it is a file" } });
  }
  const emptied = (pending?.kind === "directory" || pending?.kind === "parent") && pending.fresh;
  const made = pending?.kind === "directory" || pending?.kind === "parent";
  if (real.kind !== "done" && !emptied) return exactly(real);
  const there = !emptied && real.kind === "done" && Array.isArray(real.answer) ? real.answer.map(String) : null;
  const names = new Set(there ?? []);
  for (const [name, child] of children) {
    if (child.kind === "absent") names.delete(name);
    else if (child.kind !== "attributes") names.add(name);
  }
  return exactly(done(there !== null || made ? [...names].sort() : null));
}

function done(answer: unknown, digest?: { readonly sha256: string }): OpReply {
  return { kind: "done", answer, ...(digest && { digest }) };
}

/** A new thing. Whose it will be may not be known: then what is seen of it is no certainty. */
function born(
  type: Stat["type"],
  mode: string,
  { owned }: { readonly owned: Owned },
  { by, inherited }: Birth,
  size: number,
  more: Partial<Stat>,
  digest?: { readonly sha256: string },
): Seen {
  const known = { owner: owned.owner ?? by?.owner, group: owned.group ?? inherited ?? by?.group };
  const { owner = "root", group = "root" } = known;
  // Who a name is by number is known for root alone; a plan compares by name or by number, whichever the user gave.
  const ids = { uid: idOf(owner), gid: idOf(group), owner, group };
  const stat: Stat = { type, mode: owned.mode ?? mode, ...ids, size, mtime: 0, ...more };
  return { reply: done(stat, digest), exact: known.owner !== undefined && known.group !== undefined };
}

function idOf(name: string): number {
  if (name === "root") return 0;
  return /^\d+$/.test(name) ? Number(name) : -1;
}

function withAttributes(real: OpReply, owned: Owned): OpReply {
  const stat = realStat(real);
  if (!stat || real.kind !== "done") return real;
  // Of a link only the owner can be set.
  const { owner = stat.owner, group = stat.group } = owned;
  const chowned = stat.type === "file" && (owner !== stat.owner || group !== stat.group);
  const mode = owned.mode ?? (chowned ? withoutSetId(stat.mode) : stat.mode);
  const uid = owner === stat.owner ? stat.uid : idOf(owner);
  const gid = group === stat.group ? stat.gid : idOf(group);
  return { ...real, answer: { ...stat, mode: stat.type === "symlink" ? stat.mode : mode, owner, group, uid, gid } };
}

/** What the kernel leaves of a mode when a file gets another owner. */
export function withoutSetId(mode: string): string {
  return (Number.parseInt(mode, 8) & ~0o6000).toString(8).padStart(4, "0");
}

export function realStat(real: OpReply): Stat | null {
  if (real.kind !== "done" || typeof real.answer !== "object" || real.answer === null) return null;
  return "mode" in real.answer && "type" in real.answer ? (real.answer as Stat) : null;
}

function isThere(real: OpReply): boolean {
  return real.kind === "failed" || (real.kind === "done" && real.answer !== null);
}

export function bytesOf(content: string | Uint8Array | Secret): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return new TextEncoder().encode(content instanceof Secret ? content.reveal() : content);
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
