import { keepInside } from "../../pve/guest/volume-snapshots.ts";
import { fails, says } from "../../tool.ts";
import { checkProperties } from "../../zfs/check-properties.ts";
import { snapshotDataset } from "../../zfs/datasets.ts";
import { allDatasets, findDataset, findPool, findSnapshot } from "../../zfs/find-dataset.ts";
import { nameFault, splitSnapshot } from "../../zfs/names.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { propertyPairs, type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs snapshot`: all of the named ones, or none. */
export const snapshot: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "snapshot", args, { letters: "ro:" });
  if ("failure" in options) return options.failure;
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(1, `${pairs.error}\n`);
  if (options.words.length === 0) return misused(rules, "snapshot", "missing snapshot argument");
  const names: string[] = [];
  for (const word of options.words) {
    const { dataset, snapshot: name } = splitSnapshot(word);
    if (!word.includes("@")) return misused(rules, "snapshot", null);
    const fault = nameFault(word, "snapshot", true);
    if (fault !== null) return fails(1, `cannot create snapshot '${word}': ${fault}\n`);
    if (findDataset(host, dataset) === undefined) {
      return misused(rules, "snapshot", `cannot open '${dataset}': dataset does not exist`);
    }
    const below = options.flags.has("r") ? allDatasets(host, dataset).map((each) => each.name) : [dataset];
    names.push(...below.map((each) => `${each}@${name}`));
  }
  const datasets = names.map((name) => splitSnapshot(name).dataset);
  if (new Set(datasets).size < datasets.length) {
    return fails(1, "cannot create snapshots : multiple snapshots of same fs not allowed\nno snapshots were created\n");
  }
  const checked = checkProperties({ host, type: "snapshot" }, pairs.pairs);
  if ("error" in checked) return fails(1, `cannot create snapshot '${names[0]}': ${checked.error}\n`);
  const faults = names.flatMap((name) => {
    const why = faultOf(name);
    return why === null ? [] : [`cannot create snapshot '${name}': ${why}\n`];
  });
  if (faults.length > 0) return fails(1, faults.join("") + (names.length > 1 ? "no snapshots were created\n" : ""));
  const properties = Object.fromEntries(checked.pairs.map((pair) => [pair.name, pair.value]));
  for (const name of names) {
    const { dataset, snapshot: own } = splitSnapshot(name);
    snapshotDataset(session, dataset, own, properties);
    keepInside(session, dataset, own);
  }
  return says("");

  function faultOf(name: string): string | null {
    if (findSnapshot(host, name) !== undefined) return "dataset already exists";
    if (findPool(host, name)?.readOnly) return "pool is read-only";
    return mayDo(session, splitSnapshot(name).dataset, "snapshot") ? null : "permission denied";
  }
};
