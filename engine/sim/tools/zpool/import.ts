import { fails, refuseArgument, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { own } from "../../world.ts";
import { linkVolume } from "../../zfs/datasets.ts";
import { allDatasets } from "../../zfs/find-dataset.ts";
import { importablePools, importText, renamed, withPathsIn } from "../../zfs/importable.ts";
import { mountDataset, mountFault, mountsItself } from "../../zfs/mount-dataset.ts";
import { parsePoolProperty, poolPropertyNamed, releaseOf } from "../../zfs/pool-properties.ts";
import { poolNow, poolState, relabel } from "../../zfs/pools.ts";
import type { PoolView } from "../../zfs/vdevs.ts";
import { isResult, poolNameFault, together } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

interface Wanted {
  readonly folders: readonly string[];
  readonly destroyed: boolean;
  readonly mount: boolean;
  readonly properties: readonly (readonly [string, string])[];
  readonly altroot?: string;
}

export function importPools(context: ToolContext, args: readonly string[]): ToolResult {
  const { host } = context.session;
  const given = readOptions(host, "import", args, { flags: "aDfN", values: "doR", refused: "cFlmnsTtVX" });
  if (isResult(given)) return given;
  const { flags, values, words } = given;
  const altroot = values.get("R")?.at(-1);
  const pairs = (values.get("o") ?? []).map((text): readonly [string, string] => {
    const equals = text.indexOf("=");
    if (equals < 0) refuseArgument("zpool import", `-o ${text}`);
    return [text.slice(0, equals), text.slice(equals + 1)];
  });
  const wanted: Wanted = {
    folders: values.get("d") ?? [],
    destroyed: flags.has("D"),
    mount: !flags.has("N"),
    properties: pairs,
    ...(altroot !== undefined && { altroot }),
  };
  const found = importablePools(host, wanted.folders, wanted.destroyed);
  if (flags.has("a")) {
    if (words.length > 0) return usageError(host, "import", "too many arguments");
    const ready = found.filter((pool) => poolState(poolNow(host, pool)) !== "UNAVAIL");
    if (ready.length === 0) return { code: 0, stdout: "", stderr: "no pools available to import\n" };
    return together(ready.map((pool) => bringIn(context, pool, pool.name, wanted)));
  }
  const [name, renameTo, ...more] = words;
  if (more.length > 0) return usageError(host, "import", "too many arguments");
  if (name === undefined) {
    if (found.length === 0) return { code: 0, stdout: "", stderr: "no pools available to import\n" };
    return says(found.map((pool) => importText(host, pool)).join("\n"));
  }
  const named = found.filter((pool) => pool.name === name || pool.guid === name);
  const [pool] = named;
  if (pool === undefined) {
    // A name that is taken is told before one that is not there.
    if (own(host.zfs?.pools ?? {}, name) !== undefined && renameTo === undefined) return fails(1, taken(name));
    return fails(1, `cannot import '${name}': no such pool available\n`);
  }
  if (named.length > 1) {
    return fails(1, `cannot import '${name}': more than one matching pool\nimport by numeric ID instead\n`);
  }
  return bringIn(context, pool, renameTo ?? pool.name, wanted);
}

function taken(name: string): string {
  return `cannot import '${name}': a pool with that name already exists\nuse the form 'zpool import <pool | id> <newpool>' to give it a new name\n`;
}

function bringIn({ session }: ToolContext, pool: PoolView, name: string, wanted: Wanted): ToolResult {
  const { host } = session;
  const release = releaseOf(host);
  if (own(host.zfs?.pools ?? {}, name) !== undefined) return fails(1, taken(name));
  const fault = poolNameFault(name);
  if (fault !== null) return fails(1, `cannot import '${pool.name}': ${fault}\n`);
  if (poolState(poolNow(host, pool)) === "UNAVAIL") {
    return fails(1, `cannot import '${name}': one or more devices is currently unavailable\n`);
  }
  const set: Record<string, string | null> = {};
  for (const [property, text] of wanted.properties) {
    if (property === "altroot" || poolPropertyNamed(release, property) === undefined)
      refuseArgument("zpool import", `-o ${property}=${text}`);
    const parsed = parsePoolProperty(release, property, text, "import");
    if ("error" in parsed) return fails(1, `cannot import '${name}': ${parsed.error}\n`);
    set[property] = parsed.value;
  }
  const changed = session.change();
  const zfs = changed.zfs;
  const stored = zfs?.exported[pool.guid];
  if (zfs === undefined || stored === undefined) return fails(1, `cannot import '${name}': no such pool available\n`);
  delete zfs.exported[pool.guid];
  const entry = withPathsIn(host, renamed(stored, name), wanted.folders);
  delete entry.destroyed;
  if (wanted.altroot !== undefined) {
    entry.altroot = wanted.altroot;
    entry.properties.cachefile = { value: "none", source: "local" };
  }
  for (const [property, value] of Object.entries(set)) {
    if (property === "readonly") {
      if (value === "on") entry.readOnly = true;
    } else if (value === null) delete entry.properties[property];
    else entry.properties[property] = { value, source: "local" };
  }
  zfs.pools[name] = entry;
  relabel(changed, entry, "imported");
  for (const dataset of allDatasets(session.host, name)) {
    if (dataset.type === "volume") linkVolume(session, dataset.name);
    else if (
      wanted.mount &&
      mountsItself(session.host, dataset.name) &&
      mountFault(session.host, dataset.name) === null
    )
      mountDataset(session, dataset.name);
  }
  return says("");
}
