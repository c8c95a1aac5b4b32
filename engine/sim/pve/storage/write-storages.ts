import { drop, nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import { printSections } from "../cluster/print-sections.ts";
import { STORAGE_TYPES } from "./storage-types.ts";
import { STORAGE_CFG_PATH } from "./storages.ts";

/** www-data: everything under /etc/pve is root's and theirs. */
const WWW_DATA = 33;
const SECRETS = "/etc/pve/priv/storage";

/** The whole file anew. */
export function writeStorageCfg(
  session: Session,
  sections: readonly { readonly type: string; readonly id: string; readonly options: ReadonlyMap<string, string> }[],
): void {
  const before = storageCfgText(session);
  const style = { first: (type: string) => STORAGE_TYPES[type]?.required ?? [], shuffled: ["content", "nodes"] };
  putFile(session, STORAGE_CFG_PATH, printSections(sections, style, before), "0640");
}

export function storageCfgText(session: Session): string {
  const file = nodeAt(session.host, STORAGE_CFG_PATH);
  return file?.type === "file" ? nodeText(file) : "";
}

/** What is kept beside: a password (`pw`) or an encryption key (`enc`). Null takes it away. */
export function writeStorageSecret(session: Session, id: string, kind: "pw" | "enc", content: string | null): void {
  const path = `${SECRETS}/${id}.${kind}`;
  if (content === null) {
    if (nodeAt(session.host, path) !== undefined) drop(session, path);
    return;
  }
  makeFolders(session, SECRETS, "0700", WWW_DATA);
  putFile(session, path, content, "0600");
}

/** Makes a folder with its parents, root's, where it is missing. */
export function makeFolders(session: Session, path: string, mode = "0755", gid = 0): void {
  if (path === "/" || nodeAt(session.host, path) !== undefined) return;
  makeFolders(session, path.slice(0, path.lastIndexOf("/")) || "/", "0755", gid);
  put(session, path, { type: "directory", mode, uid: 0, gid, mtime: seconds(session.host) });
}

function putFile(session: Session, path: string, content: string, mode: string): void {
  put(session, path, { type: "file", mode, uid: 0, gid: WWW_DATA, mtime: seconds(session.host), content });
}
