import { restoreInside } from "../../pve/guest/volume-snapshots.ts";
import { fails, says } from "../../tool.ts";
import type { Node } from "../../world.ts";
import { destroyDataset, destroySnapshot } from "../../zfs/datasets.ts";
import { changeDataset, clonesOf, findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { nameFault, splitSnapshot } from "../../zfs/names.ts";
import { replaceTree } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs rollback`: to the last snapshot, or with -r past later ones. */
export const rollback: ZfsCommand = (context, args) => {
  const { session } = context;
  const { host } = session;
  const options = zfsOptions(context, "rollback", args, { letters: "rRf" });
  if ("failure" in options) return options.failure;
  const [name, ...more] = options.words;
  if (name === undefined) return misused(rulesOf(host), "rollback", "missing dataset argument");
  if (more.length > 0) return misused(rulesOf(host), "rollback", "too many arguments");
  const fault = nameFault(name, "snapshot", false);
  const { dataset: own, snapshot } = splitSnapshot(name);
  const dataset = findDataset(host, own);
  const found = findSnapshot(host, name);
  if (fault !== null || dataset === undefined || found === undefined) {
    return fails(1, `cannot open '${name}': ${fault ?? "dataset does not exist"}\n`);
  }
  const index = dataset.snapshots.findIndex((each) => each.name === snapshot);
  const later = dataset.snapshots.slice(index + 1).map((each) => each.name);
  const marks = (dataset.bookmarks ?? [])
    .filter(({ createdMs }) => createdMs > found.createdMs)
    .map((each) => each.name);
  const { flags } = options;
  if (later.length + marks.length > 0 && !flags.has("r") && !flags.has("R")) {
    const list = [...later.map((each) => `${own}@${each}`), ...marks.map((each) => `${own}#${each}`)];
    return fails(
      1,
      `cannot rollback to '${name}': more recent snapshots or bookmarks exist\nuse '-r' to force deletion of the following snapshots and bookmarks:\n${list.join("\n")}\n`,
    );
  }
  const clones = later.flatMap((each) => clonesOf(host, `${own}@${each}`).map((clone) => clone.name));
  if (clones.length > 0 && !flags.has("R")) {
    return fails(
      1,
      `cannot rollback to '${name}': clones of previous snapshots exist\nuse '-R' to force deletion of the following clones and dependents:\n${clones.join("\n")}\n`,
    );
  }
  if (!mayDo(session, own, "rollback")) return fails(1, `cannot rollback '${own}': permission denied\n`);
  for (const clone of clones) destroyDataset(session, clone);
  for (const each of later) destroySnapshot(session, own, each);
  const changed = changeDataset(session, own);
  changed.bookmarks = (changed.bookmarks ?? []).filter((each) => !marks.includes(each.name));
  const volsize = found.properties.volsize;
  if (volsize !== undefined) changed.properties.volsize = volsize;
  if (changed.type === "filesystem") {
    const tree: Record<string, Node> = structuredClone(session.change().trees?.[found.guid] ?? {});
    replaceTree(session, changed, tree);
  }
  restoreInside(session, own, snapshot);
  return says("");
};
