import { nodeText } from "../../files/node.ts";
import type { Frozen, FrozenHost, Host, Node } from "../../world.ts";
import { COROSYNC_CONF, membershipOf } from "./members.ts";

export const AUTHKEY = "/etc/corosync/authkey";
const LOCAL_CONF = "/etc/corosync/corosync.conf";

/** Each node has them for itself: they lead to its own folder. */
const OWN = new Set(["local", "lxc", "openvz", "qemu-server"].map((name) => `/etc/pve/${name}`));

/** What is the same on every node of a cluster, by path. */
export function sharedFiles(host: FrozenHost): ReadonlyMap<string, Frozen<Node>> {
  return new Map(Object.entries(host.files).filter(([path]) => path.startsWith("/etc/pve/") && !OWN.has(path)));
}

/** Has a node show what the cluster has. Only nodes that are there are given: what one missed while it was off it gets with the next change. */
export function takeOver(host: Host, shared: ReadonlyMap<string, Frozen<Node>>): void {
  for (const path of sharedFiles(host).keys()) if (!shared.has(path)) delete host.files[path];
  for (const [path, node] of shared) host.files[path] = { ...node, ...(node.acl && { acl: node.acl }) };
  const conf = host.files[COROSYNC_CONF];
  if (conf?.type === "file") host.files[LOCAL_CONF] = { ...conf, mode: "0644", gid: 0 };
}

/** The other nodes of a node's cluster, among the hosts that are there. */
export function peersOf<H extends FrozenHost>(host: FrozenHost, network: readonly H[]): readonly H[] {
  const cluster = membershipOf(host);
  const key = textOf(host, AUTHKEY);
  if (cluster === null || key === null) return [];
  return network.filter(
    (other) =>
      other.hostname !== host.hostname &&
      other.pve !== undefined &&
      textOf(other, AUTHKEY) === key &&
      cluster.members.some(({ name }) => name === other.hostname),
  );
}

/** A change below /etc/pve is one on every node of the cluster: they keep it in one database. Tells which others there are. */
export function replicate(host: Host, network: Readonly<Record<string, Host>>): readonly string[] {
  if (host.pve === undefined) return [];
  const peers = new Set(peersOf(host, Object.values(network)));
  if (peers.size === 0) return [];
  const shared = sharedFiles(host);
  for (const peer of peers) takeOver(peer, shared);
  return Object.keys(network).filter((name) => network[name] !== undefined && peers.has(network[name]));
}

function textOf(host: FrozenHost, path: string): string | null {
  const node = host.files[path];
  return node?.type === "file" ? nodeText(node) : null;
}
