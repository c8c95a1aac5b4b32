import { nodeAt, put, seconds } from "../files/file-tree.ts";
import type { Session } from "../session.ts";
import { type Frozen, type Host, type Node, own } from "../world.ts";
import type { Dataset } from "./state.ts";

/** A file system's own files, by their path below its root; the root itself is "". */
export type Tree = Record<string, Node>;

/** Takes what is at and below a folder out of the host's files; what is mounted deeper stays. */
export function takeTree(host: Host, folder: string): Tree {
  const tree: Tree = {};
  const deeper = host.mounts.map(({ target }) => target).filter((target) => target.startsWith(below(folder)));
  for (const [path, node] of Object.entries(host.files)) {
    if (path !== folder && !path.startsWith(below(folder))) continue;
    if (deeper.some((target) => path === target || path.startsWith(below(target)))) continue;
    tree[path === folder ? "" : path.slice(folder === "/" ? 0 : folder.length)] = node;
    delete host.files[path];
  }
  return tree;
}

/** Puts a tree where a folder is. */
export function putTree(host: Host, folder: string, tree: Tree): void {
  for (const [path, node] of Object.entries(tree))
    host.files[path === "" ? folder : `${folder === "/" ? "" : folder}${path}`] = node;
}

/** The tree of a dataset, wherever it is now: under its mountpoint, or kept aside. */
export function treeOf(host: Frozen<Host>, dataset: Frozen<Dataset>): Frozen<Tree> {
  const mount = host.mounts.findLast(({ source, fstype }) => fstype === "zfs" && source === dataset.name);
  if (mount === undefined) return own<Frozen<Tree>>(host.trees ?? {}, dataset.guid) ?? {};
  const over = host.mounts.slice(host.mounts.indexOf(mount) + 1).find(({ target }) => target === mount.target);
  if (over !== undefined) return own<Frozen<Tree>>(host.trees ?? {}, coveredBy(over.source)) ?? {};
  const deeper = host.mounts.map(({ target }) => target).filter((target) => target.startsWith(below(mount.target)));
  return Object.fromEntries(
    Object.entries(host.files)
      .filter(([path]) => path === mount.target || path.startsWith(below(mount.target)))
      .filter(([path]) => !deeper.some((target) => path === target || path.startsWith(below(target))))
      .map(([path, node]) => [path.slice(mount.target === "/" ? 0 : mount.target.length), node]),
  );
}

/** Under what name the tree is kept that a dataset's mount covers. */
export function coveredBy(dataset: string): string {
  return `under ${dataset}`;
}

/** Replaces a dataset's files, mounted or not. */
export function replaceTree(session: Session, dataset: Frozen<Dataset>, tree: Tree): void {
  const host = session.change();
  const mount = host.mounts.findLast(({ source, fstype }) => fstype === "zfs" && source === dataset.name);
  if (mount === undefined) {
    host.trees = { ...host.trees, [dataset.guid]: tree };
    return;
  }
  takeTree(host, mount.target);
  putTree(host, mount.target, tree);
}

/** Makes a folder with those above it, as `mkdir -p` does. */
export function makeFolders(session: Session, path: string): void {
  const missing: string[] = [];
  for (let at = path; at !== "" && nodeAt(session.host, at) === undefined; at = at.slice(0, at.lastIndexOf("/"))) {
    missing.unshift(at);
  }
  for (const folder of missing) {
    put(session, folder, { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: seconds(session.host) });
  }
}

function below(folder: string): string {
  return folder === "/" ? "/" : `${folder}/`;
}
