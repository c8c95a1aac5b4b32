import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { hasEventShape } from "../report/event-shape.ts";
import type { RecapEvent, ResultEvent, RunEvent, RunStarted } from "../run/events.ts";

/** The first line of a journal: how the run was called. It stands in no other output. */
export interface CallLine {
  readonly type: "call";
  /** Of the process on this machine. */
  readonly pid: number;
  readonly who: string;
  /** SHA-256 of all files of the site that were read before the run. */
  readonly site: string;
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  readonly limit?: string;
  readonly startAtTask?: string;
  /** Which part of the hosts: `2/4`. */
  readonly shard?: string;
  /** The run that it goes on after. */
  readonly resumes?: string;
}

/** A run as its journal tells of it. */
export interface JournaledRun {
  readonly id: string;
  readonly call: CallLine | null;
  readonly started: RunStarted;
  readonly startedAt: string;
  /** When its last line was written. */
  readonly lastAt: string;
  /** Null: it was cut off, or goes on still. */
  readonly recap: RecapEvent | null;
  readonly events: readonly RunEvent[];
  /** Lines that are none: the last of a run that was killed while it wrote. */
  readonly torn: number;
}

export function runsFolder(root: string): string {
  return join(root, ".lab", "runs");
}

/** The ids of all journals, oldest first: they begin with their time. */
export function runIds(root: string): readonly string[] {
  let names: readonly string[];
  try {
    names = readdirSync(runsFolder(root));
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".jsonl"))
    .map((name) => name.slice(0, -".jsonl".length))
    .sort();
}

/** Null: there is no such journal, or it holds no run. */
export function readJournal(root: string, id: string): JournaledRun | null {
  let text: string;
  try {
    text = readFileSync(join(runsFolder(root), `${id}.jsonl`), "utf8");
  } catch {
    return null;
  }
  const events: RunEvent[] = [];
  let call: CallLine | null = null;
  let started: RunStarted | null = null;
  let recap: RecapEvent | null = null;
  let [startedAt, lastAt] = ["", ""];
  let torn = 0;
  for (const line of text.split("\n")) {
    if (line === "") continue;
    const event = parse(line);
    if (event === null) {
      torn += 1;
      continue;
    }
    lastAt = event.time;
    if (event.line.type === "call") {
      call = event.line;
      continue;
    }
    events.push(event.line);
    if (event.line.type === "recap") recap = event.line;
    if (event.line.type !== "run") continue;
    started = event.line;
    startedAt = event.time;
  }
  return started && { id, call, started, startedAt, lastAt, recap, events, torn };
}

type Line = CallLine | RunEvent;
function parse(line: string): { readonly line: Line; readonly time: string } | null {
  try {
    const value: Line & { readonly time?: unknown } = JSON.parse(line);
    if (typeof value !== "object" || value === null || typeof value.type !== "string") return null;
    if (value.type !== "call" && !hasEventShape(value)) return null;
    return { line: value, time: typeof value.time === "string" ? value.time : "" };
  } catch {
    return null;
  }
}

/** Where a run stands: it has ended, it goes on, or nothing more will come of it. */
export function stateOf({ recap, call }: JournaledRun, alive: (pid: number) => boolean): "ended" | "runs" | "cut off" {
  if (recap) return "ended";
  return call !== null && alive(call.pid) ? "runs" : "cut off";
}

/** What a run has left unfinished on a host. */
export interface LeftOpen {
  readonly host: string;
  /** The last task that was done, as the run told. */
  readonly last: ResultEvent | null;
  readonly changed: number;
  readonly done: number;
  /** Steps that were sent, and of which nobody knows whether they happened. */
  readonly inFlight: readonly { readonly task: string; readonly step: string }[];
  /** Handlers that were called for and have not succeeded. */
  readonly pending: readonly string[];
  readonly failed: readonly ResultEvent[];
}

/** What became of each host, from the events of a run in their order. */
export function leftOpen({ events, started }: Pick<JournaledRun, "events" | "started">): readonly LeftOpen[] {
  const names = new Map(events.flatMap((event) => (event.type === "task" ? [[event.id, event.name] as const] : [])));
  const hosts = [
    ...new Set([...started.hosts, ...events.flatMap((each) => (each.type === "result" ? [each.host] : []))]),
  ];
  return hosts.map((host) => {
    const results = events.filter(
      (event): event is ResultEvent => event.type === "result" && event.host === host && event.kind !== "item",
    );
    const open = new Map<string, { task: string; step: string; count: number }>();
    const pending = new Set<string>();
    for (const event of events) {
      if (event.type === "step" && event.host === host) {
        const key = `${event.taskId} ${event.step}`;
        const count = (open.get(key)?.count ?? 0) + (event.state === "intent" ? 1 : event.state === "unknown" ? 0 : -1);
        open.set(key, { task: names.get(event.taskId) ?? event.taskId, step: event.step, count });
      }
      // Whatever a task has sent is told of by its result; only what came of unknown steps stays open.
      if (event.type === "result" && event.host === host && event.kind !== "item" && event.status !== "failed")
        for (const key of [...open.keys()]) if (key.startsWith(`${event.taskId} `)) open.delete(key);
      if (event.type === "notify" && event.host === host) {
        if (event.state === "recorded") pending.add(event.handler);
        else if (event.state === "cleared") pending.delete(event.handler);
      }
    }
    const good = results.filter(({ status }) => status === "ok" || status === "changed" || status === "skipped");
    return {
      host,
      last: good.at(-1) ?? null,
      changed: results.filter(({ changed }) => changed).length,
      done: good.length,
      inFlight: [...open.values()].filter(({ count }) => count > 0).map(({ task, step }) => ({ task, step })),
      pending: [...pending],
      failed: results.filter(
        (each) => (each.status === "failed" || each.status === "unreachable") && !each.ignored && !each.rescued,
      ),
    };
  });
}
