import type { FrozenHost } from "../world.ts";
import { findDataset } from "./find-dataset.ts";
import { spaceOf } from "./space.ts";
import { poolSize, poolUsable, vdevSize } from "./vdev-sizes.ts";
import type { PoolView, VdevView } from "./vdevs.ts";

/** What the pool keeps for itself, whatever is in it. */
const POOL_METADATA = 288 * 1024;

/** What is taken of `zpool list`'s SIZE: what datasets use, parity with it. */
export function poolAllocated(host: FrozenHost, pool: PoolView): number {
  const root = findDataset(host, pool.name);
  const data = POOL_METADATA + (root === undefined ? 0 : spaceOf(host, root).used);
  const raw = (data * poolSize(pool)) / Math.max(1, poolUsable(pool));
  return Math.min(poolSize(pool), Math.ceil(raw / 4096) * 4096);
}

/** The share of a top-level vdev in it: data spreads evenly. */
export function vdevAllocated(host: FrozenHost, pool: PoolView, vdev: VdevView): number {
  const share = vdevSize(vdev) / Math.max(1, poolSize(pool));
  return Math.floor((poolAllocated(host, pool) * share) / 4096) * 4096;
}
