import type { Session } from "../session.ts";
import type { Frozen, Node } from "../world.ts";
import { denied, FileError, type Found, may, noEntry, notDirectory, resolve } from "./file-tree.ts";

/** As the shell's `-e` sees it: what cannot be walked to is not there. */
export function peek(session: Session, path: string, follow = true): Found | undefined {
  try {
    return resolve(session, path, follow);
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
export function nodeOf(session: Session, path: string, follow = true): Frozen<Node> | undefined {
  return peek(session, path, follow)?.node;
}
/** Something is there, were it a link that leads nowhere. */
export function isThere(session: Session, path: string): boolean {
  return nodeOf(session, path) !== undefined || nodeOf(session, path, false) !== undefined;
}
/** The folder that a path names, as text: where its entry would be. */
export function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

/** Nothing is at a path. Throws if that is only so because its nearest ancestor does not let us look. */
export function assertGone(session: Session, path: string): void {
  let above = folderOf(path);
  while (above !== "/" && nodeOf(session, above) === undefined) above = folderOf(above);
  const node = nodeOf(session, above);
  if (node?.type === "directory" && !may(session.user, node, "x")) throw denied(above);
}

/** Why there is no folder for a path. */
export function lost(session: Session, path: string): FileError {
  let missing = folderOf(path);
  let above = missing;
  while (above !== "/" && !isThere(session, above)) {
    missing = above;
    above = folderOf(above);
  }
  const node = nodeOf(session, above);
  if (node?.type !== "directory") return notDirectory(above);
  return may(session.user, node, "x") ? noEntry(missing) : denied(above);
}

/** Why a change at a path failed: no right in its folder, or whatever the system says. */
export function refusal(session: Session, path: string, errno = "Operation not permitted"): FileError {
  const folder = nodeOf(session, folderOf(path));
  const free = folder?.type === "directory" && may(session.user, folder, "w") && may(session.user, folder, "x");
  return free ? new FileError("failed", path, errno) : denied(path);
}
