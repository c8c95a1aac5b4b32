import { parseGuestList } from "../../engine/formats/pve-guests.ts";
import { parsePvePools } from "../../engine/formats/pve-pools.ts";
import { pveText } from "../../engine/formats/pve-text.ts";
import { type ConfigSection, findSection, listOf, parseSectionConfig } from "../../engine/formats/section-config.ts";
import {
  change,
  noPveNode,
  type Plan,
  refuse,
  type Stat,
  utf8Locale,
  type Value,
  write,
} from "../../engine/module/index.ts";
import { OPTIONS, type Option, readOption, sameOption, wordsFor } from "./options.ts";
import type { Params } from "./params.ts";

export const JOBS = "/etc/pve/jobs.cfg";

export interface Seen {
  readonly jobs: Uint8Array | null;
  readonly pmxcfs: Stat | null;
  readonly users?: string | null | undefined;
  readonly guests?: string | null | undefined;
  readonly storages?: string | null | undefined;
}

export function jobOf(jobs: Uint8Array | null, id: string): ConfigSection | undefined {
  return findSection(parseSectionConfig(pveText(jobs) ?? ""), id);
}

export function planFor(given: Params, seen: Seen): Plan {
  const { id } = given;
  if (seen.pmxcfs === null) return noPveNode();
  const cfg = pveText(seen.jobs) ?? "";
  const sections = parseSectionConfig(cfg);
  const half = sections.find(({ options }) => !options.has("schedule"));
  const job = findSection(sections, id);
  if (job !== undefined && job.type !== "vzdump")
    return refuse(`${id} is a job of the type ${job.type}, no backup`, "choose another id");
  const absent = { state: "absent" };
  if (given.state === "absent" && job === undefined) return change(absent, absent, []);
  if (half !== undefined)
    return refuse(
      `job ${half.id} in ${JOBS} has no schedule, and while that is so Proxmox VE changes no job, ${id} neither`,
      "complete or remove the section by hand",
    );
  if (given.state === "absent")
    return change({ state: "present" }, absent, [send(["delete", `/cluster/backup/${id}`])], {
      warnings: [lostComments(cfg)],
    });
  const pool = given.pool;
  if (pool !== undefined && !parsePvePools(seen.users ?? "").has(pool))
    return refuse(`there is no pool ${pool}`, "make it first (pve_pool), or correct the name");
  return job === undefined ? added(given, seen, cfg) : changed(given, seen, cfg, job);
}

function added(given: Params, seen: Seen, cfg: string): Plan {
  const { id } = given;
  if (given.schedule === undefined) return refuse(`there is no backup job ${id}`, "say its schedule to make it");
  const chosen = selectionOf(given);
  if (chosen === null && given.exclude === undefined)
    return refuse(`there is no backup job ${id}, and a new one must know what to save`, "say all, vmids or pool");
  const needs = (["notes_template", "protected"] as const).find(
    (name) => given[name] !== undefined && given[name] !== null && given[name] !== false,
  );
  if (needs !== undefined && given.storage === undefined)
    return refuse(`\`${needs}\` of a new job needs a storage`, "say the storage");
  const before: Record<string, Value> = { state: "absent" };
  const after: Record<string, Value> = { state: "present" };
  const words: string[] = [];
  for (const option of OPTIONS) {
    const value = namedValue(given, option);
    if (value === undefined) continue;
    before[option.param] = null;
    after[option.param] = value ?? option.unset;
    // What is the same as nothing said is not written: it would stand there as if somebody had meant it.
    if (value !== null && !sameOption(option, value, option.unset)) words.push(...wordsFor(option, value));
  }
  const selection = chosen ?? { all: true, vmids: [], pool: null };
  for (const [name, value] of Object.entries(selection)) {
    before[name] = null;
    after[name] = value;
  }
  if (given.exclude !== undefined) {
    before.exclude = null;
    after.exclude = given.exclude;
  }
  const argv = ["create", "/cluster/backup", "--id", id, ...words, ...selectionWords(selection)];
  if (given.exclude !== undefined && given.exclude.length > 0) argv.push("--exclude", given.exclude.join(","));
  return change(before, after, [send(argv)], { warnings: [lostComments(cfg), ...doubts(given, seen)] });
}

