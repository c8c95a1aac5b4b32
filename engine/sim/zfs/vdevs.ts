import { sha256 } from "../files/node.ts";
import { diskOfSource, partitionName } from "../host/block-devices.ts";
import type { Frozen, FrozenHost } from "../world.ts";
import { canonicalPath } from "./devices.ts";
import type { Pool, Vdev } from "./state.ts";

export type PoolView = Frozen<Pool>;
export type VdevView = Frozen<Vdev>;

/** The classes of a pool's vdevs beside those of data, in the order in which they are listed. */
export const CLASSES = ["special", "logs", "cache", "spares"] as const;
export type VdevClass = "vdevs" | (typeof CLASSES)[number];

export function isLeaf({ type }: VdevView): boolean {
  return type === "disk" || type === "file";
}

/** Every device below. */
export function leavesOf(vdevs: readonly VdevView[]): readonly VdevView[] {
  return vdevs.flatMap((vdev) => (isLeaf(vdev) ? [vdev] : leavesOf(vdev.children)));
}
export function allLeaves(pool: PoolView): readonly VdevView[] {
  return leavesOf([...pool.vdevs, ...CLASSES.flatMap((name) => pool[name])]);
}

/** A number of 64 bits for a name, the same one each time. All have 19 digits, as most real ones: tables stay aligned. */
export function guidOf(seed: string): string {
  return (10n ** 18n + (BigInt(`0x${sha256(`guid ${seed}`).slice(0, 16)}`) % (8n * 10n ** 18n))).toString();
}

export interface NameStyle {
  /** -P: the path of the partition. */
  readonly path?: boolean;
  /** -L: links followed. */
  readonly links?: boolean;
  /** -g */
  readonly guid?: boolean;
}

/** A vdev's name as zpool prints it. */
export function vdevName(host: FrozenHost, vdev: VdevView, style: NameStyle = {}): string {
  if (style.guid === true || (isLeaf(vdev) && vdev.state === "UNAVAIL")) return vdev.guid ?? vdev.name;
  if (vdev.type !== "disk") return vdev.name;
  const shown = style.links === true ? canonicalPath(host, vdev.name) : vdev.name;
  if (style.path === true) return vdev.wholeDisk === true ? firstPartition(shown) : shown;
  return shown.replace(/^\/dev\/(disk\/by-[a-z]+\/|mapper\/)?/, "");
}

/** Where ZFS keeps the data of a disk that it was given as a whole. */
export function firstPartition(path: string): string {
  const disk = diskOfSource(path);
  return disk === undefined ? `${path}-part1` : `/dev/${partitionName(disk, 1)}`;
}

/** The path of a device as the kernel holds it. */
export function vdevPath(vdev: VdevView): string {
  return vdev.wholeDisk === true ? firstPartition(vdev.name) : vdev.name;
}

/** How many of its devices a group can lose. */
export function parityOf({ type, name, children }: VdevView): number {
  switch (type) {
    case "raidz1":
      return 1;
    case "raidz2":
      return 2;
    case "raidz3":
      return 3;
    case "draid":
      return Number(/^draid(\d)/.exec(name)?.[1] ?? 1);
    case "mirror":
    case "replacing":
      return Math.max(0, children.length - 1);
    default:
      return 0;
  }
}

export interface Place {
  readonly vdev: VdevView;
  readonly class: VdevClass;
  readonly parent: VdevView | null;
}
/** Every vdev of a pool with where it stands. */
export function placesOf(pool: PoolView): readonly Place[] {
  const below = (name: VdevClass, parent: VdevView | null, vdevs: readonly VdevView[]): readonly Place[] =>
    vdevs.flatMap((vdev) => [{ vdev, class: name, parent }, ...below(name, vdev, vdev.children)]);
  return (["vdevs", ...CLASSES] as const).flatMap((name) => below(name, null, pool[name]));
}

/** The vdev that a word names: a group, a guid, a device by any of its paths. */
export function findVdev(host: FrozenHost, pool: PoolView, word: string): Place | undefined {
  const paths = word.startsWith("/") ? [word] : [`/dev/disk/by-id/${word}`, `/dev/${word}`];
  const real = paths.map((path) => wholeOf(canonicalPath(host, path)));
  const given = paths.map((path) => path.replace(/-part1$/, ""));
  return placesOf(pool).find(({ vdev }) => {
    if (vdev.guid === word || vdev.name === word) return true;
    if (!isLeaf(vdev)) return false;
    if (given.includes(vdev.name) || paths.includes(vdev.name)) return true;
    const canonical = canonicalPath(host, vdev.name);
    return real.includes(vdev.wholeDisk === true ? wholeOf(canonical) : canonical);
  });
}
function wholeOf(path: string): string {
  const disk = diskOfSource(path);
  return disk === undefined ? path : `/dev/${disk}`;
}
