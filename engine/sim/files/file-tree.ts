import type { OpErrorCode } from "../../ops/ir.ts";
import type { User } from "../host/accounts.ts";
import { clusterNode, isClusterPath, isWritable } from "../pve/cluster/pmxcfs.ts";
import type { Session } from "../session.ts";
import type { DirectoryNode, Frozen, FrozenHost, Node } from "../world.ts";
import { aclAllows } from "./node-acl.ts";
import { isVirtual, isVirtualFolder, virtualFile, virtualNames } from "./virtual-files.ts";

/** A file operation that the kernel would refuse. `errno` is its wording, which tools print. */
export class FileError extends Error {
  readonly code: OpErrorCode;
  readonly path: string;
  readonly errno: string;

  constructor(code: OpErrorCode, path: string, errno: string) {
    super(`${path}: ${errno}`);
    this.name = "FileError";
    this.code = code;
    this.path = path;
    this.errno = errno;
  }
}
export const noEntry = (path: string) => new FileError("not-found", path, "No such file or directory");
export const denied = (path: string) => new FileError("denied", path, "Permission denied");
export const notDirectory = (path: string) => new FileError("not-directory", path, "Not a directory");
export const isDirectory = (path: string) => new FileError("is-directory", path, "Is a directory");

/** Where a path leads: the canonical path, and the node there unless nothing is. */
export interface Found {
  readonly path: string;
  readonly node: Frozen<Node> | undefined;
  /** Nothing is there, and the folder that would hold it is not either. */
  readonly orphan: boolean;
}

/** Follows a path as the kernel does: symlinks, `..`, search permission. Throws FileError where the kernel would stop. */
export function resolve(session: Session, path: string, follow: boolean): Found {
  const { host, user } = session;
  let pending = path.split("/").filter((part) => part !== "");
  // `x/` means the folder x, so a last symlink is followed and a file is no answer.
  const asFolder = path.endsWith("/") || path.endsWith("/.");
  let current = "/";
  let links = 0;
  while (pending.length > 0) {
    const [part = "", ...rest] = pending;
    const folder = nodeAt(host, current);
    if (folder === undefined) return { path: join(current, pending.join("/")), node: undefined, orphan: true };
    if (folder.type !== "directory") throw notDirectory(path);
    if (!may(user, folder, "x")) throw denied(path);
    pending = rest;
    if (part === ".") continue;
    if (part === "..") {
      current = parentOf(current);
      continue;
    }
    const next = join(current, part);
    const node = nodeAt(host, next);
    if (node?.type === "symlink" && (follow || rest.length > 0 || asFolder)) {
      links += 1;
      if (links > 40) throw new FileError("not-found", path, "Too many levels of symbolic links");
      pending = [...node.target.split("/").filter((piece) => piece !== ""), ...rest];
      if (node.target.startsWith("/")) current = "/";
      continue;
    }
    current = next;
    // A folder that is bound here is walked as what it is elsewhere.
    if (follow || rest.length > 0) current = boundTo(host, current);
  }
  const node = nodeAt(host, current);
  if (asFolder && node !== undefined && node.type !== "directory") throw notDirectory(path);
  return { path: current, node, orphan: false };
}

function boundTo(host: FrozenHost, path: string): string {
  return host.mounts.findLast(({ target, bind }) => bind !== undefined && target === path)?.bind ?? path;
}

/** What stands at a canonical path. */
export function nodeAt(host: FrozenHost, path: string): Frozen<Node> | undefined {
  const node = Object.hasOwn(host.files, path) ? host.files[path] : undefined;
  if (node !== undefined || !isVirtual(path)) return node;
  if (isVirtualFolder(host, path)) return virtualFolder(host);
  return virtualFile(host, path);
}

function virtualFolder(host: FrozenHost): DirectoryNode {
  return { type: "directory", mode: "0555", uid: 0, gid: 0, mtime: Math.floor(host.clockMs / 1000) };
}

/** The names in a folder, sorted by code unit. */
export function namesIn(host: FrozenHost, folder: string): readonly string[] {
  const prefix = folder === "/" ? "/" : `${folder}/`;
  const names = new Set(virtualNames(host, folder));
  for (const path of Object.keys(host.files)) {
    if (path.startsWith(prefix) && path !== folder && !path.includes("/", prefix.length))
      names.add(path.slice(prefix.length));
  }
  return [...names].sort(byCodeUnit);
}

export function may(user: Pick<User, "uid" | "gids">, node: Frozen<Node>, right: "r" | "w" | "x"): boolean {
  if (user.uid === 0 && node.unmapped !== true)
    return right !== "x" || node.type === "directory" || /[1357]/.test(node.mode.slice(1));
  // What shows as nobody's is not nobody's: owner and group of an unmapped node are strangers to everyone inside.
  const known = node.unmapped !== true;
  if (node.acl?.access !== undefined && known) return aclAllows(user, node, right);
  const shift = known && node.uid === user.uid ? 6 : known && user.gids.includes(node.gid) ? 3 : 0;
  return ((Number.parseInt(node.mode, 8) >> shift) & { r: 4, w: 2, x: 1 }[right]) !== 0;
}

/** Whether this user may put an entry into a folder, or take away or replace the one that is there. */
export function mayReplace(session: Session, path: string): boolean {
  const folder = nodeAt(session.host, parentOf(path));
  if (folder?.type !== "directory" || !may(session.user, folder, "w") || !may(session.user, folder, "x")) return false;
  const there = nodeAt(session.host, path);
  // In a sticky folder (/tmp) only the owner of the entry or of the folder takes it away.
  const sticky = (Number.parseInt(folder.mode, 8) & 0o1000) !== 0;
  const owner = session.user.uid;
  return !sticky || there === undefined || owner === 0 || owner === there.uid || owner === folder.uid;
}

/** Puts a node at a canonical path whose folder exists. */
export function put(session: Session, path: string, node: Node): void {
  if (isVirtual(path)) throw denied(path);
  const kept = isClusterPath(session.host, path) ? clusterNode(session.host, path, node) : node;
  if (typeof kept === "string") throw new FileError("failed", path, kept);
  session.change().files[path] = kept;
  touchFolder(session, path);
}

/** Takes a node away, with all that is below it. */
export function drop(session: Session, path: string): void {
  if (isVirtual(path) || (isClusterPath(session.host, path) && !isWritable(session.host))) throw denied(path);
  const { files } = session.change();
  for (const other of Object.keys(files)) {
    if (other === path || other.startsWith(`${path}/`)) delete files[other];
  }
  touchFolder(session, path);
}

function touchFolder(session: Session, path: string): void {
  const folder = session.change().files[parentOf(path)];
  if (folder !== undefined) folder.mtime = seconds(session.host);
}

export function seconds(host: FrozenHost): number {
  return Math.floor(host.clockMs / 1000);
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
function join(folder: string, name: string): string {
  return folder === "/" ? `/${name}` : `${folder}/${name}`;
}
export function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
