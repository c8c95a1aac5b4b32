import type { Ownership } from "../../ops/ir.ts";
import { findGroup, findUser } from "../host/accounts.ts";
import { isClusterPath } from "../pve/cluster/pmxcfs.ts";
import type { Session } from "../session.ts";
import type { Frozen, Node } from "../world.ts";
import {
  denied,
  drop,
  FileError,
  isDirectory,
  may,
  mayReplace,
  namesIn,
  nodeAt,
  noEntry,
  notDirectory,
  parentOf,
  put,
  resolve,
  seconds,
} from "./file-tree.ts";
import { assertGone, folderOf, isThere, lost, nodeOf, peek, refusal } from "./look-at-path.ts";
import { nodeBytes, sha256 } from "./node.ts";
import { chmodded, inheritedAcl } from "./node-acl.ts";

// The order of the checks is that of the compiled script: where several things are wrong, both name the same one.

/** The content of a file; undefined if there is none. */
export function readFile(session: Session, path: string): Uint8Array | undefined {
  const { node } = resolve(session, path, true);
  if (node === undefined) return undefined;
  if (node.type === "directory") throw isDirectory(path);
  // A device answers with data that nobody can imitate.
  if (node.type !== "file" || !may(session.user, node, "r")) throw denied(path);
  return nodeBytes(node);
}

/** Whether a file still is what the plan has read. */
export function isAsExpected(session: Session, path: string, expect: "absent" | { readonly sha256: string }): boolean {
  if (expect === "absent") return !isThere(session, path);
  const node = nodeOf(session, path);
  return node?.type === "file" && may(session.user, node, "r") && sha256(nodeBytes(node)) === expect.sha256;
}

export function makeFolder(session: Session, path: string, parents: boolean, ownership: Ownership): void {
  const there = peek(session, path);
  if (there?.node?.type !== "directory") {
    if (isThere(session, path)) throw notDirectory(path);
    if (nodeOf(session, folderOf(path))?.type !== "directory") {
      if (!parents) throw lost(session, path);
      makeParents(session, folderOf(path));
    }
    newFolder(session, path, ownership.mode);
  }
  own(session, resolve(session, path, true).path, ownership);
}

function makeParents(session: Session, path: string): void {
  if (nodeOf(session, path)?.type === "directory") return;
  try {
    if (path !== "/") makeParents(session, folderOf(path));
    // Making them may have been all: `d/..` is there as soon as d is.
    if (nodeOf(session, path)?.type === "directory") return;
    if (isThere(session, path)) throw notDirectory(path);
    newFolder(session, path);
  } catch (error) {
    // What `mkdir -p` could not do is one error, whatever its reason.
    if (error instanceof FileError) throw new FileError("failed", path, error.errno);
    throw error;
  }
}

function newFolder(session: Session, wanted: string, given?: string): void {
  const { path, node } = resolve(session, wanted, true);
  // Seen only now that the parents are there: `d/../a` was nowhere while d was not.
  if (node?.type === "directory") return;
  if (node !== undefined || !mayReplace(session, path)) throw refusal(session, wanted, "File exists");
  const mode = given === undefined ? (inheritsGroup(session, path) ? "2755" : "0755") : fullMode(given);
  const { uid } = session.user;
  const set = (Number.parseInt(mode, 8) & 0o2000) !== 0 && given === undefined ? "2777" : "0777";
  const inherited = inheritedAcl(
    session.host,
    parentOf(path),
    "directory",
    given === undefined ? set : mode,
    given !== undefined,
  );
  const made = { type: "directory", mode, uid, gid: newGid(session, path), mtime: seconds(session.host) } as const;
  put(session, path, { ...made, ...inherited });
}

/** Takes away what is there; nothing there is fine. A folder that holds something goes only with `recursive`. */
export function remove(
  session: Session,
  wanted: string,
  recursive: boolean,
  expect?: "absent" | { readonly sha256: string },
): void {
  const changed = new FileError("expectation", wanted, "is no longer what the plan was made from; nothing was removed");
  if (!isThere(session, wanted)) {
    assertGone(session, wanted);
    if (expect !== undefined && expect !== "absent") throw changed;
    return;
  }
  const { path, node } = resolve(session, wanted, false);
  if (expect !== undefined && (node?.type === "symlink" || !isAsExpected(session, wanted, expect))) throw changed;
  if (path === "/" || isMountPoint(session, path)) throw new FileError("failed", wanted, "Device or resource busy");
  if (node?.type === "directory" && !recursive) {
    if (namesIn(session.host, path).length === 0 && mayReplace(session, path)) drop(session, path);
    else if (namesIn(session.host, path).length > 0 && may(session.user, node, "r")) {
      throw new FileError("is-directory", wanted, "Directory not empty");
    }
  } else removeTree(session, path);
  if (isThere(session, wanted)) throw refusal(session, wanted);
}

