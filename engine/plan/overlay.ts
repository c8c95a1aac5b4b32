// Over 300 lines: everything here shares what is pending and what was seen of one host, and nothing else does.
import { unreachable } from "../errors/bug.ts";
import { read } from "../ops/build.ts";
import type { OpReply, ReadOp, Stat, Step, WriteOp } from "../ops/ir.ts";
import { newFileMode } from "../ops/new-file-mode.ts";
import { covers, folderOf, foldersAbove, partsOf } from "./path-parts.ts";
import {
  type Birth,
  type Birthright,
  bytesOf,
  namesSeen,
  nothingThere,
  type Owned,
  type Pending,
  realStat,
  type Seen,
  seenAt,
  sha256Of,
  withoutSetId,
} from "./pending.ts";

import { mayBeShared, mountsPath, sharedMounts } from "./shared-mounts.ts";

/**
 * Check mode past a pending change: per host, the file operations of pending changes, and a list of the other pending
 * steps. A file probe is answered through the file operations; all else is what the host says now, and so only assumed
 * once something is pending that it could see.
 */
export interface Overlay {
  /**
   * Remembers the steps that a task would send. `by` is whom new files would belong to, null if that is not known. A
   * plan that is assumed itself (`because`) may turn out another: what is seen of its files hangs on it.
   */
  add(taskId: string, steps: readonly Step[], by: Birthright | null, because?: readonly string[]): void;
  /** Remembers a task of which nobody can say what it would do. */
  defer(taskId: string): void;
  /** What a look would see after the pending changes, and the tasks that this hangs on (none: it is certain). */
  see(probe: ReadOp, real: OpReply): { readonly reply: OpReply; readonly because: readonly string[] };
  /**
   * The folders on the way to a path that have not been looked at yet. Any of them may be a link, and then two paths are
   * one file: looking at them (without following) makes it known.
   */
  unseen(path: string): readonly string[];
  /** The tasks whose pending steps may touch a thing that is no file: `guest:101`. */
  touching(thing: string): readonly string[];
  /** Looks that are still to be made, for what is seen to be judged rightly. */
  asks(): readonly ReadOp[];
  /** The tasks whose pending changes of files may be seen elsewhere on the machine: a bound folder is one folder under two names. */
  sharedFiles(): readonly string[];
  /** The tasks whose pending steps are more than files: they may start or stop what others ask over the network. */
  running(): readonly string[];
  /** The tasks whose pending steps touch a thing whose name begins so, and say it themselves. */
  named(prefix: string): readonly string[];
}

/** `compose:*` is any project. */
function isThing(touched: string, thing: string): boolean {
  return touched === thing || (thing.endsWith(":*") && touched.startsWith(thing.slice(0, -1)));
}

/** What a host shares with others on its machine. */
export interface Surroundings {
  /** A container sees its node's files only where they are mounted; a node, all that its containers have mounted. */
  guest(): boolean;
  /** The tasks pending elsewhere that decide whether and how it is there at all, and with `shared`, what its files are. */
  pending(shared: boolean): readonly string[];
  /** The tasks pending on all other hosts that may start or stop what is asked over the network. */
  network(): readonly string[];
  /** The tasks pending on all other hosts that change who is in a cluster: every node of it shows that. */
  clusters(): readonly string[];
}

interface Entry {
  readonly pending: Pending;
  readonly taskIds: readonly string[];
  readonly by: Birthright | null;
  /** It comes from a plan that was only assumed. */
  readonly assumed: boolean;
}
interface Cause {
  readonly taskId: string;
  readonly by: Birthright | null;
  readonly because: readonly string[];
}
interface OtherStep {
  readonly taskId: string;
  /** Null: it may touch anything. */
  readonly touches: readonly string[] | null;
}
/** Where a path leads. `through`: the tasks that would make the links on the way. */
interface Place {
  readonly path: string;
  readonly through: readonly string[];
}

const maxLinks = 40;

const alone: Surroundings = { guest: () => false, pending: () => [], network: () => [], clusters: () => [] };

