import { BecomeFailed, Unreachable } from "../connection/connection.ts";
import { Bug, unreachable } from "../errors/bug.ts";
import { SiteError } from "../errors/site-error.ts";
import { evaluating, taskName, writtenName } from "../plan/bind-task.ts";
import type { BoundTask } from "../plan/bound-task.ts";
import { createOverlay } from "../plan/overlay.ts";
import type { Task } from "../plan/task.ts";
import type { Scope } from "../value/scope.ts";
import { Unknown } from "../value/unknown.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import { bindItem, type Item, itemScope, occurrencesOf, type Withheld } from "./bind-items.ts";
import { eachLimited } from "./each-limited.ts";
import type { HostRun } from "./host-run.ts";
import { firstMessage, hintOf, judgeOutcome } from "./judge-outcome.ts";
import { leaveUnknown, register } from "./leave-unknown.ts";
import { aheadProbes } from "./look-ahead.ts";
import { failed, type Outcome, ok } from "./outcome.ts";
import { performAction } from "./perform-action.ts";
import { performController } from "./perform-controller.ts";
import { performReading } from "./perform-reading.ts";
import { performState } from "./perform-state.ts";
import { resultEvent } from "./result-event.ts";
import type { RunContext } from "./run-context.ts";
import { type PlayRun, taskScope, withRuntime } from "./scope-of.ts";
import { sumOutcomes } from "./sum-outcomes.ts";
import type { Hand, TaskRun } from "./task-run.ts";

/** Told of each task that changed something, or may come to. */
export type Notify = (host: HostRun, task: Task, scope: Scope, certainty: "changed" | "deferred") => void;

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
  const occurrences = occurrencesOf(context, play, host, task);
  let outcome: Outcome;
  /** The scopes in which something changed: a handler's name may be made from the item. */
  const changedIn: Scope[] = [];
  if (occurrences.kind !== "occurrences") {
    outcome = withheld(host, occurrences);
    leaveUnknown(context, host, task, outcome);
  } else if (occurrences.items === null) {
    outcome = await runOnce(context, play, task, host, null, [], upcoming);
  } else {
    outcome = await runLoop(context, play, task, host, occurrences.items, upcoming, changedIn);
  }
  const scope = taskScope(context, play, host, task);
  const ignored = outcome.status === "failed" && ignores(task, scope);
  register(task, host, outcome);
  count(host, outcome, ignored, context.options.check);
  if (outcome.status === "unreachable") host.state = "unreachable";
  else if (outcome.status === "failed" && !ignored) host.state = "failed";
  host.window = outcome.changed ? 8 : Math.min(host.window * 2, 512);
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
  if (outcome.status === "deferred") notify(host, task, scope, "deferred");
  // A dry run inside of a real one has changed nothing that a handler would have to follow up.
  if (task.context.checkMode === true && !context.options.check) return;
  if (occurrences.kind === "occurrences" && occurrences.items !== null) {
    for (const own of changedIn) notify(host, task, own, "changed");
  } else if (hasChanged(outcome)) notify(host, task, scope, "changed");
}

/** What was done before a step failed is a change, and its handlers must not be lost; a command that failed is none. */
function hasChanged({ changed, exit }: Outcome): boolean {
  return changed && exit !== true;
}

