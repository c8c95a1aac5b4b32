import type { Diagnostic } from "../errors/diagnostic.ts";
import type { HostRecap, RecapEvent, RunEvent, RunStarted } from "../run/events.ts";
import type { JournalEvent } from "./journal-events.ts";
import { mergeProblems, type Part, type ReadPart } from "./merge-problems.ts";

export interface MergedRun {
  readonly events: readonly JournalEvent[];
  /** What keeps the parts from being one whole run. */
  readonly problems: readonly Diagnostic[];
  /** As of one run; 130 also where a part is missing or was cut off. */
  readonly exitCode: number;
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
  const problems = mergeProblems(parts, read);
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
