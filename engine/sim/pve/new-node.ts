import { parentOf } from "../files/file-tree.ts";
import { keepBytes } from "../files/node.ts";
import { PROXMOX } from "../host/catalogue.ts";
import { installPackage } from "../host/packages.ts";
import { publicKey } from "../host/public-key.ts";
import { openSession } from "../session.ts";
import type { Host, Node } from "../world.ts";
import { qcow2Image } from "./storage/disk-image.ts";
import { LOCAL_ZFS, withSystemPool } from "./system-pool.ts";

/** Turns a fresh Debian 12 into a fresh node of Proxmox VE 8.4: its tools, /etc/pve, its devices. */
export function asProxmoxNode(host: Host): Host {
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const session = openSession(host, root, "write", () => {});
  const mtime = Math.floor(host.clockMs / 1000);
  const put = (path: string, node: Node) => {
    const parent = parentOf(path);
    if (host.files[parent] === undefined) put(parent, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime });
    host.files[path] = node;
  };
  const pmxcfs = { uid: 0, gid: WWW_DATA, mtime };

  for (const [name, info] of Object.entries(PROXMOX)) installPackage(session, name, info.versions[0] ?? "", true);
  put("/etc/pve", { type: "directory", mode: "0755", ...pmxcfs });
  const nodeFolder = `/etc/pve/nodes/${host.hostname}`;
  for (const folder of ["lxc", "qemu-server", "priv"]) {
    put(`${nodeFolder}/${folder}`, { type: "directory", mode: folder === "priv" ? "0700" : "0755", ...pmxcfs });
  }
  for (const folder of ["ha", "priv", "sdn", "firewall"]) {
    put(`/etc/pve/${folder}`, { type: "directory", mode: folder === "priv" ? "0700" : "0755", ...pmxcfs });
  }
  const link = (name: string, target: string) =>
    put(`/etc/pve/${name}`, { type: "symlink", mode: "0777", target, ...pmxcfs });
  link("local", `nodes/${host.hostname}`);
  link("lxc", `nodes/${host.hostname}/lxc`);
  link("qemu-server", `nodes/${host.hostname}/qemu-server`);
  put("/etc/pve/storage.cfg", { type: "file", mode: "0640", ...pmxcfs, content: STORAGE_CFG });
  put("/etc/pve/user.cfg", { type: "file", mode: "0640", ...pmxcfs, content: "user:root@pam:1:0:::::\n" });
  put("/etc/pve/datacenter.cfg", { type: "file", mode: "0640", ...pmxcfs, content: "keyboard: en-us\n" });
  const file = (path: string, content: string) =>
    put(path, { type: "file", mode: "0644", uid: 0, gid: 0, mtime, content });
  // Every node has a key of root's, and lets in whom the cluster's file system lets in, also while it stands alone.
  const own = publicKey(`root@${host.hostname}`);
  put("/root/.ssh", { type: "directory", mode: "0700", uid: 0, gid: 0, mtime });
  put("/root/.ssh/id_rsa", {
    type: "file",
    mode: "0600",
    uid: 0,
    gid: 0,
    mtime,
    content: "a key of the embedded lab\n",
  });
  file("/root/.ssh/id_rsa.pub", own);
  put("/root/.ssh/authorized_keys", {
    type: "symlink",
    mode: "0777",
    uid: 0,
    gid: 0,
    mtime,
    target: "/etc/pve/priv/authorized_keys",
  });
  put("/etc/pve/priv/authorized_keys", { type: "file", mode: "0600", ...pmxcfs, content: own });
  // As the installer leaves it: the repository of subscribers, and the key that signs all of them.
  file(
    "/etc/apt/sources.list.d/pve-enterprise.list",
    "deb https://enterprise.proxmox.com/debian/pve bookworm pve-enterprise\n",
  );
  file("/etc/apt/trusted.gpg.d/proxmox-release-bookworm.gpg", "a keyring of the embedded lab\n");
  file("/etc/network/interfaces", interfaces(host.description.addresses?.[0] ?? "192.0.2.10/24"));
  // The ids that unprivileged containers of root's get.
  for (const path of ["/etc/subuid", "/etc/subgid"]) file(path, "root:100000:65536\n");
  for (const path of [
    "/run/lock/lxc",
    "/var/lib/vz/template/cache",
    "/var/lib/vz/template/iso",
    "/var/lib/vz/images",
    "/var/lib/vz/dump",
    "/var/lib/vz/snippets",
    "/var/lib/vz/import",
  ]) {
    put(path, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime });
  }
  // Somebody has downloaded it: a lab without network could not.
  const image = keepBytes(qcow2Image(CLOUD_IMAGE_BYTES));
  put(`/var/lib/vz/import/${CLOUD_IMAGE}`, { type: "file", mode: "0644", uid: 0, gid: 0, mtime, ...image });
  for (const [path, major, minor, mode, gid] of CHARACTER_DEVICES) {
    put(path, { type: "char", major, minor, mode, uid: 0, gid, mtime });
  }
  return withSystemPool({
    ...host,
    pve: { containers: {}, vms: {}, volumes: {}, nextPid: 2000 },
  });
}

/** Debian's own image for virtual machines, by its name and the size of its disk. No guest agent is in it. */
const CLOUD_IMAGE = "debian-12-genericcloud-amd64.qcow2";
const CLOUD_IMAGE_BYTES = 3 * 1024 ** 3;

/** Numbers of Debian's groups. */
const WWW_DATA = 33;
const VIDEO = 44;
const RENDER = 104;

/** As the installer leaves it: one bridge on the first card, with the node's address. */
function interfaces(address: string): string {
  return `auto lo
iface lo inet loopback

iface eno1 inet manual

auto vmbr0
iface vmbr0 inet static
\taddress ${address}
\tgateway ${address.replace(/\d+\/\d+$/, "1")}
\tbridge-ports eno1
\tbridge-stp off
\tbridge-fd 0
`;
}

/** What the installer writes, with more allowed on `local` than it does: the guests of the lab may be there as well. */
const STORAGE_CFG = `dir: local
\tpath /var/lib/vz
\tcontent iso,vztmpl,backup,rootdir,images,snippets
${LOCAL_ZFS}`;

/** Path, major, minor, mode, group: an Intel GPU, TUN, and what every system has. */
const CHARACTER_DEVICES: readonly (readonly [string, number, number, string, number])[] = [
  ["/dev/null", 1, 3, "0666", 0],
  ["/dev/fuse", 10, 229, "0666", 0],
  ["/dev/net/tun", 10, 200, "0666", 0],
  ["/dev/dri/card0", 226, 0, "0660", VIDEO],
  ["/dev/dri/renderD128", 226, 128, "0660", RENDER],
];