/** Of a host; `controller` is that of the controller, for the operations that run there (its own has none). */
export function createOverlay(controller: Overlay | null = null, around: Surroundings = alone): Overlay {
  const elsewhere = (operation: ReadOp | WriteOp): boolean => operation.at === "controller" && controller !== null;
  const files = new Map<string, Entry>();
  const others: OtherStep[] = [];
  /** Of a container; null until it was looked at. */
  let mounts: readonly string[] | null = null;
  /** What the host has shown of itself, for links that a change would go through and folders that pass on their group. */
  const shown = new Map<string, Stat>();
  /** Folders that were looked at, whether there was anything or not. */
  const visited = new Set<string>();

  const put = (path: string, { taskId, by, because }: Cause, pending: Pending): void => {
    const earlier = files.get(path);
    const taskIds = unique([...(earlier?.taskIds ?? []), ...because, taskId]);
    files.set(path, { pending, taskIds, by, assumed: because.length > 0 || (earlier?.assumed ?? false) });
  };

  /** The path with links resolved as far as they are known: pending ones, and real ones that were looked at. */
  const placeOf = (path: string, followLast: boolean): Place => {
    const through: string[] = [];
    const left = partsOf(path);
    let at = "";
    for (let links = 0; left.length > 0; ) {
      const part = left.shift() ?? "";
      if (part === "..") {
        at = folderOf(at);
        continue;
      }
      const next = `${at}/${part}`;
      const entry = files.get(next);
      const real = entry || covered(next) ? undefined : shown.get(next);
      const target =
        entry?.pending.kind === "symlink" ? entry.pending.target : real?.type === "symlink" ? real.target : undefined;
      if (target === undefined || (left.length === 0 && !followLast) || links >= maxLinks) {
        at = next;
        continue;
      }
      links += 1;
      if (entry) through.push(...entry.taskIds);
      if (target.startsWith("/")) at = "";
      left.unshift(...partsOf(target));
    }
    return { path: at === "" ? "/" : at, through };
  };

  /** The nearest pending thing above a path below which nothing real counts any more. */
  const covered = (path: string): Entry | null => {
    for (let at = folderOf(path); at !== ""; at = folderOf(at)) {
      const entry = files.get(at);
      if (!entry) continue;
      const { pending } = entry;
      if (pending.kind === "absent" || pending.kind === "file" || pending.kind === "symlink") return entry;
      if (pending.kind !== "attributes" && pending.fresh) return entry;
    }
    return null;
  };

  /** Whether a thing made at a path is new, whatever the host has there now. */
  const isFresh = (path: string): boolean => {
    const earlier = files.get(path)?.pending;
    if (earlier?.kind === "file" || earlier?.kind === "directory" || earlier?.kind === "parent") return earlier.fresh;
    return earlier?.kind === "absent" || earlier?.kind === "symlink" || covered(path) !== null;
  };

  const birthAt = (path: string, by: Birthright | null): Birth => {
    const folder = folderOf(path) || "/";
    const pending = files.get(folder)?.pending;
    const real = isFresh(folder) ? undefined : shown.get(folder);
    const owned: Owned = { ...real, ...(pending && pending.kind !== "absent" ? defined(pending.owned) : {}) };
    // A folder that is made in such a folder has got the group and hands it on, unless a mode was asked for.
    const above = pending && real === undefined && folder !== "/" ? birthAt(folder, by).inherited : null;
    const passesOn = owned.mode === undefined ? above !== null : (Number.parseInt(owned.mode, 8) & 0o2000) !== 0;
    return { by, inherited: passesOn ? (owned.group ?? above ?? by?.group ?? null) : null };
  };

  const add = (step: WriteOp, cause: Cause): void => {
    switch (step.kind) {
      case "write-file":
      case "upload": {
        const { path } = placeOf(step.path, true);
        const bytes = step.kind === "upload" ? null : bytesOf(step.content);
        const size = step.kind === "upload" ? step.content.size : (bytes?.length ?? 0);
        const sha256 = step.kind === "upload" ? step.content.sha256 : sha256Of(bytes ?? new Uint8Array());
        const owned = { ...ownedAt(path, "file"), ...said(step) };
        const bornMode = newFileMode(step);
        put(path, cause, { kind: "file", bytes, size, sha256, owned, bornMode, fresh: isFresh(path) });
        return;
      }
      case "mkdir": {
        const { path } = placeOf(step.path, true);
        if (step.parents) {
          for (const parent of foldersAbove(path)) {
            const there = files.get(parent)?.pending;
            if (there !== undefined && there.kind !== "absent") continue;
            put(parent, cause, { kind: "parent", owned: {}, fresh: isFresh(parent) });
          }
        }
        const owned = { ...ownedAt(path, "directory"), ...said(step) };
        put(path, cause, { kind: "directory", owned, fresh: isFresh(path) });
        return;
      }
      case "remove": {
        const { path } = placeOf(step.path, false);
        for (const below of [...files.keys()]) if (below.startsWith(`${path}/`)) files.delete(below);
        put(path, cause, { kind: "absent" });
        return;
      }
      case "symlink":
        put(placeOf(step.path, false).path, cause, { kind: "symlink", target: step.target, owned: {} });
        return;
      case "attributes": {
        const { path } = placeOf(step.path, false);
        const earlier = files.get(path)?.pending;
        // Who follows a link that is only pending has looked where it does not lead yet: what it leads to is in doubt.
        if (earlier?.kind === "symlink") {
          others.push({ taskId: cause.taskId, touches: [placeOf(step.path, true).path] });
        }
        const pending: Pending =
          earlier && earlier.kind !== "absent"
            ? { ...earlier, owned: withSaid(earlier.owned, said(step)) }
            : { kind: "attributes", owned: said(step) };
        put(path, cause, pending);
        return;
      }
      case "exec":
      case "http":
      case "script":
        others.push({ taskId: cause.taskId, touches: step.touches ?? null });
        return;
      default:
        unreachable(step);
    }
  };

  /** The attributes that an earlier pending change gave to the same thing. */
  const ownedAt = (path: string, kind: "file" | "directory"): Owned => {
    const pending = files.get(path)?.pending;
    if (pending === undefined || pending.kind === "absent" || pending.kind === "symlink") return {};
    const same = pending.kind === kind || pending.kind === "attributes" || kind === "directory";
    return same ? defined(pending.owned) : {};
  };

  const see: Overlay["see"] = (probe, real) => {
    const seen = seeHere(probe, real);
    if (probe.kind === "file" && probe.path === mountsPath) mounts = sharedMounts(real);
    const outside = [
      ...(elsewhere(probe) ? [] : around.pending(showsShared(probe))),
      ...(asksOthers(probe) ? around.network() : []),
      ...(showsMembers(probe) ? around.clusters() : []),
    ];
    return outside.length === 0 ? seen : { ...seen, because: unique([...outside, ...seen.because]) };
  };

  /** Whether a look may show what somebody else on the machine has written. */
  const showsShared = (probe: ReadOp): boolean => {
    if (!around.guest()) return true;
    if (probe.kind === "file" || probe.kind === "stat" || probe.kind === "list") {
      return mayBeShared(mounts, probe.path) || mayBeShared(mounts, placeOf(probe.path, true).path);
    }
    const looksAt = probe.kind === "exec" || probe.kind === "http" ? probe.looksAt : undefined;
    return looksAt?.some((path) => mayBeShared(mounts, path)) ?? (mounts === null || mounts.length > 0);
  };

  /** A thing, or a path under every name that it is known by: /etc/pve/lxc is a link, and both of its names are used. */
  const namesOf = (each: string): readonly string[] =>
    each.startsWith("/") ? [each, placeOf(each, true).path] : [each];
  const meet = (some: readonly string[], others: readonly string[]): boolean => {
    const named = others.flatMap(namesOf);
    return some.flatMap(namesOf).some((one) => named.some((other) => covers(one, other)));
  };

  /** What is done to a thing inside of a folder changes nothing of the folder itself that a plan is made from. */
  const within = (touched: readonly string[], [path = ""]: readonly string[]): boolean => {
    const names = namesOf(path);
    return touched.flatMap(namesOf).some((one) => names.some((name) => name === one || name.startsWith(`${one}/`)));
  };

  const touching: Overlay["touching"] = (thing) =>
    unique([
      ...around.pending(false),
      ...others
        .filter(({ touches }) => touches?.some((each) => isThing(each, thing)) ?? true)
        .map(({ taskId }) => taskId),
    ]);

  const seeHere: Overlay["see"] = (probe, real) => {
    if (probe.kind === "exec" || probe.kind === "http" || probe.kind === "script") {
      const looksAt = probe.kind === "exec" || probe.kind === "http" ? probe.looksAt : undefined;
      const sees = (touched: readonly string[]): boolean => looksAt === undefined || meet(touched, looksAt);
      const ofFiles = [...files].flatMap(([path, { taskIds }]) => (sees([path]) ? taskIds : []));
      const ofOthers = others.filter(({ touches }) => touches === null || sees(touches)).map(({ taskId }) => taskId);
      const there = elsewhere(probe) ? (controller?.see(probe, real).because ?? []) : [];
      return { reply: real, because: unique([...ofFiles, ...ofOthers, ...there]) };
    }
    const because = others
      .filter(({ touches }) => touches === null || (isFolder(probe, real) ? within : meet)(touches, [probe.path]))
      .map(({ taskId }) => taskId);
    // The controller is another machine: what is pending among the host's files is not there.
    if (controller && elsewhere(probe)) {
      const there = controller.see(probe, real);
      return { reply: there.reply, because: unique([...because, ...there.because]) };
    }
    const stat = probe.kind === "stat" && !probe.follow ? realStat(real) : null;
    const { path, through } = placeOf(probe.path, probe.kind !== "stat" || probe.follow);
    if (probe.kind === "stat" && !probe.follow) visited.add(path);
    if (stat && through.length === 0) shown.set(path, stat);
    else if (probe.kind === "stat" && path === probe.path && through.length === 0) remember(path, real);
    const { seen, from } = look(probe, real, path);
    const named = probe.kind === "stat" ? pendingNames(seen.reply) : [];
    if (probe.kind === "list" && seen.exact && isNothing(seen.reply) && placeOf(probe.path, false).path !== path) {
      // A link that leads nowhere is there, but is no folder.
      return { reply: noFolder, because: unique([...because, ...through]) };
    }
    const owned = probe.kind === "stat" && ownerInDoubt(files.get(path)?.pending);
    const hangsOn =
      seen.exact && !owned && through.length === 0 ? assumedAt(path, probe.kind === "list") : [...through, ...from];
    return { reply: seen.reply, because: unique([...because, ...hangsOn, ...named]) };
  };

  /** An owner that is shown by number has no name yet; a user or group that is only pending may be the one. */
  const pendingNames = (reply: OpReply): readonly string[] => {
    const stat = realStat(reply);
    const nameless = (name: string | undefined): boolean => /^[1-9]\d*$/.test(name ?? "");
    const databases = [nameless(stat?.owner) && "/etc/passwd", nameless(stat?.group) && "/etc/group"];
    return databases.flatMap((path) => {
      if (path === false) return [];
      const ofOthers = others.filter(({ touches }) => touches !== null && meet(touches, [path]));
      return [...(files.get(path)?.taskIds ?? []), ...ofOthers.map(({ taskId }) => taskId)];
    });
  };

  /** The tasks whose plans are only assumed and decide what is at a path, or in a folder. */
  const assumedAt = (path: string, asFolder: boolean): readonly string[] => {
    const entry = files.get(path) ?? covered(path);
    const below = asFolder ? [...files].filter(([each]) => (folderOf(each) || "/") === path) : [];
    const deciding = [...(entry ? [entry] : []), ...below.map(([, child]) => child)];
    return deciding.flatMap(({ assumed, taskIds }) => (assumed ? taskIds : []));
  };

  /** A followed look at a path that is no link shows the thing itself. */
  const remember = (path: string, real: OpReply): void => {
    const stat = realStat(real);
    if (stat && shown.get(path)?.type !== "symlink") shown.set(path, stat);
  };

  const look = (
    probe: ReadOp & { kind: "file" | "stat" | "list" },
    real: OpReply,
    path: string,
  ): { readonly seen: Seen; readonly from: readonly string[] } => {
    const entry = files.get(path);
    const above = entry ? null : covered(path);
    const from = (entry ?? above)?.taskIds ?? [];
    if (above) return { seen: above.pending.kind === "symlink" ? { reply: real, exact: false } : nothingThere, from };
    if (probe.kind === "list") return { seen: namesSeen(real, entry?.pending ?? null, childrenOf(path)), from };
    if (!entry) return { seen: { reply: real, exact: true }, from };
    return { seen: seenAt(probe, real, entry.pending, birthAt(path, entry.by)), from };
  };

  const childrenOf = (folder: string): ReadonlyMap<string, Pending> => {
    const children = new Map<string, Pending>();
    for (const [path, { pending }] of files) {
      if (path !== "/" && (folderOf(path) || "/") === folder)
        children.set(path.slice(path.lastIndexOf("/") + 1), pending);
    }
    return children;
  };

  return {
    add: (taskId, steps, by, because = []) => {
      for (const step of steps) {
        if (step.kind === "wait-until") continue;
        // Through an API on the controller a step may change whatever it likes, on this host too.
        if (elsewhere(step)) {
          others.push({ taskId, touches: step.touches ?? null });
          controller?.add(taskId, [step], null, because);
        } else {
          add(step, { taskId, by, because });
          // What a file operation does beyond its file: the configuration of a guest is more than a file.
          const things = step.touches?.filter((each) => !each.startsWith("/")) ?? [];
          if (isFileStep(step) && things.length > 0) others.push({ taskId, touches: things });
          // What lies outside of hosts is seen from the controller, whoever has changed it.
          const outside = things.filter((each) => each.startsWith("internet:"));
          if (outside.length > 0 && !isFileStep(step))
            controller?.add(taskId, [{ ...step, touches: outside }], null, because);
        }
      }
    },
    defer: (taskId) => {
      others.push({ taskId, touches: null });
    },
    see,
    touching,
    asks: () => (around.guest() && mounts === null ? [read.text(mountsPath)] : []),
    sharedFiles: () => {
      const shared = (path: string): boolean => !around.guest() || mayBeShared(mounts, path);
      return unique([
        ...[...files].flatMap(([path, { taskIds }]) => (shared(path) ? taskIds : [])),
        // Whatever else changes what lies in a folder: a command, or a file system that is mounted there.
        ...others.flatMap(({ taskId, touches }) => {
          if (touches === null) return !around.guest() || mounts === null || mounts.length > 0 ? [taskId] : [];
          const there = touches.some((path) => path.startsWith("/") && !ofOneMachineAlone.test(path) && shared(path));
          return there ? [taskId] : [];
        }),
      ]);
    },
    running: () => unique(others.map(({ taskId }) => taskId)),
    named: (prefix) =>
      unique(
        others.filter(({ touches }) => touches?.some((each) => each.startsWith(prefix))).map(({ taskId }) => taskId),
      ),
    unseen: (path) => {
      const { path: place } = placeOf(path, false);
      return foldersAbove(place).filter((folder) => !visited.has(folder) && !files.has(folder));
    },
  };
}