function changed(given: Params, seen: Seen, cfg: string, job: ConfigSection): Plan {
  const { id } = given;
  const before: Record<string, Value> = { state: "present" };
  const after: Record<string, Value> = { state: "present" };
  const words: string[] = [];
  const gone: string[] = [];
  const touched = new Set<string>();
  for (const option of OPTIONS) {
    const value = namedValue(given, option);
    if (value === undefined) continue;
    const is = readOption(option, job.options.get(option.key));
    const wanted = value ?? option.unset;
    const same = sameOption(option, is, wanted);
    before[option.param] = is;
    after[option.param] = same ? is : wanted;
    if (same) continue;
    touched.add(option.param);
    const empty = value === null || value === "" || (Array.isArray(value) && value.length === 0);
    if (empty) gone.push(option.key);
    else words.push(...wordsFor(option, value));
  }
  // These two are taken only in a call that names the storage.
  const storage = given.storage ?? job.options.get("storage");
  const named = words.includes("--notes-template") || words.includes("--protected");
  if (named && storage === undefined)
    return refuse(`the notes and the protection of backups need a storage, and job ${id} has none`, "say the storage");
  if (named && !words.includes("--storage")) words.push("--storage", storage ?? "");
  const is = currentSelection(job);
  const chosen = selectionOf(given);
  const excluded = guestsOf(job.options.get("exclude"));
  if (chosen === null && given.exclude !== undefined && !is.all)
    return refuse(`job ${id} does not save all guests, so there is nothing to exclude`, "say `all: true` as well");
  if (chosen !== null) {
    const other = JSON.stringify(is) !== JSON.stringify(chosen);
    Object.assign(before, is);
    Object.assign(after, chosen);
    if (other) words.push(...selectionWords(chosen));
    // Guests or a pool that are chosen take the exceptions with them; what stands there by hand goes as well.
    if (!chosen.all) {
      before.exclude = excluded;
      after.exclude = [];
      if (!other && excluded.length > 0) gone.push("exclude");
    }
  }
  if (given.exclude !== undefined) {
    before.exclude = excluded;
    after.exclude = given.exclude;
    const same = JSON.stringify(excluded) === JSON.stringify(given.exclude);
    if (!same && given.exclude.length > 0) words.push("--exclude", given.exclude.join(","));
    else if (!same) gone.push("exclude");
  }
  if (words.length === 0 && gone.length === 0) return change(before, before, [], { warnings: doubts(given, seen) });
  const argv = ["set", `/cluster/backup/${id}`, ...words, ...(gone.length > 0 ? ["--delete", gone.join(",")] : [])];
  return change(before, after, [send(argv)], { warnings: [lostComments(cfg), ...doubts(given, seen)] });
}

// ---- what it saves ----

interface Selection {
  readonly all: boolean;
  readonly vmids: readonly number[];
  readonly pool: string | null;
}
/** Null: the task does not say. */
function selectionOf({ all, vmids, pool }: Params): Selection | null {
  if (all === undefined && vmids === undefined && pool === undefined) return null;
  return { all: all === true, vmids: vmids ?? [], pool: pool ?? null };
}
export function currentSelection({ options }: ConfigSection): Selection {
  return {
    all: options.get("all") === "1",
    vmids: guestsOf(options.get("vmid")),
    pool: options.get("pool") ?? null,
  };
}
function selectionWords({ all, vmids, pool }: Selection): readonly string[] {
  if (all) return ["--all", "1"];
  return pool !== null ? ["--pool", pool] : ["--vmid", vmids.join(",")];
}
export function guestsOf(text: string | undefined): readonly number[] {
  return listOf(text)
    .map(Number)
    .sort((a, b) => a - b);
}

// ---- beside ----

/** Undefined: the task does not name it. */
function namedValue(given: Params, { param }: Option): Value | undefined {
  return Reflect.get(given, param) as Value | undefined;
}

/** What Proxmox VE takes without a word, and then the backup fails at night. */
function doubts({ storage, vmids, exclude }: Params, { storages, guests }: Seen): readonly (string | false)[] {
  const known = parseGuestList(guests ?? "");
  const missing = [...(vmids ?? []), ...(exclude ?? [])].filter((id) => known?.has(String(id)) === false);
  const section = storage == null ? undefined : findSection(parseSectionConfig(storages ?? ""), storage);
  const holds = listOf(section?.options.get("content") ?? (section?.type === "pbs" ? "backup" : "")).includes("backup");
  const named = typeof storage === "string" && storages != null;
  return [
    missing.length > 0 && `the cluster has no guest ${missing.join(", ")}`,
    named && section === undefined && `there is no storage ${storage}: the backups would fail`,
    named && section !== undefined && !holds && `storage ${storage} is not for backups: they would fail`,
  ];
}

/** Every write of the file is one of the whole file, and of what the tools do not read nothing is left. */
function lostComments(cfg: string): string | false {
  const count = cfg.split("\n").filter((line) => /^\s*#/.test(line)).length;
  return (
    count > 0 &&
    `Proxmox VE writes ${JOBS} anew as a whole: the ${count === 1 ? "comment" : `${count} comments`} in it will be gone`
  );
}

function send(words: readonly string[]) {
  return write.exec(["pvesh", ...words], { touches: [JOBS], limitMs: 60_000, ...utf8Locale(words) });
}
