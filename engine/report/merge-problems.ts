import type { Diagnostic } from "../errors/diagnostic.ts";
import type { RecapEvent, RunStarted } from "../run/events.ts";
import { plural } from "../text/plural.ts";
import type { JournalEvent } from "./journal-events.ts";

/** The events of one shard, and what to call it: its file. */
export interface Part {
  readonly name: string;
  readonly events: readonly JournalEvent[];
}
/** A part that tells of a run. */
export interface ReadPart extends Part {
  readonly started: RunStarted;
  readonly recap: { readonly at: number; readonly event: RecapEvent } | null;
}

/** What keeps the parts from being one whole run. */
export function mergeProblems(parts: readonly Part[], read: readonly ReadPart[]): readonly Diagnostic[] {
  return [...notRuns(parts, read), ...strangers(read), ...gaps(read), ...overlaps(read)];
}

function notRuns(parts: readonly Part[], read: readonly ReadPart[]): readonly Diagnostic[] {
  return parts
    .filter(({ name }) => !read.some((each) => each.name === name))
    .map(({ name }) =>
      problem(`${name} tells of no run`, "name what --report FILE.jsonl or --format jsonl has written"),
    );
}

/** Parts that are not of the same call. */
function strangers(read: readonly ReadPart[]): readonly Diagnostic[] {
  const [first, ...others] = read;
  if (first === undefined) return [];
  return others.flatMap((other): readonly Diagnostic[] => {
    const differs = (what: string): Diagnostic =>
      problem(
        `${other.name} and ${first.name} are of different runs: ${what}`,
        "merge what shards of one call have written",
      );
    if (other.started.playbooks.join("\0") !== first.started.playbooks.join("\0")) return [differs("other playbooks")];
    if (other.started.check !== first.started.check) return [differs("one of them is a check")];
    const [one, another] = [first.started.shard, other.started.shard];
    if (one === undefined || another === undefined) return [];
    if (one.of !== another.of) return [differs(`one is of ${one.of} shards, the other of ${another.of}`)];
    const moved = [
      ...one.hosts.filter((host) => !another.hosts.includes(host)),
      ...another.hosts.filter((host) => !one.hosts.includes(host)),
    ];
    if (moved.length === 0) return [];
    return [differs(`${list(moved)} ${moved.length === 1 ? "is" : "are"} in the inventory of one of them alone`)];
  });
}

/** Shards that are missing, and those that were cut off. */
function gaps(read: readonly ReadPart[]): readonly Diagnostic[] {
  const of = read.find(({ started }) => started.shard)?.started.shard;
  const there = new Set(read.map(({ started }) => started.shard?.index));
  const missing = Array.from({ length: of?.of ?? 0 }, (_, at) => at + 1).filter((index) => !there.has(index));
  const ran = new Set(read.flatMap(({ started }) => started.hosts));
  const left = (of?.hosts ?? []).filter((host) => !ran.has(host));
  return [
    ...missing.map((index) =>
      problem(
        `shard ${index} of ${of?.of} is missing`,
        left.length > 0 ? `nothing is told of ${list(left)}` : undefined,
      ),
    ),
    ...read
      .filter(({ recap }) => recap === null)
      .map(({ name }) =>
        problem(`${name} ends without a recap: that run was cut off`, "see lab runs show where it ran"),
      ),
  ];
}

function overlaps(read: readonly ReadPart[]): readonly Diagnostic[] {
  const by = new Map<string, string>();
  const twice = new Map<string, string[]>();
  for (const { name, started } of read) {
    for (const host of started.hosts) {
      const other = by.get(host);
      if (other === undefined) by.set(host, name);
      else twice.set(`${other} and ${name}`, [...(twice.get(`${other} and ${name}`) ?? []), host]);
    }
  }
  return [...twice].map(([files, hosts]) => problem(`${files} both tell of ${list(hosts)}`, "name each shard once"));
}

function problem(message: string, hint?: string): Diagnostic {
  return { severity: "warning", code: "not-one-run", message, ...(hint !== undefined && { hint }) };
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 5).join(", ");
  return names.length > 5 ? `${shown} and ${plural(names.length - 5, "more host")}` : shown;
}
