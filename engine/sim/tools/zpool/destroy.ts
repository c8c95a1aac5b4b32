import type { Session } from "../../session.ts";
import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { unlinkVolume } from "../../zfs/datasets.ts";
import { allDatasets, findDataset } from "../../zfs/find-dataset.ts";
import { removeMountpoint, unmountDataset } from "../../zfs/mount-dataset.ts";
import { changeImported, importedPools, relabel } from "../../zfs/pools.ts";
import { resolveProperty } from "../../zfs/resolve-property.ts";
import { isResult, noPool, openPool, together } from "./open-pool.ts";
import { readOptions } from "./options.ts";
import { usageError } from "./usage.ts";

/** Asks nothing, whatever is in the pool. */
export function destroy({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "destroy", args, { flags: "f" });
  if (isResult(given)) return given;
  const [name, ...more] = given.words;
  if (name === undefined) return usageError(host, "destroy", "missing pool argument");
  if (more.length > 0) return usageError(host, "destroy", "too many arguments");
  const pool = openPool(host, name);
  if (isResult(pool)) return pool;
  takeAway(session, name, "destroyed");
  return says("");
}

export function exportPools({ session }: ToolContext, args: readonly string[]): ToolResult {
  const { host } = session;
  const given = readOptions(host, "export", args, { flags: "af", refused: "F" });
  if (isResult(given)) return given;
  const { flags, words } = given;
  if (flags.has("a") && words.length > 0) return usageError(host, "export", "too many arguments");
  if (!flags.has("a") && words.length === 0) return usageError(host, "export", "missing pool argument");
  const names = flags.has("a") ? importedPools(host).map(({ name }) => name) : words;
  return together(
    names.map((name) => {
      if (isResult(openPool(session.host, name))) return fails(1, noPool(name));
      takeAway(session, name, "exported");
      return says("");
    }),
  );
}

/** Unmounts everything, the deepest first; the pool stays on its disks. */
function takeAway(session: Session, name: string, state: "exported" | "destroyed"): void {
  const changed = changeImported(session, name);
  for (const dataset of [...allDatasets(session.host, name)].reverse()) {
    if (dataset.type === "volume") unlinkVolume(session, dataset.name);
    const { value, source } = resolveProperty(session.host, dataset, "mountpoint");
    if (findDataset(session.host, dataset.name)?.mounted === true) {
      unmountDataset(session, dataset.name);
      removeMountpoint(session, value, source.kind);
    }
  }
  const host = session.change();
  const zfs = host.zfs;
  if (zfs === undefined) return;
  relabel(host, changed, state);
  delete zfs.pools[name];
  delete changed.altroot;
  delete changed.readOnly;
  delete changed.properties.cachefile;
  zfs.exported[changed.guid] = changed;
  if (state === "destroyed") changed.destroyed = true;
}
