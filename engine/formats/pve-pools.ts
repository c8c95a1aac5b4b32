import { decodeDescription } from "./pve-conf.ts";

/** A pool of guests and storages, as `/etc/pve/user.cfg` has it. */
export interface PvePool {
  readonly comment: string;
  readonly guests: readonly string[];
  readonly storages: readonly string[];
}

/** Lines `pool:NAME:COMMENT:GUESTS:STORAGES:`; the rest of the file is users and their rights. */
export function parsePvePools(userCfg: string): ReadonlyMap<string, PvePool> {
  const pools = new Map<string, PvePool>();
  const words = (text: string) => text.split(",").filter((word) => word.trim() !== "");
  for (const line of userCfg.split("\n")) {
    const [kind, name, comment = "", guests = "", storages = ""] = line.split(":");
    if (kind !== "pool" || name === undefined) continue;
    pools.set(name, { comment: decodeDescription(comment), guests: words(guests), storages: words(storages) });
  }
  return pools;
}
