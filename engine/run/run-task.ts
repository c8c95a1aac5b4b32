import { evaluating, taskName, writtenName } from "../plan/bind-task.ts";
import type { Task } from "../plan/task.ts";
import type { Scope } from "../value/scope.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { type Item, itemScope, occurrencesOf } from "./bind-items.ts";
import type { Call } from "./call.ts";
import { causesOf, hangingOn, noteHanging } from "./causes-of.ts";
import { eachLimited } from "./each-limited.ts";
import { factsOwedTo } from "./gather-facts.ts";
import type { HostRun } from "./host-run.ts";
import { leaveUnknown, register } from "./leave-unknown.ts";
import { contributionCauses, noteTurn } from "./note-contribution.ts";
import type { Outcome } from "./outcome.ts";
import { reaching } from "./perform.ts";
import { resultEvent } from "./result-event.ts";
import type { RunContext } from "./run-context.ts";
import { runOccurrence } from "./run-occurrence.ts";
import { type PlayRun, taskScope } from "./scope-of.ts";
import { sumOutcomes } from "./sum-outcomes.ts";
import { withheld } from "./withheld.ts";

/** Told of each task that changed something, or may come to. */
export type Notify = (host: HostRun, task: Task, call: Call) => void;

/** Runs one task on its hosts, as many at a time as there are forks. `upcoming` are the tasks after it, for looking ahead. */
export async function runTask(
  context: RunContext,
  play: PlayRun,
  task: Task,
  hosts: readonly HostRun[],
  upcoming: () => Iterable<Task>,
  notify: Notify,
): Promise<void> {
  context.emit({
    type: "task",
    id: task.id,
    parent: task.parent,
    name: hosts[0] ? taskName(task, taskScope(context, play, hosts[0], task)) : writtenName(task),
    module: task.source.module,
    kind: task.handler ? "handler" : "task",
    ...(task.context.role && { role: task.context.role.name }),
    position: task.source.place,
  });
  hosts[0]?.shared.contributions.turn();
  await eachLimited(hosts, context.options.forks, (host) => runOnHost(context, play, task, host, upcoming, notify));
}

async function runOnHost(
  context: RunContext,
  play: PlayRun,
  task: Task,
  host: HostRun,
  upcoming: () => Iterable<Task>,
  notify: Notify,
): Promise<void> {
  const startedAt = context.now().getTime();
  if (!(await factsOwedTo(context, play, host, task))) return;
  const causes = [...new Set([...causesOf(context, play, host, task), ...contributionCauses(context, host, task)])];
  const occurrences = occurrencesOf(context, play, host, task);
  let outcome: Outcome;
  /** The scopes in which something changed, or may come to: a handler's name may be made from the item. */
  const calls: Call[] = [];
  if (occurrences.kind !== "occurrences") {
    outcome = hangingOn(withheld(play, occurrences), causes);
    leaveUnknown(context, host, task, outcome);
  } else if (occurrences.items === null) {
    outcome = await runOccurrence(context, play, task, host, null, [], upcoming, causes);
  } else {
    outcome = await runLoop(context, play, task, host, occurrences.items, upcoming, causes, calls);
  }
  const scope = taskScope(context, play, host, task);
  if (calls.length === 0) calls.push(...callsOf(outcome, scope));
  const ignored = outcome.status === "failed" && ignores(task, scope);
  noteHanging(context, host, task, outcome);
  noteTurn(context, host, task, outcome);
  register(task, host, outcome);
  count(context, host, task, outcome, ignored);
  if (outcome.status === "unreachable") host.state = "unreachable";
  else if (outcome.status === "failed" && !ignored) host.state = "failed";
  // A change makes what was seen in advance worthless: look less far for a while, then further with each quiet task.
  host.window = outcome.changed ? windowAfterChange : Math.min(host.window * 2, maxWindow);
  context.emit(
    resultEvent(context, task, host.name, outcome, {
      name: taskName(task, scope),
      kind: task.handler ? "handler" : "task",
      ignored,
      durationMs: context.now().getTime() - startedAt,
    }),
  );
  if (outcome.status === "unreachable") {
    context.emit({
      type: "host",
      name: host.name,
      event: "unreachable",
      ...(outcome.reason !== undefined && { reason: outcome.reason }),
      ...(outcome.hint !== undefined && { hint: outcome.hint }),
    });
  }
  // A task that only ever runs dry has changed nothing that a handler would have to follow up.
  if (task.context.checkMode === true) return;
  for (const call of calls) notify(host, task, call);
}

const windowAfterChange = 8;
const maxWindow = 512;

/** Whether handlers are called for. What was done before a step failed is a change, and its handlers must not be lost; a command that failed is none. */
function callsOf(outcome: Outcome, scope: Scope): readonly Call[] {
  if (outcome.status === "deferred" || outcome.undecided) {
    return [{ scope, certainty: "deferred", because: outcome.because }];
  }
  return outcome.changed && outcome.exit !== true ? [{ scope, certainty: "changed", because: outcome.because }] : [];
}

async function runLoop(
  context: RunContext,
  play: PlayRun,
  task: Task,
  host: HostRun,
  items: readonly Item[],
  upcoming: () => Iterable<Task>,
  causes: readonly string[],
  calls: Call[],
): Promise<Outcome> {
  const { pauseMs } = task.source.keywords.loopControl;
  const outcomes: Outcome[] = [];
  for (const item of items) {
    const startedAt = context.now().getTime();
    const pausing = item.index > 0 && pauseMs > 0 && !context.options.check;
    const lost = pausing ? await reaching(context, host, () => pause(context, play, task, host, pauseMs)) : null;
    const itemsLeft = items.slice(item.index + 1);
    const outcome = lost ?? (await runOccurrence(context, play, task, host, item, itemsLeft, upcoming, causes));
    outcomes.push(outcome);
    const scope = itemScope(taskScope(context, play, host, task), task.source.keywords, item);
    calls.push(...callsOf(outcome, scope));
    context.emit(
      resultEvent(context, task, host.name, outcome, {
        name: taskName(task, scope),
        kind: "item",
        item,
        ignored: outcome.status === "failed" && ignores(task, scope),
        durationMs: context.now().getTime() - startedAt,
      }),
    );
    if (outcome.status === "unreachable" || context.interrupted()) break;
  }
  return sumOutcomes(outcomes, items);
}

async function pause(context: RunContext, play: PlayRun, task: Task, host: HostRun, ms: number): Promise<null> {
  const session = await host.session.looking(taskScope(context, play, host, task));
  await session.pause(ms);
  return null;
}

function ignores(task: Task, scope: Scope): boolean {
  const { ignoreErrors } = task.source.keywords;
  if (!ignoreErrors) return false;
  const value = evaluating(() => evaluateValue(ignoreErrors, scope));
  return value.kind === "value" && value.value === true;
}

function count(context: RunContext, host: HostRun, task: Task, outcome: Outcome, ignored: boolean): void {
  const { check } = context.options;
  // A dry run inside of a real one tells what it would do, but the host has not been changed.
  const dry = !check && task.context.checkMode === true && outcome.status === "changed";
  if (ignored) host.tally.ignored += 1;
  else host.tally[dry ? "ok" : outcome.status] += 1;
  if (check && outcome.because.length > 0 && outcome.status !== "deferred") host.tally.assumed += 1;
}
