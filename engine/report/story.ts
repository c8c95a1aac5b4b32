import type { Declared } from "../picture/picture.ts";
import type {
  HostRecap,
  PlayStarted,
  RecapEvent,
  ResultEvent,
  RunEvent,
  RunStarted,
  Status,
  WarningEvent,
} from "../run/events.ts";
import { isMap } from "../value/value.ts";
import { spokenText } from "./render-result.ts";

/** A run as reports tell it afterwards: what is alike is told once, what is as it should be is only counted. */
export interface Story {
  readonly run: RunStarted | null;
  /** Null: the run was cut off. */
  readonly recap: RecapEvent | null;
  /** Milliseconds since the epoch. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly plays: readonly PlayStory[];
  readonly hosts: ReadonlyMap<string, HostStory>;
  readonly warnings: readonly WarningEvent["diagnostic"][];
  /** What results say of the things of the lab. */
  readonly seen: readonly Declared[];
  /** Results that were left out, so that the report stays of a size that a browser can show. */
  readonly leftOut: number;
}
export interface PlayStory {
  readonly play: PlayStarted;
  readonly tasks: readonly TaskStory[];
}
/** How a task ended for a host, as the recap counts it: a failure that was mended or forgiven is none. */
export type Ending = Status | "rescued" | "ignored";
export interface TaskStory {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly kind: "task" | "handler";
  readonly role?: string;
  readonly position: ResultEvent["position"];
  readonly startedAt: number;
  readonly endedAt: number;
  /** Of its results, those of a loop as one. */
  readonly counts: ReadonlyMap<Ending, number>;
  /** What is worth telling, results that are alike as one. */
  readonly tellings: readonly Telling[];
  /** Hosts where there is nothing to tell. */
  readonly quiet: readonly string[];
  readonly quietCount: number;
  readonly slowest: { readonly host: string; readonly durationMs: number } | null;
}
export interface Telling {
  /** The first of them; the others differ in host and time alone. */
  readonly result: ResultEvent;
  readonly hosts: readonly string[];
  readonly count: number;
}
export interface HostStory {
  readonly counts: HostRecap | null;
  readonly durationMs: number;
  readonly changed: number;
  readonly failed: number;
  readonly unreachable?: string;
}

export interface StoryWriter {
  on(event: RunEvent, at: number): void;
  story(): Story;
}

/** Bounds of what a report holds: a browser shows some megabytes at once, and nobody reads more. */
const most = { tellings: 3000, bytes: 6_000_000, hosts: 60, seen: 5000, warnings: 200 } as const;

interface TaskDraft extends Omit<TaskStory, "counts" | "tellings" | "quiet"> {
  endedAt: number;
  readonly counts: Map<Ending, number>;
  readonly tellings: Map<string, { readonly result: ResultEvent; readonly hosts: string[]; count: number }>;
  readonly quiet: string[];
  quietCount: number;
  slowest: { readonly host: string; readonly durationMs: number } | null;
}

