import { ENGINE_SOCKET, engineSocket } from "../docker/engine-socket.ts";
import { containerProcLinks } from "../docker/proc-files.ts";
import { procModules } from "../host/kernel-modules.ts";
import { procNetTcp } from "../host/listening.ts";
import { LINKS_FOLDER, networkLinks } from "../host/network-links.ts";
import { CLUSTER_FILES, clusterFile } from "../pve/cluster/pmxcfs.ts";
import { mapFile } from "../pve/container/map-file.ts";
import { vmCommandLine, vmProcessFiles } from "../pve/vm/vm-running.ts";
import type { FileNode, FrozenHost, SocketNode, SymlinkNode } from "../world.ts";

/** Files that the kernel makes up when they are read. Undefined for a path that is none of them. */
export function virtualFile(host: FrozenHost, path: string): FileNode | SocketNode | SymlinkNode | undefined {
  if (path === ENGINE_SOCKET) return engineSocket(host);
  const link = NAMESPACE.test(path) ? containerProcLinks(host).get(path) : undefined;
  if (link !== undefined)
    return { type: "symlink", mode: "0777", uid: 0, gid: 0, mtime: Math.floor(host.clockMs / 1000), target: link };
  const cluster = clusterFile(host, path);
  if (cluster !== undefined)
    return { type: "file", mode: "0440", uid: 0, gid: 33, mtime: Math.floor(host.clockMs / 1000), content: cluster };
  const content = virtualText(host, path);
  if (content === undefined) return undefined;
  const mode = path.startsWith("/proc/sys/") && !path.startsWith("/proc/sys/kernel/random/") ? "0644" : "0444";
  return { type: "file", mode, uid: 0, gid: 0, mtime: Math.floor(host.clockMs / 1000), content };
}

/** The namespaces of a process. */
const NAMESPACE = /^\/proc\/\d+\/ns(?:\/|$)/;

/** Whether nothing can be kept at a path: what is there is made up. */
export function isVirtual(path: string): boolean {
  return (
    hidesSize(path) ||
    /^\/sys\/class($|\/net($|\/))/.test(path) ||
    CLUSTER_FILES.some((name) => path === `/etc/pve/${name}`) ||
    path === ENGINE_SOCKET
  );
}
/** Whether the size of a file there is 0 in every stat: the kernel does not know it before the file is read. */
export function hidesSize(path: string): boolean {
  return path.startsWith("/proc/");
}

/** Names that the kernel makes up in a folder. */
export function virtualNames(host: FrozenHost, folder: string): readonly string[] {
  if (folder === "/etc/pve") return host.pve === undefined ? [] : CLUSTER_FILES;
  if (folder === LINKS_FOLDER) return networkLinks(host);
  if (folder === "/sys/class") return networkLinks(host).length > 0 ? ["net"] : [];
  if (folder !== "/proc" && !isVirtual(folder)) return [];
  const inside = folder === "/" ? "/" : `${folder}/`;
  const paths = [
    ...PROC_FILES,
    ...vmProcessFiles(host),
    ...containerProcLinks(host).keys(),
    ...Object.keys(host.sysctl).map(sysctlPath),
  ];
  return [
    ...new Set(
      paths.filter((path) => path.startsWith(inside)).map((path) => path.slice(inside.length).split("/")[0] ?? ""),
    ),
  ];
}

/** Whether the kernel makes up this folder. */
export function isVirtualFolder(host: FrozenHost, path: string): boolean {
  return isVirtual(path) && virtualNames(host, path).length > 0;
}

export function sysctlPath(name: string): string {
  // As sysctl does: the dots of the name become slashes.
  return `/proc/sys/${name.replaceAll(".", "/")}`;
}

/** `net.ipv4.ip_forward` and `net/ipv4/ip_forward` are one parameter. A name with a slash in it keeps its dots (eth0.1). */
export function sysctlName(host: FrozenHost, spelled: string): string | undefined {
  const wanted = spelled.includes("/") ? `/proc/sys/${spelled}` : sysctlPath(spelled);
  return Object.keys(host.sysctl).find((name) => sysctlPath(name) === wanted);
}

const PROC_FILES = [
  "/proc/1/stat",
  "/proc/cpuinfo",
  "/proc/loadavg",
  "/proc/meminfo",
  "/proc/modules",
  "/proc/mounts",
  "/proc/net/tcp",
  "/proc/net/tcp6",
  "/proc/self/gid_map",
  "/proc/self/mountinfo",
  "/proc/self/mounts",
  "/proc/self/uid_map",
  "/proc/sys/kernel/random/boot_id",
  "/proc/uptime",
  "/proc/version",
];

