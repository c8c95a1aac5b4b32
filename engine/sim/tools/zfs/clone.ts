import { fails, says } from "../../tool.ts";
import { checkProperties } from "../../zfs/check-properties.ts";
import { createDataset } from "../../zfs/datasets.ts";
import { changeDataset, changePool, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { mountDataset, mountFault, mountsItself } from "../../zfs/mount-dataset.ts";
import { nameFault, parentName, poolOf, splitSnapshot } from "../../zfs/names.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { makeParents, parentFault } from "./create.ts";
import { propertyPairs, type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs clone`: a dataset that begins as a snapshot was. */
export const clone: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "clone", args, { letters: "puo:" });
  if ("failure" in options) return options.failure;
  const pairs = propertyPairs(options);
  if ("error" in pairs) return fails(1, `${pairs.error}\n`);
  const [source, target, ...more] = options.words;
  if (source === undefined) return misused(rulesOf(host), "clone", "missing source dataset argument");
  if (target === undefined) return misused(rulesOf(host), "clone", "missing target dataset argument");
  if (more.length > 0) return misused(rulesOf(host), "clone", "too many arguments");
  const fault = nameFault(source, "snapshot", false);
  const origin = findDataset(host, splitSnapshot(source).dataset);
  const snapshot = findSnapshot(host, source);
  if (fault !== null || origin === undefined || snapshot === undefined) {
    return fails(1, `cannot open '${source}': ${fault ?? "dataset does not exist"}\n`);
  }
  const cannot = (why: string) => fails(1, `cannot create '${target}': ${why}\n`);
  const named = nameFault(target, "dataset", true);
  if (named !== null) return cannot(named);
  const parents = options.flags.has("p");
  if (parents && findDataset(host, target) !== undefined) return says("");
  const checked = checkProperties({ host, type: origin.type }, pairs.pairs);
  if ("error" in checked) return cannot(checked.error);
  if (poolOf(target) !== poolOf(source)) return cannot("source and target pools differ");
  const above = parentFault(context, target, parents);
  if (above !== null) return cannot(above);
  if (findDataset(host, target) !== undefined) return cannot("dataset already exists");
  if (!mayDo(session, origin.name, "clone")) return cannot("permission denied");
  makeParents(context, parentName(target) ?? "");
  const volsize = snapshot.properties.volsize?.value;
  createDataset(session, target, {
    type: origin.type,
    origin: source,
    mount: false,
    properties: Object.fromEntries(checked.pairs.map(({ name, value }) => [name, value])),
    fixed: origin.fixed,
    ...(volsize !== undefined && { volsize: Number(volsize) }),
  });
  const made = changeDataset(session, target);
  const changed = session.change();
  const tree = changed.trees?.[snapshot.guid];
  if (tree !== undefined) changed.trees = { ...changed.trees, [made.guid]: structuredClone(tree) };
  if (options.flags.has("u") || !mountsItself(host, target)) return says("");
  const why = mountFault(host, target);
  if (why !== null) return fails(1, `${why}\n`);
  mountDataset(session, target);
  return says("");
};

/** `zfs promote`: the clone takes over its origin's snapshots up to the one that it came from. */
export const promote: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "promote", args, { letters: "" });
  if ("failure" in options) return options.failure;
  const [name, ...more] = options.words;
  if (name === undefined) return misused(rulesOf(host), "promote", "missing clone filesystem argument");
  if (more.length > 0) return misused(rulesOf(host), "promote", "too many arguments");
  const found = findDataset(host, name);
  if (found === undefined) return fails(1, `cannot open '${name}': dataset does not exist\n`);
  if (found.origin === undefined) return fails(1, `cannot promote '${name}': not a cloned filesystem\n`);
  if (!mayDo(session, name, "promote")) return fails(1, `cannot promote '${name}': permission denied\n`);
  const { dataset: from, snapshot } = splitSnapshot(found.origin);
  const taker = changeDataset(session, name);
  const giver = changeDataset(session, from);
  const count = giver.snapshots.findIndex((each) => each.name === snapshot) + 1;
  const moving = giver.snapshots.slice(0, count);
  const clash = moving.find((each) => taker.snapshots.some((own) => own.name === each.name));
  if (clash !== undefined) {
    return fails(
      1,
      `cannot promote '${name}': snapshot name '${from}@${clash.name}' from origin \nconflicts with '${name}' from target\n`,
    );
  }
  giver.snapshots.splice(0, count);
  taker.snapshots.unshift(...moving);
  const before = giver.origin;
  if (before === undefined) delete taker.origin;
  else taker.origin = before;
  giver.origin = `${name}@${snapshot}`;
  // Other clones of what has moved follow it.
  for (const each of Object.values(changePool(session, name).datasets)) {
    if (each === giver || each.origin === undefined) continue;
    const own = splitSnapshot(each.origin);
    if (own.dataset === from && moving.some((one) => one.name === own.snapshot))
      each.origin = `${name}@${own.snapshot}`;
  }
  return says("");
};
