import type { Frozen, FrozenHost } from "../world.ts";
import { childrenOf, findPool } from "./find-dataset.ts";
import { parentName } from "./names.ts";
import type { Dataset, Pool, Vdev } from "./state.ts";
import { treeOf } from "./trees.ts";

/**
 * A model of space that is simple and always the same: an empty file system takes what an empty one takes on sectors
 * of its pool's size, files take their bytes in whole records of 4 KiB, a reservation takes what it reserves. Real
 * pools differ in the last digits.
 */
export interface Space {
  readonly used: number;
  readonly available: number;
  readonly referenced: number;
  readonly usedBySnapshots: number;
  readonly usedByDataset: number;
  readonly usedByChildren: number;
  readonly usedByReservation: number;
}

export function spaceOf(host: FrozenHost, dataset: Frozen<Dataset>): Space {
  const parts = partsOf(host, dataset);
  return { ...parts, available: availableTo(host, dataset) };
}

function partsOf(host: FrozenHost, dataset: Frozen<Dataset>): Omit<Space, "available"> {
  const referenced = referencedBy(host, dataset);
  const usedBySnapshots = dataset.snapshots.reduce((sum, { uniqueBytes = 0 }) => sum + uniqueBytes, 0);
  const usedByChildren = childrenOf(host, dataset.name).reduce((sum, child) => sum + chargedTo(host, child), 0);
  const usedByReservation = Math.max(0, bytesOf(dataset, "refreservation") - referenced);
  const used = referenced + usedBySnapshots + usedByChildren + usedByReservation;
  return { used, referenced, usedBySnapshots, usedByDataset: referenced, usedByChildren, usedByReservation };
}

/** What a dataset takes from its parent: what it uses, or what it has reserved. */
function chargedTo(host: FrozenHost, dataset: Frozen<Dataset>): number {
  return Math.max(partsOf(host, dataset).used, bytesOf(dataset, "reservation"));
}

export function referencedBy(host: FrozenHost, dataset: Frozen<Dataset>): number {
  const empty = emptyBytes(findPool(host, dataset.name), dataset.type);
  if (dataset.type === "volume") return empty;
  let bytes = empty;
  for (const node of Object.values(treeOf(host, dataset))) {
    if (node.type === "file" && node.content.length > SMALL) bytes += Math.ceil(node.content.length / RECORD) * RECORD;
  }
  return bytes;
}
/** So little lies in the metadata. */
const SMALL = 112;
const RECORD = 4096;

/** What an empty dataset takes: twelve sectors of 4 KiB twice, or as many of 512 bytes twice with more of them. */
function emptyBytes(pool: Frozen<Pool> | undefined, type: "filesystem" | "volume"): number {
  const shift = pool?.vdevs[0]?.ashift ?? Number(pool?.properties.ashift?.value ?? 12);
  const small = shift !== 0 && shift < 12;
  if (type === "volume") return small ? 12 * 1024 : 56 * 1024;
  return small ? 24 * 1024 : 96 * 1024;
}

/** The least of what the pool and each quota above leaves. */
function availableTo(host: FrozenHost, dataset: Frozen<Dataset>): number {
  const pool = findPool(host, dataset.name);
  const root = pool?.datasets[pool.name];
  if (pool === undefined || root === undefined) return 0;
  const reservedHere = Math.max(0, bytesOf(dataset, "refreservation") - referencedBy(host, dataset));
  let available = usableBytes(pool) - chargedTo(host, root) + reservedHere;
  for (let at: string | null = dataset.name; at !== null; at = parentName(at)) {
    const each = pool.datasets[at];
    const quota = each === undefined ? 0 : bytesOf(each, "quota");
    if (each !== undefined && quota > 0) available = Math.min(available, quota - partsOf(host, each).used);
  }
  const refquota = bytesOf(dataset, "refquota");
  if (refquota > 0) available = Math.min(available, refquota - referencedBy(host, dataset));
  return Math.max(0, available);
}

/** What datasets may fill: without parity, mirrors and the 1/32 that is kept back. */
export function usableBytes(pool: Frozen<Pool>): number {
  const bytes = [...pool.vdevs, ...pool.special].reduce((sum, vdev) => sum + usableOf(vdev), 0);
  return Math.floor(bytes - Math.min(Math.max(bytes / 32, 2 ** 27), bytes / 2));
}
function usableOf(vdev: Frozen<Vdev>): number {
  const sizes = vdev.children.map(usableOf);
  const smallest = Math.min(...sizes);
  switch (vdev.type) {
    case "mirror":
    case "replacing":
      return sizes.length === 0 ? 0 : smallest;
    case "raidz1":
    case "raidz2":
    case "raidz3":
      return sizes.length === 0 ? 0 : smallest * (sizes.length - Number(vdev.type.slice("raidz".length)));
    case "draid":
      return sizes.reduce((sum, size) => sum + size, 0) / 2;
    default:
      return vdev.bytes ?? DEFAULT_DISK;
  }
}
/** Of a device whose size nobody said. */
const DEFAULT_DISK = 2 ** 30;

function bytesOf(dataset: Frozen<Dataset>, property: string): number {
  return Number(dataset.properties[property]?.value ?? 0);
}