function virtualText(host: FrozenHost, path: string): string | undefined {
  switch (path) {
    case "/proc/mounts":
    case "/proc/self/mounts":
      return host.mounts
        .map(({ source, target, fstype, options }) => `${source} ${octal(target)} ${fstype} ${options} 0 0\n`)
        .join("");
    case "/proc/self/mountinfo":
      return mountinfo(host);
    case "/proc/1/stat":
      return `1 (systemd) S 0 1 1 0 -1 4194560 ${"0 ".repeat(12)}${host.booted === undefined ? 3 : ticks(host.booted.since)} 0\n`;
    case "/proc/net/tcp":
      return procNetTcp(host);
    case "/proc/net/tcp6":
      return procNetTcp({ ...host, units: {} });
    case "/proc/modules":
      return procModules(host);
    case "/proc/self/gid_map":
      return mapFile(host.booted?.idMaps ?? [], "g");
    case "/proc/self/uid_map":
      return mapFile(host.booted?.idMaps ?? [], "u");
    case "/proc/meminfo":
      return meminfo((host.description.memoryMb ?? 8192) * 1024);
    case "/proc/cpuinfo":
      return Array.from({ length: host.description.cpus ?? 4 }, (_, index) => cpu(index)).join("");
    case "/proc/loadavg":
      return "0.08 0.03 0.01 1/187 4242\n";
    case "/proc/uptime":
      return `${uptime(host).toFixed(2)} ${uptime(host).toFixed(2)}\n`;
    case "/proc/version":
      return `Linux version ${KERNEL} (debian-kernel@lists.debian.org) ${KERNEL_BUILD}\n`;
    case "/proc/sys/kernel/random/boot_id":
      return `${host.bootId}\n`;
    default: {
      if (!path.startsWith("/proc/sys/")) return vmCommandLine(host, path);
      const name = sysctlName(host, path.slice("/proc/sys/".length));
      return name === undefined ? undefined : `${host.sysctl[name]}\n`;
    }
  }
}

/** Device numbers are made from the source: what is one file system has one number. */
export function mountinfo(host: FrozenHost): string {
  const sources = [...new Set(host.mounts.map(({ source }) => source))];
  return host.mounts
    .map(({ source, target, fstype, options, root = "/" }, index) => {
      const [access = "rw"] = options.split(",");
      const minor = fstype === "tmpfs" ? index : sources.indexOf(source);
      return `${20 + index} ${index === 0 ? 1 : 20} 0:${30 + minor} ${octal(root)} ${octal(target)} ${options} shared:1 - ${fstype} ${source} ${access}\n`;
    })
    .join("");
}

function uptime(host: FrozenHost): number {
  const since = host.booted?.since ?? host.upAt;
  return host.clockMs / 1000 - (since === undefined ? BOOTED : since / 1000);
}

/** A moment of the clock in hundredths of a second since the machine was booted, as the kernel counts. */
function ticks(ms: number): number {
  return Math.max(0, Math.round(ms / 10) - BOOTED * 100);
}

/** When every new host's clock starts, and when it was booted, in seconds since the epoch. */
export const CLOCK_START = 1_748_779_200;
const BOOTED = CLOCK_START - 3600;
export const KERNEL = "6.1.0-35-amd64";
export const KERNEL_BUILD = "#1 SMP PREEMPT_DYNAMIC Debian 6.1.137-1 (2025-05-07)";

function meminfo(totalKb: number): string {
  const rows: readonly (readonly [string, number])[] = [
    ["MemTotal", totalKb],
    ["MemFree", Math.floor(totalKb * 0.7)],
    ["MemAvailable", Math.floor(totalKb * 0.9)],
    ["Buffers", Math.floor(totalKb * 0.02)],
    ["Cached", Math.floor(totalKb * 0.18)],
    ["SwapCached", 0],
    ["SwapTotal", 0],
    ["SwapFree", 0],
  ];
  return rows.map(([name, kb]) => `${`${name}:`.padEnd(16)}${String(kb).padStart(8)} kB\n`).join("");
}

function cpu(index: number): string {
  return `processor\t: ${index}\nvendor_id\t: GenuineIntel\ncpu family\t: 6\nmodel\t\t: 190\nmodel name\t: Intel(R) N100\ncpu MHz\t\t: 806.400\nflags\t\t: fpu vmx sse sse2 aes\n\n`;
}

// A blank in a path of /proc/mounts is \040.
function octal(path: string): string {
  return path.replace(/[ \t\n\\]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, "0")}`);
}
