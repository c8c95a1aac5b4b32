import { printCorosyncConf } from "../../engine/formats/corosync-conf.ts";
import type { Host, Node } from "../../engine/sim/world.ts";

const folder: Node = { type: "directory", mode: "0755", uid: 0, gid: 33, mtime: 1 };
const file = (content: string): Node => ({ type: "file", mode: "0640", uid: 0, gid: 33, mtime: 1, content });

/** Makes a node one of the cluster of the transcripts: pve1, that is itself; pve2; and pve3, which is switched off. */
export function asRecordedCluster(host: Host): void {
  const nodes = ["pve1", "pve2", "pve3"].map((name, index) => ({
    name,
    id: index + 1,
    links: new Map([[0, `192.168.77.${index + 2}`]]),
  }));
  host.files["/etc/pve/corosync.conf"] = file(printCorosyncConf({ cluster: "lab", version: 3, nodes, qdevice: null }));
  for (const { name } of nodes)
    for (const below of ["", "/lxc", "/qemu-server", "/priv"]) host.files[`/etc/pve/nodes/${name}${below}`] ??= folder;
  if (host.pve) host.pve.offlinePeers = ["pve3"];
}

/** Puts guests there, by number: only their configuration counts. */
export function withGuests(
  host: Host,
  guests: Readonly<Record<string, { readonly type: "lxc" | "qemu"; readonly conf: string }>>,
): void {
  for (const [vmid, { type, conf }] of Object.entries(guests)) {
    host.files[`/etc/pve/nodes/${host.hostname}/${type === "lxc" ? "lxc" : "qemu-server"}/${vmid}.conf`] = file(conf);
  }
}

/** Makes a node one of Proxmox VE 9, as far as high availability goes. */
export function asVersion9(host: Host): Host {
  for (const below of ["", "/PVE", "/PVE/HA"]) host.files[`/usr/share/perl5${below}`] ??= folder;
  host.files["/usr/share/perl5/PVE/HA/Rules.pm"] = file("package PVE::HA::Rules;\n");
  return { ...host, ...(host.pve && { pve: { ...host.pve, version: "9.0" } }) };
}
