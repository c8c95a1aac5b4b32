import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { parseGuestConf } from "../../engine/formats/pve-conf.ts";
import { parsePveSize } from "../../engine/formats/pve-size.ts";
import { findUser } from "../../engine/sim/host/accounts.ts";
import { newHost } from "../../engine/sim/host/new-host.ts";
import { loadConf } from "../../engine/sim/pve/container/container-conf.ts";
import { startContainer } from "../../engine/sim/pve/container/start-container.ts";
import { newContainer } from "../../engine/sim/pve/inside/new-container.ts";
import { openSession, type Session } from "../../engine/sim/session.ts";
import type { Host, Node } from "../../engine/sim/world.ts";

/** A container that is there when a transcript begins. */
export interface RecordedGuest {
  /** The lines of its configuration. */
  readonly conf: readonly string[];
  readonly running?: boolean;
}

/** The configuration of a container of the recorded node, made of its Alpine template, as it is written. */
export function alpineConf(vmid: number, hostname: string, ...more: readonly string[]): readonly string[] {
  return [
    "arch: amd64",
    `hostname: ${hostname}`,
    "memory: 512",
    "ostype: alpine",
    `rootfs: local:${vmid}/vm-${vmid}-disk-0.raw,size=204M`,
    "swap: 512",
    ...more,
  ].sort();
}
/** The same of its Debian template. */
export function debianConf(vmid: number, hostname: string, ...more: readonly string[]): readonly string[] {
  return alpineConf(vmid, hostname, ...more).map((line) =>
    line.replace("ostype: alpine", "ostype: debian").replace("size=204M", "size=1G"),
  );
}

/**
 * The node that the transcripts of `pct` were made on: storages `local`, `btr` and `nocont`, two bridges without a port,
 * two templates, folders and devices to hand in.
 */
export function recordedNode(guests: Readonly<Record<string, RecordedGuest>> = {}): Host {
  const host = newHost({ kind: "proxmox", name: "pve1", cpus: 2 });
  for (const path of ["/srv", "/srv/btr", "/srv/nocont", "/srv/bind", "/srv/bind2", "/root/.ssh"])
    host.files[path] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  for (const [path, content] of Object.entries(FILES)) host.files[path] = file(content);
  host.mounts.push({ source: "/dev/loop9", target: "/srv/btr", fstype: "btrfs", options: "rw" });
  for (const [path, major, minor] of DEVICES) {
    const type = path === "/dev/loop0" ? "block" : "char";
    host.files[path] = { type, major, minor, mode: "0660", uid: 0, gid: 20, mtime: 1 };
  }
  for (const [name, bytes] of TEMPLATES) {
    host.files[`/var/lib/vz/template/cache/${name}`] = file(name);
    if (host.pve) host.pve.volumes[`local:vztmpl/${name}`] = { bytes, format: "tar" };
  }
  const session = rootSession(host);
  for (const [vmid, guest] of Object.entries(guests)) addGuest(session, vmid, guest);
  return host;
}

export function rootSession(host: Host): Session {
  const root = findUser(host, "root");
  if (root === undefined) throw new Error("the host has no root");
  return openSession(host, root, "write", () => {});
}

function addGuest(session: Session, vmid: string, { conf, running = false }: RecordedGuest): void {
  const { files, pve } = session.change();
  if (pve === undefined) throw new Error("the host is no node");
  files[`/etc/pve/nodes/pve1/lxc/${vmid}.conf`] = { ...file(`${conf.join("\n")}\n`), mode: "0640", gid: 33 };
  const { current } = parseGuestConf(conf.join("\n"));
  for (const { key, value } of current) {
    if (!/^(rootfs|mp\d+|unused\d+)$/.test(key)) continue;
    const { options } = parsePropertyString(value, "volume");
    const volid = options.get("volume") ?? "";
    if (!/^[a-z]/.test(volid)) continue;
    pve.volumes[volid] = {
      bytes: parsePveSize(options.get("size") ?? "0") ?? 0,
      format: volid.endsWith(".raw") ? "raw" : "subvol",
    };
  }
  const values = new Map(current.map(({ key, value }) => [key, value]));
  const template = values.get("ostype") === "alpine" ? "alpine-3.20" : "debian-12";
  const hostname = values.get("hostname") ?? `CT${vmid}`;
  const inside = newContainer(session, { vmid, template, hostname, values });
  pve.containers[vmid] = { inside, running: null, snapshots: {} };
  const output = { out: () => {}, warn: () => {}, beginTask: () => {} };
  if (running)
    startContainer(
      session,
      vmid,
      loadConf(session.host, vmid, () => {}),
      output,
      false,
    );
}

function file(content: string): Node & { readonly type: "file" } {
  return { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content };
}

const FILES: Readonly<Record<string, string>> = {
  "/etc/network/interfaces":
    "auto lo\niface lo inet loopback\n\nauto vmbr0\niface vmbr0 inet static\n\taddress 192.168.77.1/24\n\tbridge-ports none\n\nauto vmbr1\niface vmbr1 inet manual\n\tbridge-ports none\n",
  "/etc/pve/storage.cfg":
    "dir: local\n\tpath /var/lib/vz\n\tcontent iso,vztmpl,backup,rootdir,images,snippets\n\ndir: nocont\n\tpath /srv/nocont\n\tcontent iso\n\tmkdir 1\n\nbtrfs: btr\n\tpath /srv/btr\n\tcontent rootdir,images\n\n",
  "/root/.ssh/authorized_keys": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIExample lab\n",
};
const DEVICES: readonly (readonly [string, number, number])[] = [
  ["/dev/ttyUSB0", 188, 0],
  ["/dev/ttyACM0", 166, 0],
  ["/dev/loop0", 7, 0],
];
const TEMPLATES: readonly (readonly [string, number])[] = [
  ["alpine-3.20-default_20240908_amd64.tar.gz", 1_036_932],
  ["debian-12-standard_12.7-1_amd64.tar.zst", 76_368_107],
];
