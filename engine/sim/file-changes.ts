import { findGroup, findUser } from "./accounts.ts";
import {
  denied,
  drop,
  FileError,
  isDirectory,
  may,
  mayReplace,
  namesIn,
  noEntry,
  notDirectory,
  parentOf,
  put,
  resolve,
  seconds,
} from "./file-tree.ts";
import { keepBytes, nodeBytes, sha256 } from "./node.ts";
import type { Session } from "./session.ts";
import type { FileNode, Frozen, Node } from "./world.ts";

export interface Ownership {
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
}

/** The content of a file; undefined if there is none. */
export function readFile(session: Session, path: string): Uint8Array | undefined {
  const { node } = resolve(session, path, true);
  if (node === undefined) return undefined;
  if (node.type === "directory") throw isDirectory(path);
  if (node.type === "symlink" || !may(session.user, node, "r")) throw denied(path);
  return nodeBytes(node);
}

/** What a replacement will keep and where it goes, decided before anything is written. */
export interface Replacement {
  readonly path: string;
  readonly old: Frozen<FileNode> | undefined;
  /** No rename can be: a mount point, or no right in the folder. */
  readonly inPlace: boolean;
  readonly node: Omit<FileNode, "content" | "encoding">;
}

export function prepareReplacement(session: Session, wanted: string, ownership: Ownership): Replacement {
  const { path, node: old, orphan } = resolve(session, wanted, true);
  if (orphan) throw noEntry(parentOf(wanted));
  if (old?.type === "directory") throw isDirectory(wanted);
  if (old?.type === "symlink") throw noEntry(wanted);
  const free = mayReplace(session, path) && !session.host.mounts.some((mount) => mount.target === path);
  if (!free && (old === undefined || !may(session.user, old, "w"))) throw denied(wanted);
  const { user } = session;
  // Only root gives a file away, so a rename would make it ours: where it can be written in place it keeps its owner.
  const foreign = old !== undefined && user.uid !== 0 && old.uid !== user.uid;
  const inPlace = !free || (foreign && may(user, old, "w"));
  const kept =
    old === undefined
      ? { uid: user.uid, gid: newGid(session, path), mode: "0644" }
      : foreign && !inPlace
        ? { uid: user.uid, gid: user.gids.includes(old.gid) ? old.gid : user.gid, mode: old.mode }
        : old;
  const { uid, gid } = owners(session, wanted, ownership, kept);
  const mode = ownership.mode === undefined ? chownedMode("file", kept.mode, ownership) : fullMode(ownership.mode);
  return {
    path,
    old,
    inPlace,
    node: { type: "file", mode, uid, gid, mtime: seconds(session.host) },
  };
}

export function replace(session: Session, replacement: Replacement, bytes: Uint8Array): void {
  put(session, replacement.path, { ...replacement.node, ...keepBytes(bytes) });
}

/** Whether the file still is what the plan has read. */
export function isAsExpected(session: Session, path: string, expect: "absent" | { readonly sha256: string }): boolean {
  const bytes = readFile(session, path);
  if (bytes === undefined || expect === "absent") return bytes === undefined && expect === "absent";
  return sha256(bytes) === expect.sha256;
}

export function makeFolder(session: Session, wanted: string, parents: boolean, ownership: Ownership): void {
  const found = resolve(session, wanted, true);
  if (found.node !== undefined) {
    if (found.node.type !== "directory") throw notDirectory(wanted);
    setAttributes(session, found.path, ownership);
    return;
  }
  if (found.orphan) {
    if (!parents) throw noEntry(parentOf(wanted));
    makeFolder(session, parentOf(wanted.replace(/\/+$/, "")), true, {});
  }
  const { path } = resolve(session, wanted, true);
  if (!mayReplace(session, path)) throw denied(wanted);
  const inherited = { uid: session.user.uid, gid: newGid(session, path) };
  const { uid, gid } = owners(session, wanted, ownership, inherited);
  const setgid = inheritsGroup(session, path) ? "2755" : "0755";
  const mode = ownership.mode === undefined ? setgid : fullMode(ownership.mode);
  put(session, path, { type: "directory", mode, uid, gid, mtime: seconds(session.host) });
}