export function createStory(pictured: (module: string) => boolean): StoryWriter {
  let run: RunStarted | null = null;
  let recap: RecapEvent | null = null;
  let startedAt = 0;
  let endedAt = 0;
  let leftOut = 0;
  let tellings = 0;
  let bytes = 0;
  let current: { play: PlayStarted; tasks: TaskDraft[] } | undefined;
  const plays: { play: PlayStarted; tasks: TaskDraft[] }[] = [];
  const tasks = new Map<string, TaskDraft>();
  const hosts = new Map<string, { durationMs: number; changed: number; failed: number; unreachable?: string }>();
  const warnings: WarningEvent["diagnostic"][] = [];
  const seen: Declared[] = [];

  const hostOf = (name: string) => {
    const host = hosts.get(name) ?? { durationMs: 0, changed: 0, failed: 0 };
    hosts.set(name, host);
    return host;
  };
  const taskOf = (
    id: string,
    at: number,
    told: Pick<ResultEvent, "name" | "module" | "position" | "role"> & { kind: string },
  ): TaskDraft => {
    const known = tasks.get(id);
    if (known) return known;
    const { name, module, role, position } = told;
    const task: TaskDraft = {
      id,
      name,
      module,
      kind: told.kind === "handler" ? "handler" : "task",
      ...(role !== undefined && { role }),
      position,
      startedAt: at,
      endedAt: at,
      counts: new Map(),
      tellings: new Map(),
      quiet: [],
      quietCount: 0,
      slowest: null,
    };
    tasks.set(id, task);
    current?.tasks.push(task);
    return task;
  };

  const onPlay = (event: PlayStarted): void => {
    // With `serial` a play begins anew for each batch; its tasks stay the same.
    const known = plays.find(({ play }) => play.id === event.id);
    current = known;
    if (known) known.play = { ...known.play, hosts: [...known.play.hosts, ...event.hosts] };
    else {
      current = { play: event, tasks: [] };
      plays.push(current);
    }
  };
  const onResult = (event: ResultEvent, at: number): void => {
    const task = taskOf(event.taskId, at, event);
    task.endedAt = at;
    if (event.kind !== "item") {
      const status = event.status;
      const ending = event.rescued === true ? "rescued" : event.ignored === true ? "ignored" : status;
      task.counts.set(ending, (task.counts.get(ending) ?? 0) + 1);
      const host = hostOf(event.host);
      host.durationMs += event.durationMs;
      if (status === "changed") host.changed += 1;
      if (status === "failed" && event.ignored !== true && event.rescued !== true) host.failed += 1;
      if (event.durationMs > (task.slowest?.durationMs ?? -1)) {
        task.slowest = { host: event.host, durationMs: event.durationMs };
      }
    }
    const declared = pictured(event.module) ? seenIn(event) : null;
    if (declared && seen.length < most.seen) seen.push(declared);
    if (!worthTelling(event)) {
      if (event.kind === "item") return;
      task.quietCount += 1;
      if (task.quiet.length < most.hosts) task.quiet.push(event.host);
      return;
    }
    // The sum of a loop says what its items have said already.
    if (event.kind !== "item" && task.tellings.size > 0 && sumsUp(event, task)) return;
    tell(task, event);
  };

  const tell = (task: TaskDraft, event: ResultEvent): void => {
    const { id, host, durationMs, ...alike } = event;
    const key = JSON.stringify(alike);
    const known = task.tellings.get(key);
    if (known) {
      known.count += 1;
      if (known.hosts.length < most.hosts) known.hosts.push(host);
      return;
    }
    // Failures always have their place.
    const bad = event.status === "failed" || event.status === "unreachable";
    if (!bad && (tellings >= most.tellings || bytes + key.length > most.bytes)) {
      leftOut += 1;
      return;
    }
    tellings += 1;
    bytes += Math.min(key.length, 20_000);
    task.tellings.set(key, { result: event, hosts: [host], count: 1 });
  };

  return {
    on(event, at) {
      if (startedAt === 0) startedAt = at;
      endedAt = at;
      switch (event.type) {
        case "run":
          run = event;
          return;
        case "play":
          onPlay(event);
          return;
        case "task":
          taskOf(event.id, at, event);
          return;
        case "host":
          if (event.event === "unreachable") hostOf(event.name).unreachable = event.reason ?? "";
          return;
        case "result":
          onResult(event, at);
          return;
        case "warning":
          if (warnings.length < most.warnings) warnings.push(event.diagnostic);
          else leftOut += 1;
          return;
        case "recap":
          recap = event;
          return;
        default:
          // Steps stand in the results, progress and notifications tell nothing afterwards.
          return;
      }
    },
    story: () => ({
      run,
      recap,
      startedAt,
      endedAt,
      plays: plays.map(({ play, tasks: own }) => ({
        play,
        tasks: own.map((task) => ({ ...task, tellings: [...task.tellings.values()] })),
      })),
      hosts: new Map(
        [...new Set([...(run?.hosts ?? []), ...hosts.keys(), ...Object.keys(recap?.hosts ?? {})])].map((name) => [
          name,
          { durationMs: 0, changed: 0, failed: 0, ...hosts.get(name), counts: recap?.hosts[name] ?? null },
        ]),
      ),
      warnings,
      seen,
      leftOut,
    }),
  };
}

/** What is not as it was, or has something to say. */
export function worthTelling(event: ResultEvent): boolean {
  if (event.warnings.length > 0 || event.certainty === "assumed" || event.attempt > 1) return true;
  return (event.status !== "ok" && event.status !== "skipped") || spokenText(event) !== undefined;
}

/** Whether the items of the loop have said all that their sum says; a failure that was forgiven is told once more. */
function sumsUp(event: ResultEvent, task: TaskDraft): boolean {
  if (event.ignored === true || event.rescued === true) return false;
  return [...task.tellings.values()].some(
    ({ result }) => result.kind === "item" && result.host === event.host && result.status === event.status,
  );
}

function seenIn(event: ResultEvent): Declared | null {
  const { after, result, status } = event;
  const summed = isMap(result) && Array.isArray(result.results);
  if (summed || status === "skipped" || status === "deferred") return null;
  const params = { ...(isMap(after) ? after : {}), ...(isMap(result) ? result : {}) };
  const origin = { source: "run" as const, place: event.position, task: event.name, taskId: event.taskId, status };
  return { host: event.on ?? event.host, module: event.module, params, origin };
}
