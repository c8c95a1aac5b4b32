import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { devicesFault } from "../../zfs/check-devices.ts";
import { layoutText } from "../../zfs/layout-text.ts";
import { numbered } from "../../zfs/numbered.ts";
import { parseVdevs } from "../../zfs/parse-vdevs.ts";
import { changeImported, label } from "../../zfs/pools.ts";
import { replicationFault } from "../../zfs/replication.ts";
import { leavesOf } from "../../zfs/vdevs.ts";
import { ashiftOf, deviceSetFault } from "./create.ts";
import { isResult, openPool } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

export function add({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "add", args, { flags: "fn", values: "o", refused: "agLP" });
  if (isResult(given)) return given;
  const { flags, values, words } = given;
  const [name, ...vdevWords] = words;
  if (name === undefined) return usageError(host, "add", "missing pool name argument");
  if (vdevWords.length === 0) return usageError(host, "add", "missing vdev specification");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  const said = values
    .get("o")
    ?.find((text) => text.startsWith("ashift="))
    ?.slice("ashift=".length);
  const shift = said === undefined ? Number(pool.properties.ashift?.value ?? 0) : ashiftOf(said);
  if (typeof shift === "string") return fails(1, shift);

  const parsed = parseVdevs(host, vdevWords, `${pool.guid} ${host.clockMs}`);
  if ("error" in parsed) return fails(1, parsed.error);
  const force = flags.has("f");
  const used = devicesFault(host, leavesOf(Object.values(parsed).flat()), force);
  if (used !== null) return fails(1, used);
  const uneven = force ? null : replicationFault(parsed, pool);
  if (uneven !== null)
    return fails(1, `invalid vdev specification\nuse '-f' to override the following errors:\n${uneven}`);
  const { layout, next } = numbered(parsed, pool.nextVdev, shift === 0 ? 9 : shift);
  if (flags.has("n")) {
    const text = layoutText(host, name, layout, pool);
    return says(`would update '${name}' to the following configuration:\n\n${text}`);
  }
  const fault = deviceSetFault(host, layout);
  if (fault !== null) return fails(1, `cannot add to '${name}': ${fault}\n`);
  const changed = changeImported(session, name);
  changed.vdevs.push(...layout.vdevs);
  changed.special.push(...layout.special);
  changed.logs.push(...layout.logs);
  changed.cache.push(...layout.cache);
  changed.spares.push(...layout.spares);
  changed.nextVdev = next;
  for (const vdev of Object.values(layout).flat()) label(session, changed, vdev);
  return says("");
}
