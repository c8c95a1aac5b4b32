import { plainWord } from "./fstab.ts";

/** A line of /proc/self/mountinfo. */
export interface LiveMount {
  /** Major and minor number of its file system, `8:1`. */
  readonly device: string;
  /** The folder of the file system that is seen at the target: another than `/` for a bind mount. */
  readonly root: string;
  readonly target: string;
  readonly fstype: string;
  readonly source: string;
  /** Of the mount and of its file system together. */
  readonly options: readonly string[];
}

export function parseMountinfo(text: string): readonly LiveMount[] {
  return text.split("\n").flatMap((line) => {
    const [front = "", back = ""] = line.split(" - ");
    const [, , device, root, target, own = ""] = front.split(" ");
    const [fstype, source, shared = ""] = back.split(" ");
    if (device === undefined || root === undefined || target === undefined) return [];
    if (fstype === undefined || source === undefined) return [];
    const options = [...new Set([...own.split(","), ...shared.split(",")])].filter((option) => option !== "");
    // The file system itself may be writable under a mount that is not: what counts is the mount's own word.
    const writable = own.split(",").includes("ro") ? "rw" : "";
    return [
      {
        device,
        root: plainWord(root),
        target: plainWord(target),
        fstype,
        source: plainWord(source),
        options: options.filter((option) => option !== writable),
      },
    ];
  });
}

/** What is mounted at a target: of several the last, which covers the others. */
export function mountAt(mounts: readonly LiveMount[], target: string): LiveMount | undefined {
  return mounts.findLast((mount) => mount.target === target);
}
/** The mount that a path lies on. */
export function mountHolding(mounts: readonly LiveMount[], path: string): LiveMount | undefined {
  const holding = mounts.filter(({ target }) => isWithin(path, target));
  const longest = Math.max(...holding.map(({ target }) => target.length));
  return holding.findLast(({ target }) => target.length === longest);
}
/** Whether a mount shows this folder: the same file system, and the folder's place in it as root. */
export function showsFolder(mounts: readonly LiveMount[], mount: LiveMount, folder: string): boolean {
  // What is mounted at the target itself, or within it, does not hold the folder that it shows.
  const holder = mountHolding(
    mounts.filter((each) => each !== mount),
    folder,
  );
  if (holder === undefined || holder.device !== mount.device) return false;
  const below = folder === holder.target ? "" : folder.slice(holder.target === "/" ? 0 : holder.target.length);
  return `${holder.root === "/" ? "" : holder.root}${below}` === (mount.root === "/" ? "" : mount.root);
}
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === "/" ? "/" : `${folder}/`);
}
