import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { FrozenHost } from "../../world.ts";
import { releaseOf } from "../../zfs/pool-properties.ts";
import { poolAllocated } from "../../zfs/pool-space.ts";
import { changeImported, unlabel } from "../../zfs/pools.ts";
import { poolSize, vdevSize } from "../../zfs/vdev-sizes.ts";
import { findVdev, type Place, type PoolView, type VdevView } from "../../zfs/vdevs.ts";
import { isResult, openPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

export function remove({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "remove", args, { flags: "w", refused: "nps" });
  if (isResult(given)) return given;
  const [name, ...devices] = given.words;
  if (name === undefined) return usageError(host, "remove", "missing pool name argument");
  if (devices.length === 0) return usageError(host, "remove", "missing device");
  const errors: string[] = [];
  for (const device of devices) {
    const pool = openPool(host, name);
    if (isResult(pool)) return pool;
    const place = findVdev(host, pool, device);
    const fault = place === undefined ? "no such device in pool" : removalFault(pool, place);
    if (place === undefined || fault !== null) {
      errors.push(`cannot remove ${device}: ${fault}\n`);
      continue;
    }
    if ((place.class === "vdevs" || place.class === "special") && !hasRoom(host, pool, place.vdev)) {
      errors.push(`cannot remove ${device}: out of space\n`);
      continue;
    }
    const changed = changeImported(session, name);
    changed[place.class] = changed[place.class].filter(({ guid }) => guid !== place.vdev.guid);
    unlabel(session.change(), pool, place.vdev);
    // Of data something stays behind: a table of where it went.
    if (place.class === "vdevs" || place.class === "special")
      changed.removal = { vdev: place.vdev.id ?? 0, endedMs: session.host.clockMs };
  }
  return errors.length > 0 ? fails(1, errors.join("")) : says("");
}

function removalFault(pool: PoolView, { class: kind, parent }: Place): string | null {
  if (parent !== null) return "operation not supported on this type of pool";
  if (kind === "cache" || kind === "spares" || kind === "logs") return null;
  const all = [...pool.vdevs, ...pool.special];
  const uneven = new Set(all.map(({ ashift }) => ashift)).size > 1;
  if (uneven || all.some(({ type }) => /^d?raid/.test(type)))
    return "invalid config; all top-level vdevs must have the same sector size and not be raidz.";
  return null;
}

/** Whether the others can take what is on a vdev. Before 2.2 they must leave what ZFS keeps back twice over. */
function hasRoom(host: FrozenHost, pool: PoolView, vdev: VdevView): boolean {
  const total = poolSize(pool);
  const used = poolAllocated(host, pool);
  if (releaseOf(host) >= 2.2) return total - vdevSize(vdev) > used;
  const kept = Math.min(total / 2, Math.max(total / 32, 128 * 1024 ** 2));
  return total - kept - used >= vdevSize(vdev) + kept;
}