// As rm -r: it takes what it may, and leaves the rest.
function removeTree(session: Session, path: string): void {
  const node = nodeAt(session.host, path);
  if (node?.type === "directory" && may(session.user, node, "r")) {
    for (const name of namesIn(session.host, path)) removeTree(session, `${path}/${name}`);
  }
  const empty = node?.type !== "directory" || namesIn(session.host, path).length === 0;
  if (empty && !isMountPoint(session, path) && mayReplace(session, path)) drop(session, path);
}

/** Makes or replaces a symlink; anything else in its place stays and is an error. */
export function link(session: Session, wanted: string, target: string): void {
  const there = nodeOf(session, wanted, false);
  if (there?.type === "directory") throw isDirectory(wanted);
  if (there !== undefined && there.type !== "symlink") throw new FileError("failed", wanted, "File exists");
  if (nodeOf(session, folderOf(wanted))?.type !== "directory") throw lost(session, wanted);
  const found = peek(session, wanted, false);
  if (found === undefined || !mayReplace(session, found.path)) throw refusal(session, wanted);
  const { uid } = session.user;
  const mtime = seconds(session.host);
  put(session, found.path, { type: "symlink", mode: "0777", uid, gid: newGid(session, found.path), mtime, target });
}

/** Of a symlink itself only the owner can be set: its mode means nothing. */
export function setAttributes(session: Session, wanted: string, ownership: Ownership): void {
  const found = peek(session, wanted, false);
  if (found?.node === undefined) {
    const folder = nodeOf(session, folderOf(wanted));
    if (folder?.type !== "directory") throw lost(session, wanted);
    throw may(session.user, folder, "x") ? noEntry(wanted) : denied(folderOf(wanted));
  }
  own(session, found.path, ownership);
}

/** chown, then chmod: a change of owner takes the set-id bits away. Throws FileError, having done what came before. */
export function own(session: Session, path: string, ownership: Ownership): void {
  const node = nodeAt(session.host, path);
  if (node === undefined || Object.values(ownership).every((each) => each === undefined)) return;
  const { uid, gid } = ownersOf(session, path, ownership, node);
  const refused = node.unmapped === true || (session.user.uid !== 0 && session.user.uid !== node.uid);
  const changesMode = ownership.mode !== undefined && node.type !== "symlink";
  if (ownership.owner !== undefined || ownership.group !== undefined || changesMode) {
    if (refused) throw new FileError("failed", path, "Operation not permitted");
  }
  const mode = changesMode ? fullMode(ownership.mode ?? "") : chownedMode(node.type, node.mode, ownership);
  if (uid === node.uid && gid === node.gid && mode === node.mode) return;
  // The cluster's file system takes no other modes and owners than its own.
  if (isClusterPath(session.host, path)) throw new FileError("failed", path, "Operation not permitted");
  const there: Node | undefined = session.change().files[path];
  if (there === undefined) throw denied(path);
  Object.assign(there, { uid, gid, ...chmodded(there, mode) });
}

/** The owner and group that these words mean on this host, if this user may give it to them. */
export function ownersOf(
  session: Session,
  path: string,
  { owner, group }: Ownership,
  kept: { readonly uid: number; readonly gid: number },
): { readonly uid: number; readonly gid: number } {
  const uid = owner === undefined ? kept.uid : (findUser(session.host, owner)?.uid ?? numberOf(owner));
  if (uid === undefined) throw new FileError("failed", path, `invalid user: '${owner}'`);
  const gid = group === undefined ? kept.gid : (findGroup(session.host, group)?.gid ?? numberOf(group));
  if (gid === undefined) throw new FileError("failed", path, `invalid group: '${group}'`);
  if (session.user.uid !== 0 && (uid !== kept.uid || (gid !== kept.gid && !session.user.gids.includes(gid)))) {
    throw new FileError("failed", path, "Operation not permitted");
  }
  return { uid, gid };
}

/** The kernel takes the set-id bits from a file whose owner is set, were it to the same one. */
export function chownedMode(type: Node["type"], mode: string, { owner, group }: Ownership): string {
  return type !== "file" || (owner === undefined && group === undefined) ? mode : withoutSetId(mode);
}
export function withoutSetId(mode: string): string {
  const bits = Number.parseInt(mode, 8) & ~0o4000;
  return ((bits & 0o10) !== 0 ? bits & ~0o2000 : bits).toString(8).padStart(4, "0");
}

export function isMountPoint(session: Session, path: string): boolean {
  return session.host.mounts.some((mount) => mount.target === path);
}
function numberOf(text: string): number | undefined {
  return /^\d+$/.test(text) ? Number(text) : undefined;
}
function inheritsGroup(session: Session, path: string): boolean {
  const folder: Frozen<Node> | undefined = session.host.files[parentOf(path)];
  return folder !== undefined && (Number.parseInt(folder.mode, 8) & 0o2000) !== 0;
}
/** A folder with the set-group-id bit hands its group on. */
export function newGid(session: Session, path: string): number {
  return inheritsGroup(session, path)
    ? (session.host.files[parentOf(path)]?.gid ?? session.user.gid)
    : session.user.gid;
}
/** Four digits, as every stat here has them. */
export function fullMode(mode: string): string {
  return mode.replace(/^0+/, "").padStart(4, "0");
}
