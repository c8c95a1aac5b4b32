import type { Answers } from "./plan-module.ts";
import { exec, stat } from "./plan-module.ts";

/** The configuration of a container as `pct create` of Proxmox VE 8.4 leaves it. */
export const CREATED = `arch: amd64
hostname: deb
memory: 512
net0: name=eth0,bridge=vmbr0,hwaddr=BC:24:11:00:01:01,ip=192.168.77.101/24,type=veth
ostype: debian
rootfs: local:101/vm-101-disk-0.raw,size=1G
swap: 512
unprivileged: 1
`;
export const STORAGE_CFG = `dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl,backup,rootdir,images,snippets

btrfs: btr
\tpath /srv/btr
\tcontent images,rootdir

dir: nocont
\tpath /srv/nocont
\tcontent iso

zfspool: local-zfs
\tpool rpool/data
\tcontent images,rootdir
`;
export const INDEX = `Package: debian-12-standard
Version: 12.7-1
Type: lxc
OS: debian-12
Section: system
Maintainer: x
Architecture: amd64
Location: system/debian-12-standard_12.7-1_amd64.tar.zst
Infopage: https://example.org
Description: Debian 12
`;

/** What the looks of `pct` find on node pve1, for container 101 unless said otherwise. */
export function pctAnswers(
  conf: string | null,
  more: Answers & { readonly running?: boolean; readonly type?: string } = {},
): Answers {
  const { running = false, type = "lxc", ...rest } = more;
  const ids = conf === null && more.type === undefined ? {} : { 101: { node: "pve1", type, version: 3 } };
  return {
    guests: JSON.stringify({ version: 7, ids }),
    conf,
    state: running ? exec("State:          RUNNING\n") : exec("State:          STOPPED\n"),
    storages: STORAGE_CFG,
    original: null,
    originalState: exec("State:          STOPPED\n"),
    mounts: "",
    zones: "#code\tcoordinates\tTZ\nAT\t+4813+01620\tEurope/Vienna\n",
    archive: null,
    links: ["lo", "vmbr0", "vmbr1"],
    ha: null,
    replication: null,
    version: exec("6.1.10"),
    templates: ["debian-12-standard_12.7-1_amd64.tar.zst"],
    offered: INDEX,
    offeredToo: null,
    "/var/lib/vz/snippets/x.pl": stat({ type: "file", mode: "0755" }),
    "/var/lib/vz/snippets/plain.pl": stat({ type: "file", mode: "0644" }),
    "/var/lib/vz/snippets/gone.pl": null,
    "/srv/bind": stat({ type: "directory" }),
    "/srv/bind2": stat({ type: "directory" }),
    "/dev/dri/renderD128": stat({ type: "char" }),
    "/dev/net/tun": stat({ type: "char" }),
    "/dev/gone": null,
    "/srv/none": null,
    "/srv/link": stat({ type: "symlink", target: "/srv/bind" }),
    "mtu vmbr0": "1500\n",
    ...rest,
    ...(rest.running_config !== undefined && { running: rest.running_config }),
  };
}
