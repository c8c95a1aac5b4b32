import { member, parseJson } from "./json.ts";

/** What Proxmox Backup Server's tool lists, and the words that change it: one rule for datastores, jobs and users. */

type Shown = null | boolean | number | string | readonly string[];

/** A parameter of a task and the option that it is: `gc_schedule` is `gc-schedule`. */
export interface PbsOption {
  readonly param: string;
  readonly key: string;
  /** What it is where nothing is said; an option of this value is not written. */
  readonly unset: Shown;
  /** `--delete` does not know it: what it is where nothing is said must be said. */
  readonly said: boolean;
}

export function pbsOptions(unset: Readonly<Record<string, Shown>>, said: readonly string[] = []): readonly PbsOption[] {
  return Object.entries(unset).map(([param, value]) => ({
    param,
    key: param.replaceAll("_", "-"),
    unset: value,
    said: said.includes(param),
  }));
}

/** The items of a list in JSON; null where it is none. */
export function pbsItems(json: string): readonly object[] | null {
  const parsed = parseJson(json);
  return Array.isArray(parsed) ? parsed.filter((each) => typeof each === "object" && each !== null) : null;
}

export function pbsItem(json: string, key: string, id: string): object | undefined {
  return pbsItems(json)?.find((each) => member(each, key) === id);
}

export interface PbsChange {
  readonly before: Readonly<Record<string, Shown>>;
  readonly after: Readonly<Record<string, Shown>>;
  /** `--key value`, for what is set. */
  readonly set: readonly string[];
  /** `--delete key`, for what shall not be set any more. */
  readonly gone: readonly string[];
}

/** Of the options that a task names (null: shall not be set) those that differ. Lists are sets. */
export function comparePbs(options: readonly PbsOption[], given: object, is: object | undefined): PbsChange {
  const before: Record<string, Shown> = {};
  const after: Record<string, Shown> = {};
  const set: string[] = [];
  const gone: string[] = [];
  for (const { param, key, unset, said } of options) {
    const named = shownOf(member(given, param));
    if (named === undefined) continue;
    const current = shownOf(member(is, key)) ?? unset;
    const wanted = named ?? unset;
    before[param] = is === undefined ? null : current;
    after[param] = wanted;
    if (JSON.stringify(current) === JSON.stringify(wanted)) continue;
    if (!said && (named === null || JSON.stringify(wanted) === JSON.stringify(unset))) gone.push("--delete", key);
    else for (const value of Array.isArray(wanted) ? wanted : [wanted]) set.push(`--${key}`, String(value));
  }
  return { before, after, set, gone: is === undefined ? [] : gone };
}

function shownOf(value: unknown): Shown | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === "boolean" || typeof value === "number" || typeof value === "string") return value;
  return Array.isArray(value) ? [...new Set(value.map(String))].sort() : undefined;
}