/** Takes away what is there; nothing there is fine. A folder that holds something goes only with `recursive`. */
export function remove(session: Session, wanted: string, recursive: boolean): void {
  const { path, node } = resolve(session, wanted.replace(/\/+$/, "") || "/", false);
  if (node === undefined) return;
  if (path === "/" || session.host.mounts.some((mount) => mount.target === path)) {
    throw new FileError("failed", wanted, "Device or resource busy");
  }
  if (!mayReplace(session, path)) throw denied(wanted);
  if (node.type === "directory" && !recursive && namesIn(session.host, path).length > 0) {
    throw new FileError("is-directory", wanted, "Directory not empty");
  }
  drop(session, path);
}

/** Makes or replaces a symlink; anything else in its place stays and is an error. */
export function link(session: Session, wanted: string, target: string): void {
  const { path, node, orphan } = resolve(session, wanted, false);
  if (orphan) throw noEntry(parentOf(wanted));
  if (node?.type === "directory") throw isDirectory(wanted);
  if (node !== undefined && node.type !== "symlink") throw new FileError("failed", wanted, "File exists");
  if (!mayReplace(session, path)) throw denied(wanted);
  put(session, path, {
    type: "symlink",
    mode: "0777",
    uid: session.user.uid,
    gid: newGid(session, path),
    mtime: seconds(session.host),
    target,
  });
}

/** Of a symlink itself only the owner can be set: its mode means nothing. */
export function setAttributes(session: Session, wanted: string, ownership: Ownership): void {
  const { path, node, orphan } = resolve(session, wanted, false);
  if (node === undefined) throw noEntry(orphan ? parentOf(wanted) : wanted);
  const { uid, gid } = owners(session, wanted, ownership, node);
  const fixed = node.type === "symlink" || ownership.mode === undefined;
  const mode = fixed ? chownedMode(node.type, node.mode, ownership) : fullMode(ownership.mode ?? "");
  if (uid === node.uid && gid === node.gid && mode === node.mode) return;
  if (session.user.uid !== 0 && session.user.uid !== node.uid) throw denied(wanted);
  const there: Node | undefined = session.change().files[path];
  if (there === undefined) throw denied(wanted);
  Object.assign(there, { uid, gid, mode });
}

// The kernel takes the set-id bits from a file whose owner is set, were it to the same one.
function chownedMode(type: Node["type"], mode: string, { owner, group }: Ownership): string {
  if (type !== "file" || (owner === undefined && group === undefined)) return mode;
  const bits = Number.parseInt(mode, 8) & ~0o4000;
  return ((bits & 0o10) !== 0 ? bits & ~0o2000 : bits).toString(8).padStart(4, "0");
}

function owners(
  session: Session,
  path: string,
  { owner, group }: Ownership,
  kept: { readonly uid: number; readonly gid: number },
): { readonly uid: number; readonly gid: number } {
  const uid = owner === undefined ? kept.uid : (findUser(session.host, owner)?.uid ?? numberOf(owner));
  if (uid === undefined) throw new FileError("failed", path, `invalid user: '${owner}'`);
  const gid = group === undefined ? kept.gid : (findGroup(session.host, group)?.gid ?? numberOf(group));
  if (gid === undefined) throw new FileError("failed", path, `invalid group: '${group}'`);
  if (session.user.uid !== 0) {
    if (uid !== kept.uid) throw new FileError("denied", path, "Operation not permitted");
    if (gid !== kept.gid && !session.user.gids.includes(gid))
      throw new FileError("denied", path, "Operation not permitted");
  }
  return { uid, gid };
}

function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
function inheritsGroup(session: Session, path: string): boolean {
  const folder = session.host.files[parentOf(path)];
  return folder !== undefined && (Number.parseInt(folder.mode, 8) & 0o2000) !== 0;
}
function newGid(session: Session, path: string): number {
  return inheritsGroup(session, path)
    ? (session.host.files[parentOf(path)]?.gid ?? session.user.gid)
    : session.user.gid;
}
/** Four digits, as every stat here has them. */
export function fullMode(mode: string): string {
  return mode.replace(/^0+/, "").padStart(4, "0");
}
