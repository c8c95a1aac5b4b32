import { FileError, isDirectory, may, mayReplace, put, resolve, seconds } from "../../files/file-tree.ts";
import { keepBytes } from "../../files/node.ts";
import { findGroup, findUser } from "../../host/accounts.ts";
import type { Session } from "../../session.ts";
import { PveError } from "../command/pve-error.ts";

export interface Copied {
  readonly perms?: string | undefined;
  readonly user?: string | undefined;
  readonly group?: string | undefined;
}

/**
 * Makes the file that `pct push` or `pull` copies into, empty, and answers how to fill it: a new file gets 0666 under
 * the mask, one that is there keeps its mode and owner unless told otherwise. Names are those of the target's system.
 */
export function createCopy(
  session: Session,
  path: string,
  wanted: Copied,
  keepsSetId: boolean,
): (bytes: Uint8Array) => void {
  const uid =
    wanted.user === undefined ? undefined : idOf("uid", wanted.user, findUser(session.host, wanted.user)?.uid);
  const gid =
    wanted.group === undefined ? undefined : idOf("gid", wanted.group, findGroup(session.host, wanted.group)?.gid);
  const mode = wanted.perms === undefined ? undefined : modeOf(wanted.perms, keepsSetId);
  const target = placeOf(session, path);
  const old = session.host.files[target];
  const kept = old?.type === "file" ? old : undefined;
  if (kept !== undefined && !may(session.user, kept, "w"))
    throw new PveError(`failed to create file: ${path}: Permission denied`);
  const node = {
    type: "file" as const,
    mode: mode ?? kept?.mode ?? "0644",
    uid: uid ?? kept?.uid ?? session.user.uid,
    gid: gid ?? kept?.gid ?? session.user.gid,
  };
  const write = (bytes: Uint8Array) => {
    const made = { ...node, mtime: seconds(session.host), ...keepBytes(bytes) };
    try {
      if (kept === undefined) put(session, target, made);
      else session.change().files[target] = made;
    } catch (error) {
      if (error instanceof FileError) throw new PveError(`failed to create file: ${path}: ${error.errno}`);
      throw error;
    }
  };
  write(new Uint8Array());
  return write;
}

function placeOf(session: Session, path: string): string {
  try {
    const found = resolve(session, path, true);
    if (found.node?.type === "directory") throw isDirectory(path);
    if (found.orphan) throw new FileError("not-found", path, "No such file or directory");
    if (found.node === undefined && !mayReplace(session, found.path))
      throw new FileError("denied", path, "Permission denied");
    return found.path;
  } catch (error) {
    if (error instanceof FileError) throw new PveError(`failed to create file: ${path}: ${error.errno}`);
    throw error;
  }
}

function idOf(kind: "uid" | "gid", name: string, known: number | undefined): number {
  if (/^\d+$/.test(name)) return Number(name);
  if (known === undefined) throw new PveError(`failed to get ${kind} for: ${name}`);
  return known;
}

/** Octal, or hexadecimal behind `0x`. Of an unprivileged container's file the set-id bits are lost. */
function modeOf(perms: string, keepsSetId: boolean): string {
  const text = perms.startsWith("0") ? perms : `0${perms}`;
  const bits = /^0x[0-9a-f]+$/i.test(text)
    ? Number.parseInt(text, 16)
    : /^0[0-7]*$/.test(text)
      ? Number.parseInt(text, 8)
      : null;
  if (bits === null) throw new PveError(`invalid mode: '${text}'`);
  return (bits & (keepsSetId ? 0o7777 : 0o1777)).toString(8).padStart(4, "0");
}
