import { fails, says, type ToolContext } from "../../tool.ts";
import { releaseDeferred } from "../../zfs/datasets.ts";
import { allDatasets, changeDataset, findSnapshot } from "../../zfs/find-dataset.ts";
import { nameFault, splitSnapshot } from "../../zfs/names.ts";
import { niceDate } from "../../zfs/numbers.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { table } from "./table.ts";
import { misused } from "./usage.ts";

/** The snapshots of a name, here and below with -r. */
function snapshotsOf({ session: { host } }: ToolContext, word: string, recursive: boolean): readonly string[] {
  const { dataset, snapshot } = splitSnapshot(word);
  const datasets = recursive ? allDatasets(host, dataset).map(({ name }) => name) : [dataset];
  return datasets.map((name) => `${name}@${snapshot}`).filter((name) => findSnapshot(host, name) !== undefined);
}

function change({ session }: ToolContext, name: string) {
  const { dataset, snapshot } = splitSnapshot(name);
  const { snapshots } = changeDataset(session, dataset);
  const index = snapshots.findIndex((each) => each.name === snapshot);
  return { snapshots, index, found: snapshots[index] };
}

export const hold: ZfsCommand = (context, args) => tagged(context, "hold", args);
export const release: ZfsCommand = (context, args) => tagged(context, "release", args);

function tagged(context: ToolContext, command: "hold" | "release", args: readonly string[]) {
  const { session } = context;
  const rules = rulesOf(session.host);
  const options = zfsOptions(context, command, args, { letters: "r" });
  if ("failure" in options) return options.failure;
  const [tag, ...names] = options.words;
  if (tag === undefined || names.length === 0)
    return misused(rules, command, `missing ${tag === undefined ? "tag" : "snapshot"} argument`);
  const taking = command === "hold";
  if (taking && tag.startsWith(".")) return misused(rules, command, "tag may not start with '.'");
  let stderr = "";
  for (const word of names) {
    const fault = nameFault(word, "snapshot", false);
    const found = fault === null ? snapshotsOf(context, word, options.flags.has("r")) : [];
    if (found.length === 0) {
      stderr += `cannot open '${word}': ${fault ?? "dataset does not exist"}\n`;
      continue;
    }
    for (const name of found) {
      const why = faultOf(name);
      if (why !== null)
        stderr += `cannot ${taking ? "hold snapshot" : "release hold from snapshot"} '${name}': ${why}\n`;
      else if (taking) take(context, name, tag);
      else drop(context, name, tag);
    }
  }
  return stderr === "" ? says("") : fails(1, stderr);

  function faultOf(name: string): string | null {
    const held = findSnapshot(session.host, name)?.holds.includes(tag ?? "") === true;
    if (!mayDo(session, splitSnapshot(name).dataset, command)) return "permission denied";
    if (taking) return held ? "tag already exists on this dataset" : null;
    return held ? null : "no such tag on this dataset";
  }
}

function take(context: ToolContext, name: string, tag: string): void {
  const { snapshots, index, found } = change(context, name);
  if (found === undefined) return;
  const heldMs = { ...found.heldMs, [tag]: context.session.host.clockMs };
  snapshots[index] = { ...found, holds: [...found.holds, tag], heldMs };
}
function drop(context: ToolContext, name: string, tag: string): void {
  const { snapshots, index, found } = change(context, name);
  if (found === undefined) return;
  const holds = found.holds.filter((each) => each !== tag);
  snapshots[index] = { ...found, holds };
  releaseDeferred(context.session, name);
}

/** `zfs holds`. */
export const holds: ZfsCommand = (context, args) => {
  const { host } = context.session;
  const rules = rulesOf(host);
  const options = zfsOptions(context, "holds", args, { letters: rules.holdsParsable ? "rHp" : "rH" });
  if ("failure" in options) return options.failure;
  if (options.words.length === 0) return misused(rules, "holds", "missing snapshot argument");
  const rows: (readonly string[])[] = [];
  let stderr = "";
  for (const word of options.words) {
    const fault = nameFault(word, "snapshot", false);
    const found = fault === null ? snapshotsOf(context, word, options.flags.has("r")) : [];
    if (found.length === 0) stderr += `cannot open '${word}': ${fault ?? "dataset does not exist"}\n`;
    for (const name of found) {
      const snapshot = findSnapshot(host, name);
      for (const tag of snapshot?.holds ?? []) {
        const seconds = Math.floor((snapshot?.heldMs?.[tag] ?? snapshot?.createdMs ?? 0) / 1000);
        rows.push([name, tag, options.flags.has("p") ? String(seconds) : niceDate(seconds)]);
      }
    }
  }
  const columns = ["NAME", "TAG", "TIMESTAMP"].map((heading) => ({ heading, width: 0, right: false }));
  const stdout = options.flags.has("H") ? rows.map((row) => `${row.join("\t")}\n`).join("") : table(columns, rows);
  return stderr === "" ? says(stdout) : fails(1, stderr, rows.length > 0 ? stdout : "");
};