async function runLoop(
  context: RunContext,
  play: PlayRun,
  task: Task,
  host: HostRun,
  items: readonly Item[],
  upcoming: () => Iterable<Task>,
  changedIn: Scope[],
): Promise<Outcome> {
  const { pauseMs } = task.source.keywords.loopControl;
  const outcomes: Outcome[] = [];
  for (const item of items) {
    const startedAt = context.now().getTime();
    const pausing = item.index > 0 && pauseMs > 0 && !context.options.check;
    const before = pausing ? await reaching(() => pause(context, play, task, host, pauseMs)) : null;
    const outcome = before ?? (await runOnce(context, play, task, host, item, items.slice(item.index + 1), upcoming));
    outcomes.push(outcome);
    const scope = itemScope(taskScope(context, play, host, task), task.source.keywords, item);
    if (hasChanged(outcome)) changedIn.push(scope);
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
  const session = await host.looking(taskScope(context, play, host, task));
  await session.pause(ms);
  return null;
}

async function runOnce(
  context: RunContext,
  play: PlayRun,
  task: Task,
  host: HostRun,
  item: Item | null,
  itemsLeft: readonly Item[],
  upcoming: () => Iterable<Task>,
): Promise<Outcome> {
  const bind = bindItem(context, play, host, task, item);
  if (bind.kind !== "bound") {
    const outcome = withheld(host, bind);
    leaveUnknown(context, host, task, outcome);
    return outcome;
  }
  for (const secret of bind.secrets) context.hide(secret);
  const scope = taskScope(context, play, host, task);
  const outcome = await reaching(() =>
    perform(context, host, scope, bind.bound, () => aheadProbes(context, play, host, { task, itemsLeft }, upcoming())),
  );
  if (outcome.set) withRuntime(host, outcome.set, task.source.place);
  leaveUnknown(context, host, task, outcome);
  const own = item ? itemScope(scope, task.source.keywords, item) : scope;
  return judgeOutcome(task, own, outcome);
}

/** A host that cannot be reached is an outcome; one that only refuses a user is there for other tasks. */
async function reaching<T>(work: () => Promise<T>): Promise<T | Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BecomeFailed) return failed(error.message, error.hint);
    if (!(error instanceof Unreachable)) throw error;
    return { ...failed(error.message, error.hint), status: "unreachable" };
  }
}

async function perform(
  context: RunContext,
  host: HostRun,
  scope: Scope,
  bound: BoundTask,
  ahead: TaskRun<unknown>["ahead"],
): Promise<Outcome> {
  const { module } = bound;
  if (module.kind === "controller") return performController({ ...bound, module });
  const hand: Hand =
    context.options.check || bound.checkOnly
      ? {
          kind: "looking",
          session: await host.looking(scope),
          overlay: context.options.check ? host.overlay : createOverlay(),
        }
      : { kind: "writing", session: await host.writing(scope) };
  const run = {
    hand,
    ahead,
    now: () => context.now(),
    onStep: (state: "intent" | "done" | "failed" | "unknown", step: string) =>
      context.emit({
        type: "step",
        taskId: bound.task.id,
        host: host.name,
        state,
        step: bound.noLog ? "(hidden by no_log)" : step,
      }),
  };
  return blaming(module.name, () => {
    switch (module.kind) {
      case "state":
        return performState({ ...run, bound: { ...bound, module } });
      case "reading":
        return performReading({ ...run, bound: { ...bound, module } });
      case "action":
        return performAction({ ...run, bound: { ...bound, module } });
      default:
        return unreachable(module);
    }
  });
}

/** A module that throws breaks its contract; the engine says which one it was. */
async function blaming<T>(module: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Bug || error instanceof SiteError) throw error;
    throw new Bug(`module "${module}" failed: ${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
}

function withheld(host: HostRun, held: Withheld): Outcome {
  switch (held.kind) {
    case "skipped":
      return { ...ok({}), status: "skipped", reason: held.reason };
    case "unknown":
      return {
        ...ok({}),
        status: "deferred",
        because: host.unknowns.get(held.why) ?? [],
        reason: `it reads what is not known yet: ${held.why}`,
        result: new Unknown(held.why),
      };
    case "invalid":
      return { ...failed(firstMessage(held.diagnostics), undefined), ...hintOf(held.diagnostics) };
    default:
      return unreachable(held);
  }
}

function ignores(task: Task, scope: Scope): boolean {
  const { ignoreErrors } = task.source.keywords;
  if (!ignoreErrors) return false;
  const value = evaluating(() => evaluateValue(ignoreErrors, scope));
  return value.kind === "value" && value.value === true;
}

function count(host: HostRun, outcome: Outcome, ignored: boolean, check: boolean): void {
  if (ignored) host.tally.ignored += 1;
  else host.tally[outcome.status] += 1;
  if (check && outcome.because.length > 0 && outcome.status !== "deferred") host.tally.assumed += 1;
}
