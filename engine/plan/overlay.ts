import { createHash } from "node:crypto";
import { unreachable } from "../errors/bug.ts";
import type { OpReply, ReadOp, Stat, Step, WriteOp } from "../ops/ir.ts";
import { Secret } from "../value/secret.ts";

/**
 * Check mode past a pending change: per host, the file operations of pending changes, and a list of the other pending
 * steps. A file probe is answered through the file operations; all else is what the host says now, and so only assumed
 * once something is pending that it could see.
 */
export interface Overlay {
  /** Remembers the steps that a task would send. `user` is whom new files would belong to. */
  add(taskId: string, steps: readonly Step[], user: string): void;
  /** What a look would see after the pending changes, and the tasks that this hangs on (none: it is certain). */
  see(probe: ReadOp, real: OpReply): { readonly reply: OpReply; readonly because: readonly string[] };
}

/** What is pending at a path. A file's missing attributes are those of the real file that it replaces. */
type Pending =
  | { readonly kind: "absent" }
  | { readonly kind: "attributes"; readonly owned: Owned }
  | {
      readonly kind: "file";
      readonly bytes: Uint8Array | null;
      readonly size: number;
      readonly sha256: string;
      readonly owned: Owned;
      readonly fresh: boolean;
    }
  | { readonly kind: "directory"; readonly owned: Owned; readonly fresh: boolean }
  | { readonly kind: "symlink"; readonly target: string; readonly owned: Owned };
interface Owned {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}
interface OtherStep {
  readonly taskId: string;
  /** Null: it may touch anything. */
  readonly touches: readonly string[] | null;
}

export function createOverlay(): Overlay {
  const files = new Map<
    string,
    { readonly pending: Pending; readonly taskIds: readonly string[]; readonly user: string }
  >();
  const others: OtherStep[] = [];

  const put = (path: string, taskId: string, user: string, pending: Pending): void => {
    const earlier = files.get(path)?.taskIds ?? [];
    files.set(path, { pending, taskIds: [...new Set([...earlier, taskId])], user });
  };

  const add = (taskId: string, step: WriteOp, user: string): void => {
    switch (step.kind) {
      case "write-file": {
        const earlier = files.get(step.path)?.pending;
        const bytes = bytesOf(step.content);
        put(step.path, taskId, user, {
          kind: "file",
          bytes,
          size: bytes.length,
          sha256: sha256(bytes),
          owned: { ...ownedOf(earlier), ...said(step) },
          fresh: earlier?.kind === "absent" || (isFresh(earlier) ?? false),
        });
        return;
      }
      case "upload": {
        const earlier = files.get(step.path)?.pending;
        const { size, sha256: digest } = step.content;
        put(step.path, taskId, user, {
          kind: "file",
          bytes: null,
          size,
          sha256: digest,
          owned: { ...ownedOf(earlier), ...said(step) },
          fresh: earlier?.kind === "absent" || (isFresh(earlier) ?? false),
        });
        return;
      }
      case "mkdir": {
        if (step.parents) {
          for (const parent of parentsOf(step.path)) {
            if (!files.has(parent)) put(parent, taskId, user, { kind: "directory", owned: {}, fresh: false });
          }
        }
        const earlier = files.get(step.path)?.pending;
        put(step.path, taskId, user, {
          kind: "directory",
          owned: { ...ownedOf(earlier), ...said(step) },
          fresh: earlier?.kind === "absent" || (isFresh(earlier) ?? false),
        });
        return;
      }
      case "remove":
        for (const path of [...files.keys()]) if (path.startsWith(`${step.path}/`)) files.delete(path);
        put(step.path, taskId, user, { kind: "absent" });
        return;
      case "symlink":
        put(step.path, taskId, user, { kind: "symlink", target: step.target, owned: {} });
        return;
      case "attributes": {
        const earlier = files.get(step.path)?.pending;
        const owned = { ...ownedOf(earlier), ...said(step) };
        const pending: Pending =
          earlier && earlier.kind !== "absent" ? { ...earlier, owned } : { kind: "attributes", owned };
        put(step.path, taskId, user, pending);
        return;
      }
      case "exec":
      case "http":
      case "script":
        others.push({ taskId, touches: step.touches ?? null });
        return;
      default:
        unreachable(step);
    }
  };

  /** The nearest pending thing at a path or above it. */
  const above = (path: string): { at: string; entry: NonNullable<ReturnType<typeof files.get>> } | null => {
    for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) {
      const entry = files.get(at);
      if (entry && (at === path || entry.pending.kind === "absent" || entry.pending.kind === "file")) {
        return { at, entry };
      }
    }
    return null;
  };

  const see: Overlay["see"] = (probe, real) => {
    if (probe.kind === "exec" || probe.kind === "http" || probe.kind === "script") {
      const filesPending = [...files.values()].flatMap(({ taskIds }) => taskIds);
      return { reply: real, because: unique([...filesPending, ...others.map(({ taskId }) => taskId)]) };
    }
    const because = unique(
      others
        .filter(({ touches }) => touches === null || touches.some((each) => covers(each, probe.path)))
        .map(({ taskId }) => taskId),
    );
    const near = above(probe.path);
    const seen =
      probe.kind === "list"
        ? listed(probe.path, real, near?.entry.pending ?? null, files)
        : near
          ? answered(probe, real, near.at === probe.path ? near.entry.pending : { kind: "absent" }, near.entry.user)
          : { reply: real, exact: true };
    const hangsOn = near && !seen.exact ? near.entry.taskIds : [];
    return { reply: seen.reply, because: unique([...because, ...hangsOn]) };
  };

  return {
    add: (taskId, steps, user) => {
      for (const step of steps) if (step.kind !== "wait-until" && step.at !== "controller") add(taskId, step, user);
    },
    see,
  };
}

