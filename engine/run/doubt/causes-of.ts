import { namesSetBy } from "../../plan/check-variables.ts";
import type { PlainEntry, Task } from "../../plan/task.ts";
import { usesInParams } from "../../plan/uses-in-params.ts";
import { usesInEntry, usesInSource, usesInUntil } from "../../plan/uses-in-play.ts";
import type { VariableUse } from "../../value/expression.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { PlayRun } from "../context/scope-of.ts";
import { deferred, type Outcome } from "../outcome/outcome.ts";

/**
 * Check mode: the pending tasks on which the variables hang that a task reads. A variable that was made from a look which
 * was only assumed is itself only assumed, and so is what a task makes of it, also that it is skipped. Read is taken to
 * be whatever the task and the templates of its variables name: rather one too many than a certainty that is none.
 */
export function causesOf(context: RunContext, play: PlayRun, host: HostRun, entry: PlainEntry): readonly string[] {
  if (!context.options.check) return [];
  const hanging = [...play.hostRuns.values()].filter((each) => each.hanging.size > 0);
  if (hanging.length === 0 && play.hostsHangOn.size === 0) return [];
  const causes = new Set<string>();
  for (const name of namesRead(context, host, entry)) {
    for (const id of host.hanging.get(name) ?? []) causes.add(id);
    // In an order that does not tell which host came to it first.
    if (name === "play_hosts") for (const id of [...play.hostsHangOn].sort()) causes.add(id);
    // Which host's variables are read through `hostvars` may itself be computed, and it may be this one.
    if (name === "hostvars")
      for (const each of hanging) for (const ids of each.hanging.values()) for (const id of ids) causes.add(id);
  }
  return [...causes];
}

/** The variables that a task comes to read, through the templates of others too. */
export function namesRead(context: RunContext, host: HostRun, entry: PlainEntry): ReadonlySet<string> {
  const layers = [
    ...host.inventory.layers,
    ...entry.context.layers,
    ...entry.context.guards.flatMap((guard) => guard.layers),
  ];
  const queue: VariableUse[] = [
    ...usesInEntry(entry),
    ...usesInUntil(entry.source.keywords),
    ...usesInParams(entry, context),
    ...entry.context.guards.flatMap(({ expression }) => expression.uses),
  ];
  const names = new Set<string>();
  for (let use = queue.shift(); use; use = queue.shift()) {
    const name = use.name === "vars" ? use.path[0] : use.name;
    if (name === undefined) {
      // `vars[…]`: any of them.
      for (const each of host.hanging.keys()) names.add(each);
      continue;
    }
    if (names.has(name)) continue;
    names.add(name);
    for (const layer of layers) {
      const content = layer.variables.get(name)?.content;
      if (content?.kind === "source") queue.push(...usesInSource(content.source));
    }
  }
  return names;
}

/** The outcome with what its variables hang on. What fails because of an assumption may well work: it is deferred. */
export function hangingOn(outcome: Outcome, causes: readonly string[]): Outcome {
  if (causes.length === 0) return outcome;
  const because = [...new Set([...outcome.because, ...causes])];
  if (outcome.status !== "failed") return { ...outcome, because };
  return deferred(outcome.reason ?? "it fails with what is assumed", because, { warnings: outcome.warnings });
}

/** Notes on what the variables hang that a task has set. */
export function noteHanging(context: RunContext, host: HostRun, task: Task, outcome: Outcome): void {
  if (!context.options.check) return;
  for (const name of namesSetBy(task, context.modules, context.files)) {
    if (outcome.because.length > 0) host.hanging.set(name, outcome.because);
    else host.hanging.delete(name);
  }
}
