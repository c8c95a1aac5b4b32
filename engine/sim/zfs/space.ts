import type { Frozen, FrozenHost, Node } from "../world.ts";
import { childrenOf, findPool } from "./find-dataset.ts";
import { mountHolding } from "./mount-dataset.ts";
import { parentName } from "./names.ts";
import type { Dataset, Pool } from "./state.ts";
import { treeOf } from "./trees.ts";
import { usableSize } from "./vdev-sizes.ts";

/**
 * A model of space that is simple and always the same: an empty file system takes what an empty one takes on sectors
 * of its pool's size, files take their bytes in whole records of 4 KiB, a reservation takes what it reserves. Real
 * pools differ in the last digits.
 */
interface Space {
  readonly used: number;
  readonly available: number;
  readonly referenced: number;
  readonly usedBySnapshots: number;
  readonly usedByDataset: number;
  readonly usedByChildren: number;
  readonly usedByReservation: number;
}

export function spaceOf(host: FrozenHost, dataset: Frozen<Dataset>): Space {
  const files = fileBytes(host);
  return { ...partsOf(host, dataset, files), available: availableTo(host, dataset, files) };
}

function partsOf(host: FrozenHost, dataset: Frozen<Dataset>, files: FileBytes): Omit<Space, "available"> {
  const referenced = referencedWith(host, dataset, files);
  const usedBySnapshots = dataset.snapshots.reduce((sum, { uniqueBytes = 0 }) => sum + uniqueBytes, 0);
  const usedByChildren = childrenOf(host, dataset.name).reduce((sum, child) => sum + chargedTo(host, child, files), 0);
  const usedByReservation = Math.max(0, bytesOf(dataset, "refreservation") - referenced);
  const used = referenced + usedBySnapshots + usedByChildren + usedByReservation;
  return { used, referenced, usedBySnapshots, usedByDataset: referenced, usedByChildren, usedByReservation };
}

/** What a dataset takes from its parent: what it uses, or what it has reserved. */
function chargedTo(host: FrozenHost, dataset: Frozen<Dataset>, files: FileBytes): number {
  return Math.max(partsOf(host, dataset, files).used, bytesOf(dataset, "reservation"));
}

export function referencedBy(host: FrozenHost, dataset: Frozen<Dataset>): number {
  return referencedWith(host, dataset, fileBytes(host));
}
function referencedWith(host: FrozenHost, dataset: Frozen<Dataset>, files: FileBytes): number {
  const empty = emptyBytes(findPool(host, dataset.name), dataset.type);
  if (dataset.type === "volume") return empty;
  if (onTop(host, dataset.name)) return empty + (files.get(dataset.name) ?? 0);
  return empty + Object.values(treeOf(host, dataset)).reduce((sum, node) => sum + nodeBytes(node), 0);
}

/** What a dataset has written since one of its snapshots: the files that are others now. Without one, all of it. */
export function writtenSince(host: FrozenHost, dataset: Frozen<Dataset>, snapshot: string): number {
  const since = dataset.snapshots.find(({ name }) => name === snapshot);
  if (since === undefined) return referencedBy(host, dataset);
  const then = host.trees?.[since.guid] ?? {};
  const now = treeOf(host, dataset);
  const differ = (path: string): boolean => JSON.stringify(now[path]) !== JSON.stringify(then[path]);
  const changed = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter(differ);
  // A change of a name or a mode alone is written, too.
  return changed.reduce((sum, path) => sum + Math.max(RECORD, now[path] === undefined ? 0 : nodeBytes(now[path])), 0);
}

/** Bytes of the files of each mounted dataset, in one walk over the tree. */
type FileBytes = ReadonlyMap<string, number>;
function fileBytes(host: FrozenHost): FileBytes {
  const bytes = new Map<string, number>();
  for (const [path, node] of Object.entries(host.files)) {
    const size = nodeBytes(node);
    if (size === 0) continue;
    const mount = mountHolding(host, path);
    if (mount?.fstype === "zfs") bytes.set(mount.source, (bytes.get(mount.source) ?? 0) + size);
  }
  return bytes;
}
/** So little lies in the metadata. */
const SMALL = 112;
const RECORD = 4096;
function nodeBytes(node: Frozen<Node>): number {
  return node.type === "file" && node.content.length > SMALL ? Math.ceil(node.content.length / RECORD) * RECORD : 0;
}
function onTop(host: FrozenHost, name: string): boolean {
  const mount = host.mounts.findLast(({ source, fstype }) => fstype === "zfs" && source === name);
  return mount !== undefined && host.mounts.findLast(({ target }) => target === mount.target) === mount;
}

/** What an empty dataset takes, by the size of its pool's sectors. */
function emptyBytes(pool: Frozen<Pool> | undefined, type: "filesystem" | "volume"): number {
  const shift = pool?.vdevs[0]?.ashift ?? Number(pool?.properties.ashift?.value ?? 12);
  const small = shift !== 0 && shift < 12;
  if (type === "volume") return small ? 12 * 1024 : 56 * 1024;
  return small ? 24 * 1024 : 96 * 1024;
}

/** The least of what the pool and each quota above leaves. */
function availableTo(host: FrozenHost, dataset: Frozen<Dataset>, files: FileBytes): number {
  const pool = findPool(host, dataset.name);
  const root = pool?.datasets[pool.name];
  if (pool === undefined || root === undefined) return 0;
  const referenced = referencedWith(host, dataset, files);
  const reservedHere = Math.max(0, bytesOf(dataset, "refreservation") - referenced);
  let available = usableBytes(pool) - chargedTo(host, root, files) + reservedHere;
  for (let at: string | null = dataset.name; at !== null; at = parentName(at)) {
    const each = pool.datasets[at];
    const quota = each === undefined ? 0 : bytesOf(each, "quota");
    if (each !== undefined && quota > 0) available = Math.min(available, quota - partsOf(host, each, files).used);
  }
  const refquota = bytesOf(dataset, "refquota");
  if (refquota > 0) available = Math.min(available, refquota - referenced);
  return Math.max(0, available);
}

/** What datasets may fill: the data of the ordinary vdevs, without what ZFS keeps back for itself. */
function usableBytes(pool: Frozen<Pool>): number {
  const bytes = pool.vdevs.reduce((sum, vdev) => sum + (usableSize(vdev) || UNSAID), 0);
  return bytes - Math.min(2 ** 37, Math.max(Math.floor(bytes / 32), Math.min(2 ** 27, bytes / 2)));
}
/** Of a vdev about whose size nothing is known. */
const UNSAID = 2 ** 30;

function bytesOf(dataset: Frozen<Dataset>, property: string): number {
  return Number(dataset.properties[property]?.value ?? 0);
}
