import type { PoolView, VdevView } from "./vdevs.ts";
import { isLeaf, parityOf } from "./vdevs.ts";

// How much of a device ZFS uses, as its source lays it down and the recordings confirm to the byte.

/** Four labels and the boot block. */
const LABELS = 4.5 * 1024 ** 2;
const LABEL_STEP = 256 * 1024;

function allocatable(bytes: number): number {
  return Math.floor((bytes - LABELS) / LABEL_STEP) * LABEL_STEP;
}

function allocatableOf(vdev: VdevView): number {
  if (isLeaf(vdev)) return allocatable(vdev.bytes ?? 0);
  const smallest = Math.min(...vdev.children.map(allocatableOf));
  switch (vdev.type) {
    case "mirror":
    case "replacing":
      return smallest;
    case "draid":
      return smallest * (vdev.children.length - draidSpares(vdev.name));
    default:
      return smallest * vdev.children.length;
  }
}

/** Bytes of a top-level vdev: whole metaslabs, between 16 and some 200 of them. Parity included. */
export function vdevSize(vdev: VdevView): number {
  const bytes = allocatableOf(vdev);
  const slab = 2 ** Math.min(34, Math.max(24, slabShift(bytes)));
  return Math.max(0, Math.floor(bytes / slab) * slab);
}
function slabShift(bytes: number): number {
  const count = bytes / 2 ** 29;
  if (count < 16) return bitLength(bytes / 16);
  return count >= 201 ? bitLength(bytes / 200) : 29;
}
function bitLength(value: number): number {
  return value < 1 ? 0 : Math.floor(Math.log2(value)) + 1;
}

/** What is left for data: parity and padding of a 128 KiB block taken off. */
export function usableSize(vdev: VdevView): number {
  const size = vdevSize(vdev);
  if (!/^d?raid/.test(vdev.type)) return size;
  const parity = parityOf(vdev);
  const columns = vdev.type === "draid" ? draidData(vdev) + parity : vdev.children.length;
  const sectors = 131072 / 2 ** (vdev.ashift ?? 12);
  const withParity = sectors + parity * Math.ceil(sectors / Math.max(1, columns - parity));
  const padded = Math.ceil(withParity / (parity + 1)) * (parity + 1);
  const ratio = Math.floor(131072 / ((padded * 2 ** (vdev.ashift ?? 12)) / 512));
  return Math.floor(size / 512) * ratio;
}

/** Parity included, logs not: what `zpool list` calls SIZE. */
export function poolSize(pool: PoolView): number {
  return sum([...pool.vdevs, ...pool.special].map(vdevSize));
}
/** What datasets can have, before what ZFS keeps back for itself. */
export function poolUsable(pool: PoolView): number {
  return sum([...pool.vdevs, ...pool.special].map(usableSize));
}

/** `draid1:2d:4c:1s-0`. */
function draidSpares(name: string): number {
  return Number(/:(\d+)s/.exec(name)?.[1] ?? 0);
}
function draidData({ name, children }: VdevView): number {
  return Number(/:(\d+)d/.exec(name)?.[1] ?? Math.min(8, children.length - 1));
}
function sum(values: readonly number[]): number {
  return values.reduce((total, each) => total + each, 0);
}
