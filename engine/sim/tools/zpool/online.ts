import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { releaseOf } from "../../zfs/pool-properties.ts";
import { poolAllocated } from "../../zfs/pool-space.ts";
import { changeImported, poolNow, poolState } from "../../zfs/pools.ts";
import { isScanning, startScan } from "../../zfs/scan.ts";
import { findVdev, isLeaf, type PoolView } from "../../zfs/vdevs.ts";
import { edit } from "./attach.ts";
import { isResult, openPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

export function offline({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "offline", args, { flags: "t", refused: "f" });
  if (isResult(given)) return given;
  const [name, ...devices] = given.words;
  if (name === undefined) return usageError(host, "offline", "missing pool name argument");
  if (devices.length === 0) return usageError(host, "offline", "missing device name");
  const pool = openPool(host, name);
  if (isResult(pool)) {
    const more = releaseOf(host) >= 2.2 ? `failed to open pool "${name}"\n` : "";
    return { ...pool, stderr: pool.stderr + more };
  }
  const errors: string[] = [];
  for (const device of devices) {
    const place = findVdev(session.host, pool, device);
    if (place === undefined || !isLeaf(place.vdev)) {
      errors.push(`cannot offline ${device}: no such device in pool\n`);
      continue;
    }
    if (place.vdev.state === "OFFLINE") continue;
    if (place.class !== "cache" && losesData(session.host, session.host.zfs?.pools[name] ?? pool, place.vdev.guid)) {
      errors.push(`cannot offline ${device}: no valid replicas\n`);
      continue;
    }
    const changed = changeImported(session, name);
    edit(changed, place.vdev.guid, (vdev) => ({
      ...vdev,
      state: "OFFLINE",
      ...(given.flags.has("t") && { offlineUntilImport: true as const }),
    }));
  }
  return errors.length > 0 ? fails(1, errors.join("")) : says("");
}

/** Whether the pool could not go on without a device. */
function losesData(host: ToolContext["session"]["host"], pool: PoolView, guid: string | undefined): boolean {
  const without = (vdevs: PoolView["vdevs"]): PoolView["vdevs"] =>
    vdevs.map((vdev) =>
      vdev.guid === guid ? { ...vdev, state: "OFFLINE" as const } : { ...vdev, children: without(vdev.children) },
    );
  const then = { ...pool, vdevs: without(pool.vdevs), special: without(pool.special), logs: without(pool.logs) };
  return poolState(poolNow(host, then)) === "UNAVAIL";
}

export function online({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "online", args, { flags: "e" });
  if (isResult(given)) return given;
  const [name, ...devices] = given.words;
  if (name === undefined) return usageError(host, "online", "missing pool name");
  if (devices.length === 0) return usageError(host, "online", "missing device name");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const errors: string[] = [];
  const warnings: string[] = [];
  for (const device of devices) {
    const place = findVdev(session.host, pool, device);
    if (place === undefined) {
      errors.push(`cannot online ${device}: no such device in pool\n`);
      continue;
    }
    if (place.vdev.state === "ONLINE") continue;
    if (place.vdev.state === "OFFLINE") {
      const changed = changeImported(session, name);
      edit(changed, place.vdev.guid, ({ offlineUntilImport: _only, ...vdev }) => ({ ...vdev, state: "ONLINE" }));
      // A scrub that runs sees to what the device has missed.
      if (!isScanning(session.host, changed)) {
        const bytes = poolAllocated(session.host, changed);
        changed.scan = startScan(session.host, "resilver", Math.min(bytes, MISSED_BYTES));
      }
    }
    const now = findVdev(session.host, poolNow(session.host, session.host.zfs?.pools[name] ?? pool), device);
    if (now?.vdev.state !== "ONLINE")
      warnings.push(
        `warning: device '${device}' onlined, but remains in faulted state\nuse 'zpool replace' to replace devices that are no longer present\n`,
      );
  }
  return { code: errors.length > 0 ? 1 : 0, stdout: warnings.join(""), stderr: errors.join("") };
}
/** So much was written meanwhile, for all the lab knows. */
const MISSED_BYTES = 1024 ** 2;
