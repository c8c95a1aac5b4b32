import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";

/** The folder of a node's guests of one kind: `lxc`, `qemu-server`. */
export type GuestFolder = "lxc" | "qemu-server";

/** A guest's file as it appears in messages, and below /etc/pve on disk. */
export function confFilePath(host: FrozenHost, folder: GuestFolder, vmid: string): string {
  return `nodes/${host.hostname}/${folder}/${vmid}.conf`;
}

export function confFileText(host: FrozenHost, folder: GuestFolder, vmid: string): string | undefined {
  const node = nodeAt(host, `/etc/pve/${confFilePath(host, folder, vmid)}`);
  return node?.type === "file" ? nodeText(node) : undefined;
}

/** A text that is there already is not written again, as the real tools do not: the file's time stays. */
export function writeConfFile(session: Session, folder: GuestFolder, vmid: string, content: string): void {
  if (confFileText(session.host, folder, vmid) === content) return;
  const path = `/etc/pve/${confFilePath(session.host, folder, vmid)}`;
  put(session, path, { type: "file", mode: "0640", uid: 0, gid: WWW_DATA, mtime: seconds(session.host), content });
}
const WWW_DATA = 33;

/** The ids of this node's guests of one kind, in the order of their numbers. */
export function guestIds(host: FrozenHost, folder: GuestFolder): readonly string[] {
  const prefix = `/etc/pve/nodes/${host.hostname}/${folder}/`;
  return Object.keys(host.files)
    .filter((path) => path.startsWith(prefix) && /^\d+\.conf$/.test(path.slice(prefix.length)))
    .map((path) => path.slice(prefix.length, -".conf".length))
    .sort((a, b) => Number(a) - Number(b));
}
