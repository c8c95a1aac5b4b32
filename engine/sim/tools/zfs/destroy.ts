import { fails, says, type ToolContext, type ToolResult } from "../../tool.ts";
import type { Frozen } from "../../world.ts";
import { destroyDataset, destroySnapshot } from "../../zfs/datasets.ts";
import { changeDataset, childrenOf, clonesOf, findDataset, findPool, findSnapshot } from "../../zfs/find-dataset.ts";
import { nameFault, splitSnapshot } from "../../zfs/names.ts";
import { niceBytes } from "../../zfs/numbers.ts";
import type { Snapshot } from "../../zfs/state.ts";
import { rulesOf } from "../../zfs/versions.ts";
import { type ZfsCommand, zfsOptions } from "./options.ts";
import { mayDo } from "./rights.ts";
import { misused } from "./usage.ts";

/** `zfs destroy`: a dataset, snapshots, or a bookmark. */
export const destroy: ZfsCommand = (context, args) => {
  const { session } = context;
  const rules = rulesOf(session.host);
  const options = zfsOptions(context, "destroy", args, { letters: "dfnpRrv" });
  if ("failure" in options) return options.failure;
  const [name, ...more] = options.words;
  if (name === undefined) return misused(rules, "destroy", "missing dataset argument");
  if (more.length > 0) return misused(rules, "destroy", "too many arguments");
  const flags = options.flags;
  if (name.includes("@")) return destroySnapshots(context, name, flags);
  if (name.includes("#")) return destroyBookmark(context, name);
  const fault = nameFault(name, "dataset", false);
  const dataset = findDataset(session.host, name);
  if (fault !== null || dataset === undefined) {
    return fails(1, `cannot open '${name}': ${fault ?? "dataset does not exist"}\n`);
  }
  const recursive = flags.has("r") || flags.has("R");
  if (!name.includes("/") && !recursive) {
    return fails(
      1,
      `cannot destroy '${name}': operation does not apply to pools\nuse 'zfs destroy -r ${name}' to destroy all datasets in the pool\nuse 'zpool destroy ${name}' to destroy the pool itself\n`,
    );
  }
  const inTheWay = dependentsOf(context, name);
  const kind = dataset.type;
  if (!recursive && inTheWay.length > 0) return blocked(name, `${kind} has children`, "-r", inTheWay);
  const order = orderOf(context, name);
  const clones = order.filter((each) => !belongsTo(each, name));
  if (!flags.has("R") && clones.length > 0) return blocked(name, `${kind} has dependent clones`, "-R", clones);
  const shown = name.includes("/") ? order : order.filter((each) => each !== name);
  if (flags.has("n")) return says(told(flags, shown, "would destroy"));
  if (!mayDo(session, name, "destroy")) return fails(1, `cannot destroy '${name}': permission denied\n`);
  if (findPool(session.host, name)?.readOnly) return fails(1, `cannot destroy '${name}': pool is read-only\n`);
  // What goes first is gone, also if something later stays.
  for (const [index, each] of shown.entries()) {
    const held = findSnapshot(session.host, each);
    if (held !== undefined && held.holds.length > 0)
      return fails(1, heldText(context, each), told(flags, shown.slice(0, index), "will destroy"));
    remove(context, each);
  }
  return says(told(flags, shown, "will destroy"));
};

function blocked(name: string, why: string, option: string, names: readonly string[]): ToolResult {
  return fails(
    1,
    `cannot destroy '${name}': ${why}\nuse '${option}' to destroy the following datasets:\n${names.join("\n")}\n`,
  );
}

function told(flags: ReadonlySet<string>, names: readonly string[], verb: string): string {
  if (flags.has("p") && (flags.has("v") || flags.has("n"))) return names.map((name) => `destroy\t${name}\n`).join("");
  return flags.has("v") ? names.map((name) => `${verb} ${name}\n`).join("") : "";
}

function remove({ session }: ToolContext, name: string): void {
  const { dataset, snapshot } = splitSnapshot(name);
  if (snapshot === "") destroyDataset(session, name);
  else destroySnapshot(session, dataset, snapshot);
}

function belongsTo(name: string, dataset: string): boolean {
  return name === dataset || name.startsWith(`${dataset}/`) || name.startsWith(`${dataset}@`);
}

/** What is below a dataset: children with what is below them, then snapshots. */
function dependentsOf(context: ToolContext, name: string): readonly string[] {
  const { host } = context.session;
  const snapshots = (findDataset(host, name)?.snapshots ?? []).map((each) => `${name}@${each.name}`);
  const children = childrenOf(host, name).flatMap((child) => [...dependentsOf(context, child.name), child.name]);
  return [...children, ...snapshots];
}

