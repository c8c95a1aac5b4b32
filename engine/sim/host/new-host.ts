import { parentOf } from "../files/file-tree.ts";
import { sha256 } from "../files/node.ts";
import { CLOCK_START } from "../files/virtual-files.ts";
import { asDebianContainer } from "../pve/inside/as-debian-container.ts";
import { newAlpine } from "../pve/inside/new-alpine.ts";
import { asProxmoxNode } from "../pve/new-node.ts";
import { openSession } from "../session.ts";
import type { Host, HostDescription, Mount, Node } from "../world.ts";
import { diskOfSource } from "./block-devices.ts";
import { basePackages, findPackage } from "./catalogue.ts";
import {
  CRONTAB,
  DEFAULT_MOUNTS,
  FOLDERS,
  GROUP,
  LINKS,
  OS_RELEASE,
  PASSWD,
  SPECIAL_FOLDERS,
  SYSCTL,
  SYSTEM_MOUNTS,
} from "./debian-12.ts";
import { withDisks } from "./new-disks.ts";
import { installPackage, missingPackages } from "./packages.ts";
import { publicKey } from "./public-key.ts";

/** A fresh host as its installer leaves it. The same description always makes the same host. */
export function newHost(description: HostDescription): Host {
  if (description.kind === "container") {
    if (description.system === "alpine") return newAlpine(description);
    return asDebianContainer(newDebian({ ...description, mounts: [] }));
  }
  const host = withDisks(newDebian(description));
  return description.kind === "proxmox" ? asProxmoxNode(host) : host;
}

function newDebian(description: HostDescription): Host {
  const host: Host = {
    description,
    clockMs: CLOCK_START * 1000,
    files: {},
    mounts: [...SYSTEM_MOUNTS, ...(description.mounts ?? DEFAULT_MOUNTS.filter(isFree(description)))],
    units: {},
    packages: {},
    sysctl: { ...SYSCTL, "kernel.hostname": description.name },
    hostname: description.name,
    bootId: bootId(description.name),
  };
  const root = { name: "root", uid: 0, gid: 0, gids: [0], home: "/root", line: "" };
  const session = openSession(host, root, "write", () => {});
  const put = (path: string, node: Node) => {
    host.files[path] = node;
  };
  const common = { uid: 0, gid: 0, mtime: CLOCK_START };
  const folder = (path: string, mode = "0755", owner: { readonly uid?: number; readonly gid?: number } = {}): void => {
    // Parents come first: a path without its folders is no tree.
    if (path !== "/" && host.files[parentOf(path)] === undefined) folder(parentOf(path));
    put(path, { type: "directory", ...common, mode, ...owner });
  };
  const file = (path: string, content: string, mode = "0644", gid = 0) => {
    if (host.files[parentOf(path)] === undefined) folder(parentOf(path));
    put(path, { type: "file", ...common, mode, gid, content });
  };
  for (const path of FOLDERS) folder(path);
  for (const [path, mode, gid] of SPECIAL_FOLDERS) folder(path, mode, { gid });
  for (const [path, target] of LINKS) put(path, { type: "symlink", ...common, mode: "0777", target });
  for (const mount of host.mounts)
    if (!/^\/(proc|sys)(\/|$)/.test(mount.target)) folder(mount.target, host.files[mount.target]?.mode ?? "0755");

  // A container has it only if its node gives it the device.
  if (description.kind !== "container") {
    file("/etc/ssh/ssh_host_rsa_key.pub", publicKey(`host ${description.name}`));
    folder("/dev/net");
    put("/dev/net/tun", { type: "char", ...common, mode: "0666", major: 10, minor: 200 });
  }
  file(
    "/etc/passwd",
    `${PASSWD.join("\n")}\n${people(description, (name, id) => `${name}:x:${id}:${id}:${name}:/home/${name}:/bin/bash\n`)}`,
  );
  file("/etc/group", `${GROUP.join("\n")}\n${people(description, (name, id) => `${name}:x:${id}:\n`)}`);
  file("/etc/shadow", "root:*:20240:0:99999:7:::\n", "0640", 42);
  people(description, (name, id) => {
    folder(`/home/${name}`, "0755", { uid: id, gid: id });
    return "";
  });
  for (const [path, content] of Object.entries(textFiles(description))) file(path, content);
  file("/etc/fstab", fstab(host.mounts));

  for (const name of basePackages) installPackage(session, name, findPackage(name)?.versions[0] ?? "", true);
  for (const name of description.packages ?? []) {
    for (const each of missingPackages(session, name))
      installPackage(session, each, findPackage(each)?.versions[0] ?? "", each === name);
  }
  // Debian links only these to their real place.
  put("/usr/bin/sh", { type: "symlink", ...common, mode: "0777", target: "dash" });
  return host;
}

// A disk that is described as blank has nothing mounted from it.
function isFree({ disks = [] }: HostDescription): (mount: Mount) => boolean {
  return ({ source }) => !disks.some(({ name }) => diskOfSource(source) === name);
}

function people(description: HostDescription, line: (name: string, id: number) => string): string {
  return (description.users ?? []).map((name, index) => line(name, 1000 + index)).join("");
}

function textFiles(description: HostDescription): Readonly<Record<string, string>> {
  const { name } = description;
  return {
    "/etc/hostname": `${name}\n`,
    "/etc/hosts": `127.0.0.1\tlocalhost\n127.0.1.1\t${name}\n\n::1\tlocalhost ip6-localhost ip6-loopback\n`,
    "/etc/debian_version": "12.11\n",
    "/etc/issue": "Debian GNU/Linux 12 \\n \\l\n\n",
    "/etc/machine-id": `${sha256(`machine ${name}`).slice(0, 32)}\n`,
    "/etc/timezone": "Etc/UTC\n",
    "/etc/resolv.conf": "nameserver 192.0.2.1\n",
    "/etc/motd": "\nThe programs included with the Debian GNU/Linux system are free software.\n",
    "/etc/shells": "/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n",
    "/etc/sysctl.conf": "# Kernel parameters; see sysctl.conf(5).\n#net.ipv4.ip_forward=1\n",
    "/etc/crontab": CRONTAB,
    "/etc/os-release": OS_RELEASE,
    "/usr/lib/os-release": OS_RELEASE,
    "/etc/apt/sources.list": "deb http://deb.debian.org/debian bookworm main\n",
    "/var/lib/apt/lists/deb.debian.org_debian_dists_bookworm_InRelease": "Origin: Debian\nSuite: oldstable\n",
    "/usr/share/zoneinfo/Etc/UTC": "TZif2 UTC\n",
  };
}

function fstab(mounts: readonly Mount[]): string {
  const rows = mounts
    .filter(({ uuid }) => uuid !== undefined)
    .map(({ uuid, target, fstype, options }) => {
      const nofail = target === "/" ? options.replace("rw,relatime,", "") : "nofail,x-systemd.device-timeout=30";
      return `UUID=${uuid} ${target} ${fstype} ${nofail} 0 ${target === "/" ? 1 : 2}\n`;
    });
  return `# <file system> <mount point> <type> <options> <dump> <pass>\n${rows.join("")}`;
}

function bootId(name: string): string {
  const hex = sha256(`boot ${name}`);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}
