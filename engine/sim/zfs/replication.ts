import type { Layout } from "./parse-vdevs.ts";
import { isLeaf, leavesOf, type PoolView, parityOf, type VdevView } from "./vdevs.ts";

/** What protects a top-level vdev: zpool wants it the same all over a pool. */
interface Replication {
  readonly type: string;
  /** Devices that it can lose. */
  readonly parity: number;
  readonly width: number;
}

/** Sizes of one group may differ by so much. */
const FUZZ = 16 * 1024 ** 2;

/** Why the vdevs of a command line do not go together, or not with the pool; null where they do. */
export function replicationFault(layout: Layout, pool: PoolView | undefined): string | null {
  const added = [...layout.vdevs, ...layout.special];
  if (added.length === 0) return null;
  const there = pool === undefined ? null : replicationOf([...pool.vdevs, ...pool.special]);
  // A pool that is uneven already is not judged any more.
  if (pool !== undefined && (there === null || typeof there === "string")) return null;
  const wanted = replicationOf(added);
  if (typeof wanted === "string") return wanted;
  if (there === null || wanted === null || typeof there === "string") return null;
  if (areRedundantPair(there, wanted)) {
    return there.parity === wanted.parity
      ? null
      : `mismatched replication level: pool and new vdev with different redundancy, ${there.type} and ${wanted.type} vdevs, ${there.parity} vs. ${wanted.parity} (${wanted.width}-way)\n`;
  }
  if (there.type !== wanted.type)
    return `mismatched replication level: pool uses ${there.type} and new vdev is ${wanted.type}\n`;
  if (there.parity !== wanted.parity)
    return `mismatched replication level: pool uses ${there.parity} device parity and new vdev uses ${wanted.parity}\n`;
  return there.width === wanted.width
    ? null
    : `mismatched replication level: pool uses ${there.width}-way ${there.type} and new vdev uses ${wanted.width}-way ${wanted.type}\n`;
}

/** That of the last one, if all are alike; else what is wrong. */
function replicationOf(vdevs: readonly VdevView[]): Replication | string | null {
  let last: Replication | null = null;
  for (const vdev of vdevs) {
    const one = ofVdev(vdev);
    if (typeof one === "string") return one;
    const fault: string | null = last === null ? null : differenceOf(last, one);
    if (fault !== null) return fault;
    last = one;
  }
  return last;
}

function ofVdev(vdev: VdevView): Replication | string {
  if (isLeaf(vdev)) return { type: vdev.type, parity: 0, width: 1 };
  const type = vdev.type.replace(/\d$/, "");
  const leaves = leavesOf([vdev]);
  if (new Set(leaves.map((leaf) => leaf.type)).size > 1)
    return `mismatched replication level: ${type} contains both files and devices\n`;
  const sizes = leaves.map(({ bytes = 0 }) => bytes);
  if (Math.max(...sizes) - Math.min(...sizes) > FUZZ)
    return `mismatched replication level: ${type} contains devices of different sizes\n`;
  return { type, parity: parityOf(vdev), width: vdev.children.length };
}

function differenceOf(last: Replication, one: Replication): string | null {
  const both = "mismatched replication level: both";
  if (areRedundantPair(last, one)) {
    return last.parity === one.parity
      ? null
      : `${both} ${last.type} and ${one.type} vdevs with different redundancy, ${last.parity} vs. ${one.parity} (${one.width}-way) are present\n`;
  }
  if (last.type !== one.type) return `${both} ${last.type} and ${one.type} vdevs are present\n`;
  if (last.parity !== one.parity)
    return `${both} ${last.parity} and ${one.parity} device parity ${one.type} vdevs are present\n`;
  return last.width === one.width
    ? null
    : `${both} ${last.width}-way and ${one.width}-way ${one.type} vdevs are present\n`;
}

// A mirror and a raidz go together if they can lose as many devices.
function areRedundantPair(a: Replication, b: Replication): boolean {
  const kinds = [a.type, b.type].sort();
  return kinds[0] === "mirror" && kinds[1] === "raidz";
}