/** What commands change here is of the kernel, or of the node that runs containers: none of them has it mounted. */
const ofOneMachineAlone = /^\/(proc|sys|dev|run|boot|etc\/pve|var\/lib\/lxc)(\/|$)/;

function isFolder(probe: ReadOp, real: OpReply): boolean {
  return probe.kind === "stat" && realStat(real)?.type === "directory";
}

/** A request or a knock at a port: who answers may be another host, on which something is pending. */
function asksOthers(probe: ReadOp): boolean {
  if (probe.kind === "script") return probe.name === "probe-port" && !ownName.test(probe.argv[0] ?? "");
  if (probe.kind !== "http" || probe.looksAt !== undefined) return false;
  return !URL.canParse(probe.url) || !ownName.test(new URL(probe.url).hostname);
}

/** Who is in the cluster: it changes on all nodes when another one joins. */
function showsMembers(probe: ReadOp): boolean {
  const path = probe.kind === "file" || probe.kind === "stat" || probe.kind === "list" ? probe.path : "";
  return /^\/etc\/pve\/(corosync\.conf|\.members|nodes)$/.test(path);
}
const ownName = /^(localhost|127\.[\d.]+|\[?::1\]?)$/;

const noFolder: OpReply = {
  kind: "failed",
  error: { code: "not-directory", message: "it is a link that leads nowhere" },
};
/** Attributes on top of earlier ones. A new owner takes the set-id bits away, unless a mode comes with it. */
function withSaid(earlier: Owned, later: Owned): Owned {
  const chowned = later.mode === undefined && (later.owner !== undefined || later.group !== undefined);
  const kept = earlier.mode !== undefined && chowned ? { ...earlier, mode: withoutSetId(earlier.mode) } : earlier;
  return { ...kept, ...later };
}
/** A number may be a user whose name the host would show, and only the host knows: of root alone it is known here. */
function ownerInDoubt(pending: Pending | undefined): boolean {
  if (!pending || pending.kind === "absent") return false;
  const { owner = "root", group = "root" } = pending.owned;
  return [owner, group].some((each) => /^[1-9]\d*$/.test(each));
}
function isFileStep({ kind }: WriteOp): boolean {
  return kind !== "exec" && kind !== "http" && kind !== "script";
}
function isNothing(reply: OpReply): boolean {
  return reply.kind === "done" && reply.answer === null;
}
function said(step: Owned): Owned {
  return defined({ mode: step.mode, owner: step.owner, group: step.group });
}
function defined(owned: Owned): Owned {
  return Object.fromEntries(Object.entries(owned).filter(([, value]) => value !== undefined));
}
function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)];
}
