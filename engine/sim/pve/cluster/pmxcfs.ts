import { sha256 } from "../../files/node.ts";
import type { FrozenHost, Node } from "../../world.ts";
import { membersFile, membershipOf } from "./members.ts";

/** The cluster's file system: a database, shown as files that belong to root and www-data in modes of its own choice. */
const ROOT = "/etc/pve/";
const WWW_DATA = 33;
const LARGEST_FILE = 1024 * 1024;

export function isClusterPath(host: FrozenHost, path: string): boolean {
  return host.pve !== undefined && path.startsWith(ROOT);
}

/** A node as it is kept there, whatever mode and owner it was to have; or why it cannot be, in the kernel's words. */
export function clusterNode(host: FrozenHost, path: string, node: Node): Node | string {
  if (!isWritable(host)) return "Permission denied";
  // It brings its own links, and can make no others.
  if (node.type === "symlink") return "Function not implemented";
  if (node.type === "file" && node.content.length > LARGEST_FILE) return "File too large";
  const guest = guestOf(path);
  const twin = guest === null ? undefined : guestsOf(host).find(({ vmid }) => vmid === guest.vmid);
  // One number, one guest, on whichever node.
  if (twin !== undefined && guestOf(twin.path)?.path !== path) return "File exists";
  const secret = /^\/etc\/pve\/(priv|nodes\/[^/]+\/priv)(\/|$)/.test(path);
  const mode = node.type === "directory" ? (secret ? "0700" : "0755") : secret ? "0600" : "0640";
  return { ...node, mode, uid: 0, gid: WWW_DATA };
}

/** Without a majority of the nodes it can only be read. */
export function isWritable(host: FrozenHost): boolean {
  return membershipOf(host)?.quorate ?? true;
}

interface GuestPath {
  readonly path: string;
  readonly node: string;
  readonly type: "lxc" | "qemu";
  readonly vmid: string;
}
function guestOf(path: string): GuestPath | null {
  const match = /^\/etc\/pve\/nodes\/([^/]+)\/(lxc|qemu-server)\/(\d+)\.conf$/.exec(path);
  if (!match) return null;
  return { path, node: match[1] ?? "", type: match[2] === "lxc" ? "lxc" : "qemu", vmid: match[3] ?? "" };
}
function guestsOf(host: FrozenHost): readonly GuestPath[] {
  return Object.keys(host.files)
    .filter((path) => path.startsWith("/etc/pve/nodes/") && path.endsWith(".conf"))
    .flatMap((path) => guestOf(path) ?? [])
    .sort((a, b) => Number(a.vmid) - Number(b.vmid));
}

/** Files that it makes up when they are read. */
export const CLUSTER_FILES = [".members", ".version", ".vmlist"];

/** When the node was booted, in seconds since the epoch. */
const STARTED = 1_748_775_600;

export function clusterFile(host: FrozenHost, path: string): string | undefined {
  if (!isClusterPath(host, path)) return undefined;
  if (path === `${ROOT}.vmlist`) return vmlist(host);
  if (path === `${ROOT}.members`) return membersFile(host);
  if (path === `${ROOT}.version`) return `{"starttime":${STARTED},"clinfo":0,"vmlist":${versionOf(host)}}\n`;
  return undefined;
}

/** Every guest of the cluster, whatever its type and node: the cheapest look at whether a number is taken. */
function vmlist(host: FrozenHost): string {
  const version = versionOf(host);
  const ids = guestsOf(host).map(
    ({ vmid, node, type }) => `"${vmid}": { "node": "${node}", "type": "${type}", "version": ${version} }`,
  );
  return `{\n"version": ${version},\n"ids": {\n${ids.join(",\n")}}\n\n}\n`;
}

// The real one counts changes of the list; what counts is that another list has another number.
function versionOf(host: FrozenHost): number {
  const list = guestsOf(host).map(({ path }) => path);
  return 1 + (Number.parseInt(sha256(list.join("\n")).slice(0, 7), 16) % 1_000_000);
}
