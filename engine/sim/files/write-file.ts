import type { Ownership } from "../../ops/ir.ts";
import { isClusterPath, isWritable } from "../pve/cluster/pmxcfs.ts";
import type { Session } from "../session.ts";
import type { FileNode, Frozen } from "../world.ts";
import {
  chownedMode,
  fullMode,
  isAsExpected,
  isMountPoint,
  newGid,
  own,
  ownersOf,
  withoutSetId,
} from "./file-changes.ts";
import { denied, drop, FileError, isDirectory, may, mayReplace, nodeAt, put, seconds } from "./file-tree.ts";
import { folderOf, lost, nodeOf, peek, refusal } from "./look-at-path.ts";
import { keepBytes } from "./node.ts";
import { chmodded, inheritedAcl } from "./node-acl.ts";

export interface FileWrite extends Ownership {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly runId: string;
  /** Of a file that is made, where none is asked for. */
  readonly newMode?: "0600" | "0644";
  readonly expect?: "absent" | { readonly sha256: string } | undefined;
  /** Says why the new file, which stands at this path meanwhile, is not accepted. */
  validate?(path: string): string | undefined;
  /** Runs before the comparison: takes the lock. */
  lock?(): void;
}
interface Aim {
  readonly path: string;
  readonly old: Frozen<FileNode> | undefined;
}

/** Replaces a file by a temporary neighbour, or writes it in place where that cannot be. Follows symlinks. */
export function writeFile(session: Session, write: FileWrite): { readonly inPlace: boolean } {
  const { user } = session;
  const aim = aimAt(session, write.path);
  const folder = nodeOf(session, folderOf(aim.path));
  const free = folder !== undefined && may(user, folder, "w") && may(user, folder, "x");
  // Only root gives a file away: where a foreign file can be written it stays the same file and keeps its owner.
  const foreign = aim.old !== undefined && user.uid !== 0 && aim.old.uid !== user.uid && may(user, aim.old, "w");
  const besides = free && !foreign && !aim.path.startsWith("/etc/pve/");
  return besides ? writeBeside(session, write, aim) : writeInPlace(session, write, aim);
}

function aimAt(session: Session, wanted: string): Aim {
  const found = peek(session, wanted);
  const path = found?.path ?? wanted;
  if (found === undefined || found.orphan || nodeOf(session, folderOf(path))?.type !== "directory") {
    throw lost(session, throughLinks(session, wanted));
  }
  if (found.node?.type === "directory") throw isDirectory(wanted);
  return { path, old: found.node?.type === "file" ? found.node : undefined };
}

/** Where the links of the last name lead, as text: a folder on the way that is a link which leads nowhere is no folder, and it is told of by its name. */
function throughLinks(session: Session, wanted: string): string {
  let path = wanted;
  for (let hops = 0; hops <= 40; hops += 1) {
    const node = nodeOf(session, path, false);
    if (node?.type !== "symlink") return path;
    path = node.target.startsWith("/") ? node.target : `${folderOf(path)}/${node.target}`;
  }
  return path;
}

function writeBeside(session: Session, write: FileWrite, { path, old }: Aim): { readonly inPlace: boolean } {
  const { user } = session;
  const node: Omit<FileNode, "content"> = {
    type: "file",
    mtime: seconds(session.host),
    ...attributesOf(session, write, path, old),
  };
  const temporary = `${folderOf(path)}/.lab-${write.runId}`;
  validate(session, write, temporary, node);
  compare(session, write, path);
  if (mayReplace(session, path) && !isMountPoint(session, path)) {
    put(session, path, { ...node, ...keepBytes(write.bytes) });
    return { inPlace: false };
  }
  // A foreign file in a sticky folder, or a mount point: the same file with the new content.
  if (old === undefined || !may(user, old, "w")) throw refusal(session, path);
  overwrite(session, path, write);
  return { inPlace: true };
}

function writeInPlace(session: Session, write: FileWrite, { path, old }: Aim): { readonly inPlace: boolean } {
  const { uid } = session.user;
  const fresh = {
    type: "file",
    mode: write.newMode ?? "0644",
    uid,
    gid: newGid(session, path),
    mtime: seconds(session.host),
  } as const;
  validate(session, write, `/dev/shm/lab-${write.runId}`, { ...fresh, mode: "0600" });
  compare(session, write, path);
  if (old === undefined) {
    if (!mayReplace(session, path)) throw refusal(session, path);
    const inherited = inheritedAcl(session.host, folderOf(path), "file", fresh.mode, false);
    put(session, path, { ...fresh, ...inherited, content: "" });
  } else if (!may(session.user, old, "w")) throw refusal(session, path);
  overwrite(session, path, write);
  return { inPlace: true };
}

function overwrite(session: Session, path: string, write: FileWrite): void {
  const node = session.change().files[path];
  // What the cluster's file system makes up is nobody's to write.
  if (isClusterPath(session.host, path) && (node === undefined || !isWritable(session.host))) throw denied(path);
  if (node?.type !== "file") return;
  const { encoding: _encoding, ...rest } = node;
  // The kernel takes the set-id bits from a file that somebody but root writes to.
  const mode = session.user.uid === 0 ? node.mode : withoutSetId(node.mode);
  session.change().files[path] = { ...rest, mode, mtime: seconds(session.host), ...keepBytes(write.bytes) };
  own(session, path, ownershipOf(write));
}

/** The new file's attributes: those of the old one unless said otherwise. */
function attributesOf(session: Session, write: FileWrite, path: string, old: Aim["old"]) {
  const { user } = session;
  const ownership = ownershipOf(write);
  const mine = { uid: user.uid, gid: newGid(session, path) };
  const foreign = old !== undefined && user.uid !== 0 && old.uid !== user.uid;
  const gid = foreign && !user.gids.includes(old.gid) ? mine.gid : (old?.gid ?? mine.gid);
  const kept = old === undefined ? mine : { uid: foreign ? user.uid : old.uid, gid };
  const { uid, gid: group } = ownersOf(session, write.path, ownership, kept);
  const before = old === undefined ? (write.newMode ?? "0644") : user.uid === 0 ? old.mode : withoutSetId(old.mode);
  const mode = ownership.mode === undefined ? chownedMode("file", before, ownership) : fullMode(ownership.mode);
  const acl = old === undefined ? inheritedAcl(session.host, folderOf(path), "file", mode, true) : chmodded(old, mode);
  return { mode, uid, gid: group, ...acl };
}

function validate(
  session: Session,
  write: FileWrite,
  path: string,
  node: Omit<FileNode, "content" | "encoding">,
): void {
  if (write.validate === undefined) return;
  const before = nodeAt(session.host, folderOf(path))?.mtime;
  put(session, path, { ...node, ...keepBytes(write.bytes) });
  try {
    const said = write.validate(path);
    if (said !== undefined) throw new FileError("validate", write.path, said);
  } finally {
    drop(session, path);
    // A file that came and went is no trace.
    const folder = session.change().files[folderOf(path)];
    if (folder !== undefined && before !== undefined) folder.mtime = before;
  }
}

// Last before the replacement: what the validation took its time for may have changed the file.
function compare(session: Session, write: FileWrite, path: string): void {
  write.lock?.();
  if (write.expect === undefined || isAsExpected(session, path, write.expect)) return;
  throw new FileError("expectation", write.path, "is no longer what the plan was made from; nothing was written");
}

export function ownershipOf({ mode, owner, group }: Ownership): Ownership {
  return {
    ...(mode === undefined ? {} : { mode }),
    ...(owner === undefined ? {} : { owner }),
    ...(group === undefined ? {} : { group }),
  };
}
