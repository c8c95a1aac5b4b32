import { fails, refuseArgument, says } from "../../tool.ts";
import type { Frozen, Node } from "../../world.ts";
import { findDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { splitSnapshot } from "../../zfs/names.ts";
import { resolveProperty } from "../../zfs/resolve-property.ts";
import { treeOf } from "../../zfs/trees.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { misused } from "./usage.ts";

/** `zfs diff`: files that came, went and changed since a snapshot. */
export const diff: ZfsCommand = (context, args) => {
  const { host } = context.session;
  const options = zfsOptions(context, "diff", args, { letters: "FHth", refused: "" });
  if ("failure" in options) return options.failure;
  const [from, to] = options.words;
  if (from === undefined) return misused(rulesOf(host), "diff", "must provide at least one snapshot name");
  if (options.flags.has("F") || options.flags.has("t")) refuseArgument("zfs", "diff -F or -t");
  const old = findSnapshot(host, from);
  const dataset = findDataset(host, splitSnapshot(from).dataset);
  if (old === undefined || dataset === undefined) return fails(1, `cannot open '${from}': dataset does not exist\n`);
  const newer = to?.includes("@") ? findSnapshot(host, to) : undefined;
  if (to?.includes("@") && newer === undefined) return fails(1, `cannot open '${to}': dataset does not exist\n`);
  const before: Readonly<Record<string, Frozen<Node>>> = host.trees?.[old.guid] ?? {};
  const after: Readonly<Record<string, Frozen<Node>>> =
    newer === undefined ? treeOf(host, dataset) : (host.trees?.[newer.guid] ?? {});
  /** A folder is another also when another name is in it. */
  const isSame = (path: string, a: Frozen<Node>, b: Frozen<Node>) =>
    JSON.stringify(a) === JSON.stringify(b) &&
    (a.type !== "directory" || namesIn(before, path) === namesIn(after, path));
  const top = resolveProperty(host, dataset, "mountpoint").value;
  const lines = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort().flatMap((path) => {
    const [a, b] = [before[path], after[path]];
    const change = a === undefined ? "+" : b === undefined ? "-" : isSame(path, a, b) ? "" : "M";
    return change === "" ? [] : [`${change}\t${top}${path === "" ? "/" : path}\n`];
  });
  return says(lines.join(""));
};

function namesIn(tree: Readonly<Record<string, unknown>>, folder: string): string {
  const names = Object.keys(tree).filter(
    (path) => path.startsWith(`${folder}/`) && !path.includes("/", folder.length + 1),
  );
  return names.sort().join("\n");
}