/** In which order all goes: what hangs on a thing before it, clones of snapshots first. */
function orderOf(context: ToolContext, name: string): readonly string[] {
  const { host } = context.session;
  const done = new Set<string>();
  const visit = (dataset: string): void => {
    for (const child of childrenOf(host, dataset)) visit(child.name);
    const snapshots = findDataset(host, dataset)?.snapshots ?? [];
    for (const { name: each } of snapshots) for (const clone of clonesOf(host, `${dataset}@${each}`)) visit(clone.name);
    for (const { name: each } of snapshots) done.add(`${dataset}@${each}`);
    done.add(dataset);
  };
  visit(name);
  return [...done];
}

function heldText({ session: { host } }: ToolContext, name: string): string {
  const why = rulesOf(host).namesHolds
    ? `it's being held. Run 'zfs holds -r ${name}' to see holders.`
    : "dataset is busy";
  return `cannot destroy snapshot ${name}: ${why}\n`;
}

/** `fs@a,b%c`: some snapshots, and all from one to another. */
function destroySnapshots(context: ToolContext, word: string, flags: ReadonlySet<string>): ToolResult {
  const { session } = context;
  const { dataset, snapshot: spec } = splitSnapshot(word);
  const fault = nameFault(dataset, "dataset", false);
  if (fault !== null || findDataset(session.host, dataset) === undefined) {
    return fails(1, `cannot open '${dataset}': ${fault ?? "dataset does not exist"}\n`);
  }
  const datasets = flags.has("r") || flags.has("R") ? withBelow(context, dataset) : [dataset];
  const names = datasets.flatMap((each) => matching(context, each, spec));
  if (names.length === 0) return fails(1, "could not find any snapshots to destroy; check snapshot names.\n");
  const clones = names.flatMap((name) => clonesOf(session.host, name).flatMap((clone) => orderOf(context, clone.name)));
  const held = (name: string) => (findSnapshot(session.host, name)?.holds.length ?? 0) > 0;
  if (flags.has("d")) {
    for (const name of names) {
      if (held(name) || clonesOf(session.host, name).length > 0) deferSnapshot(context, name);
      else remove(context, name);
    }
    return says("");
  }
  if (clones.length > 0 && !flags.has("R"))
    return blocked(names[0] ?? word, "snapshot has dependent clones", "-R", clones);
  const all = [...clones, ...names];
  const reclaim = names.reduce((sum, name) => sum + (findSnapshot(session.host, name)?.uniqueBytes ?? 0), 0);
  const verb = flags.has("n") ? "would" : "will";
  const ending = flags.has("p") ? `reclaim\t${reclaim}\n` : `${verb} reclaim ${niceBytes(reclaim)}\n`;
  const stdout = flags.has("v")
    ? told(flags, all, `${verb} destroy`) + ending
    : flags.has("n")
      ? told(flags, all, verb)
      : "";
  if (flags.has("n")) return says(stdout);
  if (!mayDo(session, dataset, "destroy")) return fails(1, `cannot destroy snapshot ${names[0]}: permission denied\n`);
  const kept = names.filter(held);
  if (kept.length > 0) return fails(1, kept.map((name) => heldText(context, name)).join(""), stdout);
  for (const name of all) remove(context, name);
  return says(stdout);
}

function withBelow(context: ToolContext, name: string): readonly string[] {
  return [name, ...childrenOf(context.session.host, name).flatMap((child) => withBelow(context, child.name))];
}

function matching({ session: { host } }: ToolContext, dataset: string, spec: string): readonly string[] {
  const all: readonly Frozen<Snapshot>[] = findDataset(host, dataset)?.snapshots ?? [];
  const index = (name: string) => all.findIndex((each) => each.name === name);
  const chosen = new Set<string>();
  for (const part of spec.split(",")) {
    const [from = "", to] = part.split("%");
    const first = from === "" ? 0 : index(from);
    const last = to === undefined ? first : to === "" ? all.length - 1 : index(to);
    if (first < 0 || last < 0) continue;
    for (const each of all.slice(first, last + 1)) chosen.add(`${dataset}@${each.name}`);
  }
  return [...chosen];
}

function deferSnapshot({ session }: ToolContext, name: string): void {
  const { dataset, snapshot } = splitSnapshot(name);
  const found = changeDataset(session, dataset).snapshots.find((each) => each.name === snapshot);
  if (found !== undefined) found.deferred = true;
}

function destroyBookmark({ session }: ToolContext, name: string): ToolResult {
  const [dataset = "", bookmark = ""] = name.split("#");
  const found = findDataset(session.host, dataset)?.bookmarks?.some((each) => each.name === bookmark);
  if (found !== true) return fails(1, `bookmark '${name}' does not exist.\n`);
  const changed = changeDataset(session, dataset);
  changed.bookmarks = (changed.bookmarks ?? []).filter((each) => each.name !== bookmark);
  return says("");
}
