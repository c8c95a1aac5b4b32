import type { FrozenHost } from "../../world.ts";
import { findDataset } from "../../zfs/find-dataset.ts";
import { spaceOf as spaceOfDataset } from "../../zfs/space.ts";
import type { Storage } from "./storages.ts";

/** Bytes of a storage. */
export interface StorageSpace {
  readonly total: number;
  readonly used: number;
}

const GIB = 1024 ** 3;
/** The lab models no sizes of file systems: every one is as large as a usual system disk, beside what guests' volumes take. */
const TOTAL = 94 * GIB;
const SYSTEM = 5 * GIB;

/** How large it is and how full; or why that cannot be told, in the tools' words. */
export function spaceOf(host: FrozenHost, storage: Storage): StorageSpace | string {
  if (storage.type === "zfspool") {
    const name = storage.options.get("pool") ?? "";
    const dataset = findDataset(host, name);
    // The pool is there, so it counts as activated; that its dataset is not shows only here.
    if (dataset === undefined) return `zfs error: cannot open '${name}': dataset does not exist\n`;
    const { available, used } = spaceOfDataset(host, dataset);
    return { total: available + used, used };
  }
  const volumes = Object.entries(host.pve?.volumes ?? {})
    .filter(([id]) => id.startsWith(`${storage.id}:`))
    .reduce((sum, [, { bytes }]) => sum + bytes, 0);
  return { total: TOTAL, used: Math.min(TOTAL, SYSTEM + volumes) };
}
