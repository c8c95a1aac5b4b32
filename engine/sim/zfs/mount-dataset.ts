import { nodeAt, resolve, seconds } from "../files/file-tree.ts";
import type { Session } from "../session.ts";
import type { Frozen, FrozenHost, Mount } from "../world.ts";
import { changeDataset, findDataset, findPool } from "./find-dataset.ts";
import { encryptionRootOf, resolveProperty } from "./resolve-property.ts";
import type { Dataset } from "./state.ts";
import { coveredBy, makeFolders, putTree, type Tree, takeTree } from "./trees.ts";
import { rulesOf } from "./versions.ts";

/** The live mount of a dataset; of two the later one. */
export function mountOf(host: FrozenHost, name: string): Frozen<Mount> | undefined {
  return host.mounts.findLast(({ source, fstype }) => fstype === "zfs" && source === name);
}

/** Why a file system cannot be mounted, as `zfs mount` says it; null if it can. */
export function mountFault(host: FrozenHost, name: string): string | null {
  const dataset = findDataset(host, name);
  if (dataset === undefined) return `cannot open '${name}': dataset does not exist`;
  const value = (property: string) => resolveProperty(host, dataset, property).value;
  const mountpoint = value("mountpoint");
  const cannot = `cannot mount '${name}':`;
  if (mountpoint === "legacy") return `${cannot} legacy mountpoint\nuse mount(8) to mount this filesystem`;
  if (mountpoint === "none") return `${cannot} no mountpoint set`;
  if (value("canmount") === "off") return `${cannot} 'canmount' property is set to 'off'`;
  if (value("zoned") === "on") return `${cannot} dataset is exported to a local zone`;
  if (mountOf(host, name) !== undefined) return `${cannot} filesystem already mounted`;
  const root = encryptionRootOf(host, dataset);
  if (root !== undefined && root.keyLoaded !== true) return `${cannot} encryption key not loaded`;
  const target = cleanPath(mountpoint);
  const blocked = nodeAt(host, target);
  if (blocked === undefined && mountHolding(host, target)?.options.split(",").includes("ro")) {
    return `cannot mount '${mountpoint}': failed to create mountpoint: Read-only file system`;
  }
  if (blocked !== undefined && blocked.type !== "directory" && blocked.type !== "symlink") {
    return `cannot mount '${mountpoint}': failed to create mountpoint: Not a directory`;
  }
  if (value("overlay") === "off" && blocked !== undefined) {
    const filled = Object.keys(host.files).some((path) => path.startsWith(`${target}/`));
    if (filled) return `cannot mount '${mountpoint}': directory is not empty`;
  }
  return null;
}

/** Whether a new dataset is mounted of itself. */
export function mountsItself(host: FrozenHost, name: string): boolean {
  const dataset = findDataset(host, name);
  if (dataset?.type !== "filesystem") return false;
  const value = (property: string) => resolveProperty(host, dataset, property).value;
  return value("canmount") === "on" && value("mountpoint").startsWith("/") && value("zoned") === "off";
}

/** Mounts a file system where its mountpoint says, or where it is told to (a legacy one): its folder is made, its files appear, what was there is covered. */
export function mountDataset(session: Session, name: string, extra: readonly string[] = [], at?: string): void {
  const dataset = changeDataset(session, name);
  const path = cleanPath(at ?? resolveProperty(session.host, dataset, "mountpoint").value);
  makeFolders(session, path);
  const target = resolve(session, path, true).path;
  const host = session.change();
  const root: Tree = { "": { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: seconds(session.host) } };
  const covered = takeTree(host, target);
  const own = host.trees?.[dataset.guid] ?? root;
  delete host.trees?.[dataset.guid];
  host.trees = { ...host.trees, [coveredBy(name)]: covered };
  putTree(host, target, own);
  host.mounts.push({ source: name, target, fstype: "zfs", options: mountOptions(host, dataset, extra) });
  dataset.mounted = true;
}

/** Takes a file system out of the tree; its files are kept aside, what it covered is back. */
export function unmountDataset(session: Session, name: string): void {
  const dataset = changeDataset(session, name);
  const host = session.change();
  const mount = mountOf(host, name);
  dataset.mounted = false;
  if (mount === undefined) return;
  const index = host.mounts.indexOf(mount);
  const over = host.mounts.slice(index + 1).find(({ target }) => target === mount.target);
  const trees: Record<string, Tree> = host.trees ?? {};
  const covered = trees[coveredBy(name)] ?? {};
  delete trees[coveredBy(name)];
  if (over === undefined) {
    trees[dataset.guid] = takeTree(host, mount.target);
    putTree(host, mount.target, covered);
  } else {
    // Something is mounted over it: its files lie under that one.
    trees[dataset.guid] = trees[coveredBy(over.source)] ?? {};
    trees[coveredBy(over.source)] = covered;
  }
  host.trees = trees;
  host.mounts.splice(index, 1);
}

/** The folder of a mountpoint that nobody chose goes when it is empty. */
export function removeMountpoint(
  session: Session,
  path: string,
  source: "local" | "default" | "inherited" | string,
): void {
  if (source !== "default" && source !== "inherited") return;
  const target = cleanPath(path);
  const { host } = session;
  if (nodeAt(host, target)?.type !== "directory") return;
  if (host.mounts.some((mount) => mount.target === target || mount.target.startsWith(`${target}/`))) return;
  if (Object.keys(host.files).some((each) => each.startsWith(`${target}/`))) return;
  delete session.change().files[target];
}

/** What the kernel shows in /proc/mounts. */
export function mountOptions(host: FrozenHost, dataset: Frozen<Dataset>, extra: readonly string[] = []): string {
  const on = (property: string) => resolveProperty(host, dataset, property).value;
  const readOnly =
    extra.includes("ro") ||
    (on("readonly") === "on" && !extra.includes("rw")) ||
    findPool(host, dataset.name)?.readOnly;
  const noAccessTimes = extra.includes("noatime") || (on("atime") === "off" && !extra.includes("atime"));
  const acl = on("acltype");
  return [
    readOnly ? "ro" : "rw",
    on("setuid") === "off" && "nosuid",
    on("devices") === "off" && "nodev",
    on("exec") === "off" && "noexec",
    noAccessTimes ? "noatime" : on("relatime") === "on" && "relatime",
    ...extra.filter((option) => /^no(suid|dev|exec)$/.test(option)),
    on("xattr") === "off" ? "noxattr" : "xattr",
    acl === "posix" ? "posixacl" : acl === "nfsv4" ? "nfs4acl" : "noacl",
    rulesOf(host).caseOption && (dataset.fixed.casesensitivity === "insensitive" ? "caseinsensitive" : "casesensitive"),
  ]
    .filter((option) => typeof option === "string")
    .join(",");
}

/** `/a/`, `/a//b` and `/a/../b` as the kernel takes them. */
export function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** The mount that a path is on. */
export function mountHolding(host: FrozenHost, path: string): Frozen<Mount> | undefined {
  let best: Frozen<Mount> | undefined;
  for (const mount of host.mounts) {
    const { target } = mount;
    if (target !== "/" && path !== target && !path.startsWith(`${target}/`)) continue;
    // Of two on one path the later one covers the other.
    if (best === undefined || target.length >= best.target.length) best = mount;
  }
  return best;
}
