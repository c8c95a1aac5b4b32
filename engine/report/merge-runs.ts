import type { Diagnostic } from "../errors/diagnostic.ts";
import type { HostRecap, RecapEvent, RunEvent, RunStarted } from "../run/events.ts";
import { plural } from "../text/plural.ts";
import type { JournalEvent } from "./journal-events.ts";

/** The events of one shard, and what to call it: its file. */
export interface Part {
  readonly name: string;
  readonly events: readonly JournalEvent[];
}
export interface MergedRun {
  readonly events: readonly JournalEvent[];
  /** What keeps the parts from being one whole run. */
  readonly problems: readonly Diagnostic[];
  /** As of one run; 130 also where a part is missing or was cut off. */
  readonly exitCode: number;
}

interface ReadPart extends Part {
  readonly started: RunStarted;
  readonly recap: { readonly at: number; readonly event: RecapEvent } | null;
}
type Timed = Omit<JournalEvent, "event"> & { readonly event: RunEvent };

/**
 * The runs of several shards → one run, as its reports tell it: play by play, in each of them by time. What is the same
 * task has the same id; what only one shard has expanded keeps apart.
 */
export function mergeRuns(parts: readonly Part[]): MergedRun {
  const read = parts.flatMap((part): readonly ReadPart[] => {
    const started = part.events.find(({ event }) => event.type === "run")?.event;
    const recap = part.events.findLast(({ event }) => event.type === "recap");
    if (started?.type !== "run") return [];
    return [{ ...part, started, recap: recap?.event.type === "recap" ? { at: recap.at, event: recap.event } : null }];
  });
  const problems = [...notRuns(parts, read), ...strangers(read), ...gaps(read), ...overlaps(read)];
  const [first] = read;
  if (first === undefined) return { events: [], problems, exitCode: 1 };
  const startedAt = Math.min(...read.map(({ events }) => events[0]?.at ?? 0));
  const endedAt = Math.max(...read.map(({ events }) => events.at(-1)?.at ?? 0));
  const { shard, ...whole } = first.started;
  const ran = new Set(read.flatMap((part) => part.started.hosts));
  // In the order of the inventory, as far as a shard tells it.
  const ordered = [...new Set([...(shard?.hosts.filter((host) => ran.has(host)) ?? []), ...ran])];
  const started: RunStarted = { ...whole, hosts: ordered };
  const complete = problems.length === 0 && read.every(({ recap }) => recap !== null);
  const codes = [...read.flatMap(({ recap }) => (recap ? [recap.event.exitCode] : [])), ...(complete ? [] : [130])];
  const exitCode = worst(codes);
  // Of a run that was cut off there is no recap; of shards one of which was, what the others count is worth more than none.
  const recap: RecapEvent = { type: "recap", hosts: counted(read, ordered), durationMs: endedAt - startedAt, exitCode };
  return {
    events: [{ at: startedAt, event: started }, ...body(read, problems, startedAt), { at: endedAt, event: recap }],
    problems,
    exitCode,
  };
}

/** The first that applies decides, as of one run. */
function worst(codes: readonly number[]): number {
  return [70, 1, 130, 2, 4, 3].find((code) => codes.includes(code)) ?? 0;
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

function counted(read: readonly ReadPart[], order: readonly string[]): Record<string, HostRecap> {
  const hosts = new Map<string, HostRecap>();
  for (const [name, counts] of read.flatMap(({ recap }) => Object.entries(recap?.event.hosts ?? {}))) {
    const before = hosts.get(name);
    hosts.set(name, before === undefined ? counts : sum(before, counts));
  }
  // A host that a task has added stands behind those of the inventory.
  const names = new Set([...order, ...hosts.keys()]);
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const counts = hosts.get(name);
      return counts ? [[name, counts] as const] : [];
    }),
  );
}

function sum(one: HostRecap, other: HostRecap): HostRecap {
  const amounts: Record<string, number> = { ...one };
  for (const [name, amount] of Object.entries(other)) amounts[name] = (amounts[name] ?? 0) + amount;
  return { ...one, ...amounts };
}

/** All but the beginnings and ends of the runs. */
function body(read: readonly ReadPart[], problems: readonly Diagnostic[], startedAt: number): readonly Timed[] {
  const declared = new Map<string, string>();
  const plays = new Map<string, Timed[]>();
  const before: Timed[] = [];
  const told = new Set<string>();
  for (const { event, at, number } of inTurn(read, declared)) {
    if (event.type === "warning") {
      const text = JSON.stringify(event);
      if (told.has(text)) continue;
      told.add(text);
    }
    const into = number === null ? before : (plays.get(number) ?? []);
    if (number !== null) plays.set(number, into);
    into.push({ at, event });
  }
  const ofMerge = problems.map((diagnostic): Timed => ({ at: startedAt, event: { type: "warning", diagnostic } }));
  return [...ofMerge, ...byTime(before), ...[...plays.values()].flatMap(byTime)];
}

/** Each part in its own order, with the play that it is in; ids that mean something else than before are made others. */
function* inTurn(
  read: readonly ReadPart[],
  declared: Map<string, string>,
): Generator<Timed & { readonly number: string | null }> {
  for (const [index, { events }] of read.entries()) {
    const names = new Map<string, string>();
    const renamed = (id: string): string => names.get(id) ?? id;
    let play: string | null = null;
    for (const { at, event } of events) {
      if (event.type === "run" || event.type === "recap") continue;
      // A journal begins with how it was called, which stands in no other output.
      if ((event.type as string) === "call") continue;
      if (event.type === "play") play = event.id;
      if (event.type === "task" || event.type === "include" || event.type === "block") {
        const { id, parent, name, position } = event;
        const meaning = JSON.stringify([event.type, renamed(parent), name, position]);
        const known = declared.get(id);
        if (known === undefined) declared.set(id, meaning);
        else if (known !== meaning) names.set(id, `${id}/${index + 1}`);
      }
      yield { at, event: withIds(event, renamed), number: play };
    }
  }
}

function withIds(event: RunEvent, renamed: (id: string) => string): RunEvent {
  switch (event.type) {
    case "task":
    case "include":
    case "block":
      return { ...event, id: renamed(event.id), parent: renamed(event.parent) };
    case "result": {
      const taskId = renamed(event.taskId);
      const id = event.id.startsWith(`${event.taskId}@`) ? taskId + event.id.slice(event.taskId.length) : event.id;
      return { ...event, id, taskId, ...(event.because && { because: event.because.map(renamed) }) };
    }
    case "step":
    case "progress":
      return { ...event, taskId: renamed(event.taskId) };
    default:
      return event;
  }
}

/** By time, those of one instant in the order in which they came. */
function byTime(events: readonly Timed[]): readonly Timed[] {
  return events.toSorted((one, other) => one.at - other.at);
}
