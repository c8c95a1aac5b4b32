import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import { linkVolume, unlinkVolume } from "../../zfs/datasets.ts";
import { allDatasets, changeDataset, changePool, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { moveMounts } from "../../zfs/move-mounts.ts";
import { isBelow, nameFault, parentName, poolOf, splitSnapshot } from "../../zfs/names.ts";
import { coveredBy } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { makeParents, parentFault } from "./create.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs rename`: a dataset with all below it, or a snapshot. */
export const rename: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "rename", args, { letters: "pruf" });
  if ("failure" in options) return options.failure;
  const [from, to, ...more] = options.words;
  if (from === undefined) return misused(rulesOf(host), "rename", "missing source dataset argument");
  if (to === undefined) return misused(rulesOf(host), "rename", "missing target dataset argument");
  if (more.length > 0) return misused(rulesOf(host), "rename", "too many arguments");
  const fault = nameFault(from, "any", false);
  if (fault !== null) return fails(1, `cannot open '${from}': ${fault}\n`);
  return from.includes("@")
    ? renameSnapshot(context, from, to, options.flags.has("r"))
    : renameDataset(context, from, to, options.flags);
};

function renameSnapshot({ session }: ToolContext, from: string, given: string, recursive: boolean): ToolResult {
  const { host } = session;
  const { dataset, snapshot } = splitSnapshot(from);
  if (findSnapshot(host, from) === undefined) return fails(1, `cannot open '${from}': dataset does not exist\n`);
  const to = given.startsWith("@") ? `${dataset}${given}` : given.includes("@") ? given : `${dataset}@${given}`;
  const cannot = (why: string) => fails(1, `cannot rename to '${to}': ${why}\n`);
  const target = splitSnapshot(to);
  if (target.dataset !== dataset) return cannot("snapshots must be part of same dataset");
  const fault = nameFault(to, "snapshot", true);
  if (fault !== null) return cannot(fault);
  if (findSnapshot(host, to) !== undefined) return fails(1, `cannot rename '${from}': dataset already exists\n`);
  if (!mayDo(session, dataset, "rename")) return fails(1, `cannot rename '${from}': permission denied\n`);
  const all = recursive ? allDatasets(host, dataset).map(({ name }) => name) : [dataset];
  for (const name of all) {
    const { snapshots } = changeDataset(session, name);
    const index = snapshots.findIndex((each) => each.name === snapshot);
    const found = snapshots[index];
    if (found !== undefined) snapshots[index] = { ...found, name: target.snapshot };
    pointOrigins({ session }, `${name}@${snapshot}`, `${name}@${target.snapshot}`);
  }
  return says("");
}

function pointOrigins({ session }: Pick<ToolContext, "session">, from: string, to: string): void {
  for (const each of Object.values(changePool(session, from).datasets)) if (each.origin === from) each.origin = to;
}

function renameDataset(context: ToolContext, from: string, to: string, flags: ReadonlySet<string>): ToolResult {
  const { session } = context;
  const { host } = session;
  const dataset = findDataset(host, from);
  if (dataset === undefined) return fails(1, `cannot open '${from}': dataset does not exist\n`);
  const fault = nameFault(to, "dataset", true);
  if (fault !== null) return fails(1, `cannot create '${to}': ${fault}\n`);
  const parent = parentName(to);
  if (parent === null) return fails(1, `cannot create '${to}': missing dataset name\n`);
  if (poolOf(to) !== poolOf(from)) return fails(1, `cannot rename to '${to}': datasets must be within same pool\n`);
  if (isBelow(to, from)) {
    return fails(1, `cannot rename to '${to}': New dataset name cannot be a descendant of current dataset name\n`);
  }
  const above = parentFault(context, to, flags.has("p"));
  if (above !== null) return fails(1, `cannot create '${to}': ${above}\n`);
  const cannot = (why: string) => fails(1, `cannot rename '${from}': ${why}\n`);
  if (parentName(from) === null) return cannot("operation not applicable to datasets of this type");
  if (findDataset(host, to) !== undefined) return cannot("dataset already exists");
  if (!mayDo(session, from, "rename")) return cannot("permission denied");
  makeParents(context, parent);
  const move = () => moveNames(context, from, to);
  if (flags.has("u")) {
    move();
    return says("");
  }
  const failures = moveMounts(session, from, move, (name) => to + name.slice(from.length));
  return failures.length === 0 ? says("") : fails(1, `${failures.join("\n")}\n`);
}

function moveNames({ session }: ToolContext, from: string, to: string): void {
  const pool = changePool(session, from);
  const host = session.change();
  for (const { name, type } of allDatasets(session.host, from)) {
    const dataset = pool.datasets[name];
    if (dataset === undefined) continue;
    const fresh = to + name.slice(from.length);
    if (type === "volume") unlinkVolume(session, name);
    delete pool.datasets[name];
    pool.datasets[fresh] = { ...dataset, name: fresh };
    if (type === "volume") linkVolume(session, fresh);
    host.mounts = host.mounts.map((mount) =>
      mount.fstype === "zfs" && mount.source === name ? { ...mount, source: fresh } : mount,
    );
    const covered = host.trees?.[coveredBy(name)];
    if (covered !== undefined) {
      host.trees = { ...host.trees, [coveredBy(fresh)]: covered };
      delete host.trees[coveredBy(name)];
    }
    for (const { name: snapshot } of dataset.snapshots)
      pointOrigins({ session }, `${name}@${snapshot}`, `${fresh}@${snapshot}`);
  }
}
