import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { changeImported, poolState, relabel } from "../../zfs/pools.ts";
import { findVdev, guidOf } from "../../zfs/vdevs.ts";
import { isResult, noPool, openPool, together } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

/** Forgets errors. What is broken stays so. */
export function clear({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "clear", args, { refused: "nF" });
  if (isResult(given)) return given;
  const [name, device] = given.words;
  if (name === undefined) return usageError(host, "clear", "missing pool name");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  if (device !== undefined && findVdev(host, pool, device) === undefined)
    return fails(1, `cannot clear errors for ${device}: no such device in pool\n`);
  if (poolState(pool) === "UNAVAIL")
    return fails(1, `cannot clear errors for ${name}: one or more devices is currently unavailable\n`);
  return says("");
}

export function checkpoint({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "checkpoint", args, { flags: "dw", long: ["--discard", "--wait"] });
  if (isResult(given)) return given;
  const [name] = given.words;
  if (name === undefined) return usageError(host, "checkpoint", "missing pool argument");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const discard = given.flags.has("d") || given.flags.has("--discard");
  if (discard && pool.checkpointMs === undefined)
    return fails(1, `cannot discard checkpoint in '${name}': checkpoint does not exist\n`);
  if (!discard && pool.checkpointMs !== undefined) return fails(1, `cannot checkpoint '${name}': checkpoint exists\n`);
  const changed = changeImported(session, name);
  if (discard) delete changed.checkpointMs;
  else changed.checkpointMs = host.clockMs;
  return says("");
}

export function reguid({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "reguid", args, { refused: "g" });
  if (isResult(given)) return given;
  const [name] = given.words;
  if (name === undefined) return usageError(host, "reguid", "missing pool name");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const { guid: _old, ...rest } = changeImported(session, name);
  const renewed = { ...rest, guid: guidOf(`reguid ${pool.guid} ${host.clockMs}`) };
  const changed = session.change();
  // The disks are found by the old number, and then say the new one.
  relabel(changed, { ...pool, name }, "imported");
  for (const disk of Object.values(changed.disks ?? {})) {
    if (disk.content.kind === "zfs" && disk.content.guid === pool.guid)
      disk.content = { ...disk.content, guid: renewed.guid };
  }
  if (changed.zfs !== undefined) changed.zfs.pools[name] = renewed;
  return says("");
}

/** Reads the table of duplicates into memory, which nothing shows. */
export function prefetch({ session }: ToolContext, args: readonly string[]): ToolResult {
  const given = readOptions(session.host, "prefetch", args, { values: "t" });
  if (isResult(given)) return given;
  const [type] = given.values.get("t") ?? [];
  if (type === undefined) return usageError(session.host, "prefetch", "missing '-t' option");
  if (type !== "ddt") refuseArgument("zpool prefetch", `-t ${type}`);
  return eachThere({ session }, given.words);
}

/** Looks at the devices again; here they are always looked at. */
export function reopen({ session }: ToolContext, args: readonly string[]): ToolResult {
  const given = readOptions(session.host, "reopen", args, { flags: "n" });
  return isResult(given) ? given : eachThere({ session }, given.words);
}
export function sync({ session }: ToolContext, args: readonly string[]): ToolResult {
  const given = readOptions(session.host, "sync", args, { flags: "f" });
  return isResult(given) ? given : eachThere({ session }, given.words);
}
function eachThere({ session }: Pick<ToolContext, "session">, names: readonly string[]): ToolResult {
  return together(names.map((name) => (isResult(openPool(session.host, name)) ? fails(1, noPool(name)) : says(""))));
}
