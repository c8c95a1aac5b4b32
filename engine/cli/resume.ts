import { createHash } from "node:crypto";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Module } from "../module/define-module.ts";
import type { Task } from "../plan/task.ts";
import type { Recalled } from "../run/context/passing.ts";
import type { ResultEvent } from "../run/events.ts";
import { hidden } from "../run/outcome/hidden.ts";
import type { Outcome } from "../run/outcome/outcome.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { type JournaledRun, readJournal, runIds, stateOf } from "./read-journal.ts";

/** The site as a run has read it: of an unchanged one the same tasks have the same ids. */
export function siteDigest(texts: readonly (readonly [file: string, text: string])[]): string {
  const hash = createHash("sha256");
  for (const [file, text] of [...texts].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(JSON.stringify([file, text]));
  return hash.digest("hex");
}

/** The run to go on after, or why there is none. */
export type Resumable =
  | { readonly kind: "found"; readonly id: string; readonly recall: (host: string, task: Task) => Recalled | null }
  | { readonly kind: "none"; readonly diagnostic: Diagnostic };

interface ResumeRequest {
  readonly root: string;
  readonly playbooks: readonly string[];
  /** Which part of the hosts; each goes on after its own. */
  readonly shard?: string | undefined;
  /** Of the site as it is now. */
  readonly digest: string;
  readonly modules: ReadonlyMap<string, Module>;
  alive(pid: number): boolean;
}

/** `--resume`: the last run of these playbooks, if it has not come to a good end and the site is as it was. */
export function findResumable({ root, playbooks, shard, digest, modules, alive }: ResumeRequest): Resumable {
  const none = (message: string, hint: string): Resumable => ({
    kind: "none",
    diagnostic: { code: "nothing-to-resume", message, hint },
  });
  const without = "run it without --resume: what is done is found and left alone";
  for (const id of [...runIds(root)].reverse()) {
    const run = readJournal(root, id);
    if (run === null || run.started.check || !sameList(run.started.playbooks, playbooks)) continue;
    if (run.call?.shard !== shard) continue;
    const state = stateOf(run, alive);
    if (state === "runs") return none(`run ${id} of ${playbooks.join(", ")} goes on still`, "wait for its end");
    if (run.recap?.exitCode === 0) return none(`run ${id} of ${playbooks.join(", ")} came to its end`, without);
    if (run.call === null) return none(`the journal of run ${id} does not say how it was called`, without);
    if (run.call.site !== digest) return none(`files of the site have changed since run ${id}`, without);
    return { kind: "found", id, recall: recaller(chainOf(root, run), id, modules) };
  }
  return none(`no run of ${playbooks.join(", ")} is kept in .lab/runs`, without);
}

/** The run, and those that it has gone on after itself, oldest first. */
function chainOf(root: string, run: JournaledRun): readonly JournaledRun[] {
  const before = run.call?.resumes === undefined ? null : readJournal(root, run.call.resumes);
  return [...(before && before.id < run.id ? chainOf(root, before) : []), run];
}

/**
 * A task is passed over on a host as long as all tasks before it were done there, too. It is not looked at again, and what it has
 * registered is what it was. Once more run: what touches no host but only sets variables, and what has registered something that
 * the journal does not hold, because it was secret.
 */
function recaller(
  runs: readonly JournaledRun[],
  id: string,
  modules: ReadonlyMap<string, Module>,
): (host: string, task: Task) => Recalled | null {
  const done = new Map<string, { readonly run: string; readonly event: ResultEvent }>();
  for (const run of runs) {
    for (const event of run.events) {
      if (event.type !== "result" || event.kind !== "task" || event.reason?.startsWith("done in run ")) continue;
      done.set(`${event.host} ${event.taskId}`, { run: run.id, event });
    }
  }
  const beyond = new Set<string>();
  return (host, task) => {
    // What a loop of includes comes to may be another order now: its tasks find what is done by themselves.
    if (task.handler || task.id.includes("#") || beyond.has(host)) return null;
    const known = done.get(`${host} ${task.id}`);
    if (known === undefined || !isDone(known.event)) {
      beyond.add(host);
      return null;
    }
    if (modules.get(task.source.module)?.kind === "controller") return null;
    const outcome = outcomeOf(known.event);
    if (task.source.keywords.register && (outcome === null || task.context.noLog)) return null;
    return { run: id, outcome: outcome ?? nothing };
  };
}

const nothing: Outcome = { status: "ok", changed: false, because: [], result: {}, warnings: [] };

function isDone({ status, ignored }: ResultEvent): boolean {
  return status === "ok" || status === "changed" || status === "skipped" || ignored === true;
}

/** Null: something of it was hidden, so it is not what it was. */
function outcomeOf({ status, changed, reason, result = {}, attempt }: ResultEvent): Outcome | null {
  if (!isMap(result) || hides(result) || (reason !== undefined && hides(reason))) return null;
  return {
    status,
    changed,
    because: [],
    ...(reason !== undefined && { reason }),
    ...(attempt > 1 && { attempt }),
    result,
    warnings: [],
  };
}

function hides(value: Value): boolean {
  if (typeof value === "string") return value.includes("***") || value === hidden;
  if (isList(value)) return value.some(hides);
  return isMap(value) && Object.values(value).some(hides);
}

function sameList(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((each, index) => each === other[index]);
}