interface Seen {
  readonly reply: OpReply;
  /** False: the pending file operations are not enough to say what would be seen. */
  readonly exact: boolean;
}

function answered(probe: ReadOp & { kind: "file" | "stat" }, real: OpReply, pending: Pending, user: string): Seen {
  const absent: Seen = { reply: { kind: "done", answer: null, digest: "absent" }, exact: true };
  switch (pending.kind) {
    case "absent":
      return absent;
    case "attributes":
      return { reply: withAttributes(real, pending.owned), exact: true };
    case "symlink":
      if (probe.kind === "file" || probe.follow) return { reply: real, exact: false };
      return {
        reply: done(statOf("symlink", "0777", pending.owned, user, pending.target.length, { target: pending.target })),
        exact: true,
      };
    case "directory": {
      const before = pending.fresh ? null : realStat(real);
      if (probe.kind === "file") {
        return {
          reply: { kind: "failed", error: { code: "is-directory", message: `${probe.path} is a folder` } },
          exact: true,
        };
      }
      const base = before?.type === "directory" ? before : null;
      const owned = {
        ...(base && { mode: base.mode, owner: base.owner, group: base.group }),
        ...defined(pending.owned),
      };
      return { reply: done(statOf("directory", "0755", owned, user, base?.size ?? 0, {})), exact: true };
    }
    case "file": {
      if (probe.kind === "file") {
        if (pending.bytes === null) return { reply: real, exact: false };
        const answer = probe.as === "bytes" ? pending.bytes : new TextDecoder().decode(pending.bytes);
        return { reply: { kind: "done", answer, digest: { sha256: pending.sha256 } }, exact: true };
      }
      const before = pending.fresh ? null : realStat(real);
      const base = before?.type === "file" ? before : null;
      const owned = {
        ...(base && { mode: base.mode, owner: base.owner, group: base.group }),
        ...defined(pending.owned),
      };
      const more = probe.sha256 ? { sha256: pending.sha256 } : {};
      return {
        reply: done(statOf("file", "0644", owned, user, pending.size, more), { sha256: pending.sha256 }),
        exact: true,
      };
    }
    default:
      return unreachable(pending);
  }
}

function listed(
  folder: string,
  real: OpReply,
  pending: Pending | null,
  files: ReadonlyMap<string, { readonly pending: Pending }>,
): Seen {
  const gone = pending?.kind === "absent";
  const there = !gone && real.kind === "done" && Array.isArray(real.answer) ? real.answer.map(String) : null;
  if (real.kind === "failed" && !gone) return { reply: real, exact: true };
  const names = new Set(there ?? []);
  let known = there !== null || pending?.kind === "directory";
  for (const [path, entry] of files) {
    if (path.slice(0, path.lastIndexOf("/")) !== (folder === "/" ? "" : folder)) continue;
    const name = path.slice(path.lastIndexOf("/") + 1);
    if (entry.pending.kind === "absent") names.delete(name);
    else if (entry.pending.kind !== "attributes") {
      names.add(name);
      known = true;
    }
  }
  return { reply: done(known ? [...names].sort() : null), exact: true };
}

function done(answer: unknown, digest?: { readonly sha256: string }): OpReply {
  return { kind: "done", answer, ...(digest && { digest }) };
}

function statOf(type: Stat["type"], mode: string, owned: Owned, user: string, size: number, more: Partial<Stat>): Stat {
  const owner = owned.owner ?? user;
  const group = owned.group ?? user;
  // Who a name is by number is known for root alone; a plan compares by name or by number, whichever the user gave.
  return { type, mode: owned.mode ?? mode, uid: idOf(owner), gid: idOf(group), owner, group, size, mtime: 0, ...more };
}

function idOf(name: string): number {
  if (name === "root") return 0;
  return /^\d+$/.test(name) ? Number(name) : -1;
}

function withAttributes(real: OpReply, owned: Owned): OpReply {
  const stat = realStat(real);
  if (!stat || real.kind !== "done") return real;
  const { mode = stat.mode, owner = stat.owner, group = stat.group } = owned;
  const uid = owner === stat.owner ? stat.uid : idOf(owner);
  const gid = group === stat.group ? stat.gid : idOf(group);
  return { ...real, answer: { ...stat, mode, owner, group, uid, gid } };
}

function realStat(real: OpReply): Stat | null {
  if (real.kind !== "done" || typeof real.answer !== "object" || real.answer === null || !("mode" in real.answer))
    return null;
  return real.answer as Stat;
}

function ownedOf(pending: Pending | undefined): Owned {
  return pending && pending.kind !== "absent" ? defined(pending.owned) : {};
}
function isFresh(pending: Pending | undefined): boolean | undefined {
  return pending?.kind === "file" || pending?.kind === "directory" ? pending.fresh : undefined;
}
function said(step: Owned): Owned {
  return defined({ mode: step.mode, owner: step.owner, group: step.group });
}
function defined(owned: Owned): Owned {
  return Object.fromEntries(Object.entries(owned).filter(([, value]) => value !== undefined));
}
function bytesOf(content: string | Uint8Array | Secret): Uint8Array {
  if (content instanceof Uint8Array) return content;
  return new TextEncoder().encode(content instanceof Secret ? content.reveal() : content);
}
function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
function parentsOf(path: string): readonly string[] {
  const parts = path.split("/").slice(1, -1);
  return parts.map((_, index) => `/${parts.slice(0, index + 1).join("/")}`);
}
function covers(touched: string, path: string): boolean {
  return touched === path || path.startsWith(`${touched}/`) || touched.startsWith(`${path}/`);
}
function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
