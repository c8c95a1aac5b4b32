import { parentOf } from "../../files/file-tree.ts";
import { type FrozenHost, type Host, type Mount, own } from "../../world.ts";
import type { ConfPart } from "../guest/guest-conf.ts";
import { findStorage } from "../storage/storages.ts";
import { type MountPoint, mountPointsOf } from "./start-checks.ts";

/** A mount that did not work, and why, as LXC words it. */
export interface MountFailure {
  readonly source: string;
  readonly target: string;
}

/** The node's file system that a path of it is on. */
function mountOf(node: FrozenHost, path: string): Omit<Mount, "uuid" | "bind" | "bound"> {
  const over = node.mounts.filter(({ target }) => target === "/" || path === target || path.startsWith(`${target}/`));
  const best = over.reduce<(typeof over)[number] | undefined>(
    (found, mount) => (found === undefined || mount.target.length >= found.target.length ? mount : found),
    undefined,
  );
  return best ?? { source: "/dev/sda1", target: "/", fstype: "ext4", options: "rw,relatime" };
}

/** Mounts of the kernel's own file systems in every container. */
const SYSTEM: readonly Mount[] = [
  { source: "none", target: "/dev", fstype: "tmpfs", options: "rw,relatime,size=492k,mode=755" },
  { source: "proc", target: "/proc", fstype: "proc", options: "rw,nosuid,nodev,noexec,relatime" },
  { source: "sysfs", target: "/sys", fstype: "sysfs", options: "ro,nosuid,nodev,noexec,relatime" },
  { source: "tmpfs", target: "/dev/shm", fstype: "tmpfs", options: "rw,nosuid,nodev" },
  { source: "tmpfs", target: "/run", fstype: "tmpfs", options: "rw,nosuid,nodev,mode=755" },
];

/** The mount of one mount point, as the container sees it. */
export function mountFor(node: FrozenHost, point: MountPoint): Mount {
  const { volume, kind, target, options } = point;
  const extra = (options.get("mountoptions") ?? "").split(";").filter((option) => option !== "");
  const rights = options.get("ro") === "1" ? "ro" : "rw";
  const optionsOf = (rest: string) => [rights, ...rest.split(",").filter((one) => !/^(rw|ro)$/.test(one)), ...extra];
  if (kind === "bind") {
    const { source, fstype, options: there } = mountOf(node, volume);
    return { source, target, fstype, options: optionsOf(there).join(","), bound: volume, root: rootOf(node, volume) };
  }
  if (kind === "device") return { source: volume, target, fstype: "ext4", options: optionsOf("relatime").join(",") };
  const [storageId = "", name = ""] = volume.split(/:(.*)/s);
  const storage = findStorage(node, storageId);
  if (storage?.type === "zfspool") {
    const source = `${storage.options.get("pool")}/${name}`;
    return { source, target, fstype: "zfs", options: optionsOf("relatime,xattr,posixacl").join(",") };
  }
  const raw = own(node.pve?.volumes ?? {}, volume)?.format !== "subvol";
  const path = storage?.options.get("path") ?? "/var/lib/vz";
  const { source, fstype } = raw ? { source: `/dev/loop${place(point)}`, fstype: "ext4" } : mountOf(node, path);
  return { source, target, fstype, options: optionsOf("relatime").join(",") };
}
/** Where a folder of the node lies in its own file system: a dataset that is bound as a whole is `/`. */
function rootOf(node: FrozenHost, path: string): string {
  const { target, root = "/" } = mountOf(node, path);
  const below = target === "/" ? path : path.slice(target.length);
  return `${root === "/" ? "" : root}${below === "/" ? "" : below}` || "/";
}
function place({ key }: MountPoint): number {
  return key === "rootfs" ? 0 : 1 + Number(key.slice(2));
}

/** Mounts everything for a start: a clean list, with the folders to mount on. Says what could not be. */
export function mountAll(inside: Host, node: FrozenHost, conf: ConfPart): MountFailure | null {
  const points = mountPointsOf(conf.values);
  const mounts: Mount[] = [];
  const [root, ...rest] = points.map((point) => mountFor(node, point));
  if (root !== undefined) mounts.push(root);
  mounts.push(...SYSTEM, ...rest);
  for (const { target } of mounts) makeMountPoint(inside, target, "directory");
  inside.mounts = mounts;
  for (const [key, value] of conf.raw) {
    if (key !== "lxc.mount.entry") continue;
    const failure = mountEntry(inside, node, value);
    if (failure !== null) return failure;
  }
  return null;
}

/** A line of fstab: with `create=` its target is made, with `optional` its failure does not matter. */
function mountEntry(inside: Host, node: FrozenHost, line: string): MountFailure | null {
  const [source = "", relative = "", fstype = "none", words = "defaults"] = line.trim().split(/\s+/);
  const options = words.split(",");
  const target = `/${relative.replace(/^\/+/, "").replace(/\/+$/, "")}`;
  const binds = options.includes("bind") || options.includes("rbind");
  const create = options.find((option) => option.startsWith("create="))?.slice("create=".length);
  if (create !== undefined) makeMountPoint(inside, target, create === "file" ? "file" : "directory");
  const possible = (!binds || node.files[source] !== undefined) && inside.files[target] !== undefined;
  if (!possible) return options.includes("optional") ? null : { source, target };
  const plain = options.filter((option) => !/^(r?bind|optional|create=.*|relative|defaults)$/.test(option));
  const there = binds ? mountOf(node, source) : { source, fstype, options: "rw,relatime" };
  const rights = plain.includes("ro") ? "ro" : "rw";
  const rest = [...there.options.split(","), ...plain].filter((option) => option !== "rw" && option !== "ro");
  const shown = { source: there.source, fstype: there.fstype, options: [rights, ...new Set(rest)].join(",") };
  inside.mounts = [...inside.mounts, { ...shown, target, ...(binds && { bound: source, root: rootOf(node, source) }) }];
  return null;
}

export function makeMountPoint(inside: Host, path: string, type: "file" | "directory"): void {
  if (inside.files[path] !== undefined || path === "/") return;
  makeMountPoint(inside, parentOf(path), "directory");
  const common = { uid: 0, gid: 0, mtime: Math.floor(inside.clockMs / 1000) };
  inside.files[path] =
    type === "file" ? { type, mode: "0644", content: "", ...common } : { type: "directory", mode: "0755", ...common };
}
