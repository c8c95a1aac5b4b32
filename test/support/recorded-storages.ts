import { newHost } from "../../engine/sim/host/new-host.ts";
import type { Host, Node } from "../../engine/sim/world.ts";

const folder: Node = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
const file = (content: string): Node => ({ type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content });

/** The node on which the transcripts of storages were made: a btrfs beside the system's disk, two templates, no ZFS. */
export function recordedStorages(): Host {
  const host = newHost({ kind: "proxmox", name: "pve1" });
  for (const path of ["/srv", "/srv/btr", "/srv/nocont", "/srv/notbtr", "/srv/d1", "/srv/bk", "/srv/bko"])
    host.files[path] = folder;
  host.mounts.push({ source: "/dev/loop0", target: "/srv/btr", fstype: "btrfs", options: "rw" });
  host.files["/etc/pve/storage.cfg"] = file(STORAGE_CFG);
  host.files["/root/k.json"] = file(KEY);
  for (const [name, bytes] of Object.entries(TEMPLATES)) {
    host.files[`/var/lib/vz/template/cache/${name}`] = { ...file(name), mtime: 1795291677 };
    if (host.pve) host.pve.volumes[`local:vztmpl/${name}`] = { bytes, format: "tar" };
  }
  const { zfs: _none, ...without } = host;
  return without;
}

const TEMPLATES = {
  "alpine-3.20-default_20240908_amd64.tar.gz": 1036932,
  "debian-12-standard_12.7-1_amd64.tar.zst": 76368107,
};
const KEY =
  '{"kdf":null,"created":"2021-01-01T00:00:00+00:00","modified":"2021-01-01T00:00:00+00:00","data":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}';
const STORAGE_CFG = `dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl,backup,rootdir,images,snippets

dir: nocont
\tpath /srv/nocont
\tcontent iso
\tmkdir 1

btrfs: btr
\tpath /srv/btr
\tcontent rootdir,images

`;
