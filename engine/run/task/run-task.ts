import { taskName } from "../../plan/bind-task.ts";
import type { Task } from "../../plan/task.ts";
import type { Scope } from "../../value/scope.ts";
import { actsElsewhere } from "../bind/acting.ts";
import { type Item, itemScope, occurrencesOf } from "../bind/bind-items.ts";
import { flagOf, throttleOf } from "../bind/flag-of.ts";
import { runsOnce, shareResult } from "../bind/run-once.ts";
import { withheld } from "../bind/withheld.ts";
import type { Call } from "../context/call.ts";
import { eachLimited } from "../context/each-limited.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { type PlayRun, taskScope } from "../context/scope-of.ts";
import type { Frame, Upcoming } from "../context/walk.ts";
import { atItsPlace, heldBack, isDoubtful } from "../doubt/assumptions.ts";
import { causesOf, hangingOn, noteHanging } from "../doubt/causes-of.ts";
import { leaveUnknown, register } from "../doubt/leave-unknown.ts";
import { neverKnown } from "../doubt/never-known.ts";
import { factsOwedTo } from "../look/gather-facts.ts";
import { waits } from "../look/look-ahead.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { reaching } from "../perform/perform.ts";
import { contributionCauses, noteTurn } from "./note-contribution.ts";
import { noteFailure } from "./note-failure.ts";
import { isWanted, passOver } from "./pass-over.ts";
import { resultEvent } from "./result-event.ts";
import { runOccurrence } from "./run-occurrence.ts";
import { sumOutcomes } from "./sum-outcomes.ts";

/** Told of each task that changed something, or may come to. */
export type Notify = (host: HostRun, task: Task, call: Call) => void;

/** A task where it stands: what is around it, and what comes next. */
export interface Turn {
  readonly task: Task;
  readonly frame: Frame;
  readonly upcoming: Upcoming;
  readonly notify: Notify;
}

/** Runs one task on its hosts, as many at a time as there are forks and its `throttle` lets through. */
export async function runTask(
  context: RunContext,
  play: RunningPlay,
  turn: Turn,
  hosts: readonly HostRun[],
): Promise<void> {
  const { task } = turn;
  const [first, ...others] = hosts;
  if (!first || !(await isWanted(context, play, task, first))) return;
  announce(context, play, task, first);
  first.shared.contributions.turn();
  const throttle = throttleOf(context, play, first, task);
  const once = runsOnce(context, play, first, task);
  const { runtime } = first;
  const job = (host: HostRun): Promise<void> => runOnHost(context, play, turn, host);
  if (play.free) await Promise.all(hosts.map((host) => play.limits.run(task.id, throttle, () => job(host))));
  else {
    const { forks } = context.options;
    const most = takesTurns(context, task) ? 1 : forks;
    await eachLimited(once ? [first] : hosts, throttle > 0 ? Math.min(throttle, most) : most, job);
  }
  if (once) shareResult(first, runtime, others);
}

/**
 * Whether one host waits for the other: several may act on one and the same then, which takes one at a time anyway, and in which
 * order they come must not hang on who is faster. What only looks need not wait.
 */
function takesTurns({ modules }: RunContext, task: Task): boolean {
  return actsElsewhere(task) && modules.get(task.source.module)?.kind !== "reading";
}

function announce(context: RunContext, play: RunningPlay, task: Task, first: HostRun): void {
  if (play.free && play.announced.has(task.id)) return;
  play.announced.add(task.id);
  context.emit({
    type: "task",
    id: task.id,
    parent: task.parent,
    name: taskName(task, taskScope(context, play, first, task)),
    module: task.source.module,
    kind: task.handler ? "handler" : "task",
    ...(task.context.role && { role: task.context.role.name }),
    position: task.source.place,
  });
}

/** What came of a task on a host beside its outcome. */
interface Aftermath {
  /** The scopes in which something changed, or may come to: a handler's name may be made from the item. */
  readonly calls: Call[];
  /** Check mode: the run may find that it fails. */
  doubtful: boolean;
}

async function runOnHost(context: RunContext, play: RunningPlay, turn: Turn, host: HostRun): Promise<void> {
  const { task, frame } = turn;
  // With strategy free the play may have ended for it while it waited for its turn.
  if (host.state !== "active" || passOver(context, play, host, task)) return;
  const startedAt = context.now().getTime();
  const after: Aftermath = { calls: [], doubtful: false };
  const outcome = await outcomeOf(context, play, turn, host, after);
  const scope = taskScope(context, play, host, task);
  if (after.calls.length === 0) after.calls.push(...callsOf(outcome, scope));
  const ignored = ignores(context, play, host, task, outcome);
  const rescued = outcome.status === "failed" && !ignored && frame.rescued;
  const name = taskName(task, scope);
  noteHanging(context, host, task, outcome);
  noteTurn(context, host, task, outcome);
  if (outcome.status !== "skipped") letTimePass(context, play, host, task);
  register(task, host, outcome);
  count(context, host, task, outcome, { ignored, rescued });
  if (outcome.status === "unreachable" && !ignored) host.state = "unreachable";
  else if (outcome.status === "failed" && !ignored)
    noteFailure(host, { ...task, name, module: task.source.module, place: task.source.place }, outcome, rescued);
  if (context.options.check && after.doubtful && !ignoresFailure(context, play, host, task)) {
    host.shared.doubts.add(task.id);
    if (frame.pending) host.assuming = [...host.assuming, task.id];
  }
  context.emit(
    resultEvent(context, task, host.name, outcome, {
      name,
      kind: task.handler ? "handler" : "task",
      ignored,
      rescued,
      durationMs: context.now().getTime() - startedAt,
    }),
  );
  if (outcome.status === "unreachable" && !ignored) {
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
  for (const call of after.calls) turn.notify(host, task, call);
}

/** Who waits does so for all that wait for it: for the batch, which goes on together, or for its own host, wherever it was done. */
function letTimePass(context: RunContext, play: RunningPlay, host: HostRun, task: Task): void {
  const module = context.modules.get(task.source.module);
  if (module === undefined || !waits(task, module)) return;
  if (play.free) host.session.forget();
  else host.shared.everywhere.writes += 1;
}

async function outcomeOf(
  context: RunContext,
  play: RunningPlay,
  turn: Turn,
  host: HostRun,
  after: Aftermath,
): Promise<Outcome> {
  const { task } = turn;
  const held = heldBack(context, host, task);
  if (held) {
    after.doubtful = true;
    return held;
  }
  const lost = await factsOwedTo(context, play, host, task);
  if (lost) return lost;
  const causes = [...new Set([...causesOf(context, play, host, task), ...contributionCauses(context, host, task)])];
  const occurrences = occurrencesOf(context, play, host, task);
  const place = (outcome: Outcome): Outcome => {
    if (isDoubtful(task, outcome, host)) after.doubtful = true;
    return neverKnown(context, task, atItsPlace(context, host, task, outcome));
  };
  if (occurrences.kind !== "occurrences") {
    const outcome = hangingOn(withheld(play, host, occurrences), causes);
    leaveUnknown(context, host, task, outcome);
    return place(outcome);
  }
  if (occurrences.items === null) {
    const { upcoming } = turn;
    return place(await runOccurrence(context, play, host, { task, item: null, itemsLeft: [], upcoming, causes }));
  }
  return runLoop(context, play, turn, host, { items: occurrences.items, causes, calls: after.calls, place });
}

/** Whether handlers are called for. What was done before a step failed is a change, and its handlers must not be lost; a command that failed is none. */
function callsOf(outcome: Outcome, scope: Scope): readonly Call[] {
  if (outcome.status === "deferred" || outcome.undecided) {
    return [{ scope, certainty: "deferred", because: outcome.because }];
  }
  return outcome.changed && outcome.exit !== true ? [{ scope, certainty: "changed", because: outcome.because }] : [];
}

interface Loop {
  readonly items: readonly Item[];
  readonly causes: readonly string[];
  /** Where to put what the items call for. */
  readonly calls: Call[];
  /** What an outcome becomes by where the task stands. */
  readonly place: (outcome: Outcome) => Outcome;
}

async function runLoop(
  context: RunContext,
  play: RunningPlay,
  { task, upcoming }: Turn,
  host: HostRun,
  { items, causes, calls, place }: Loop,
): Promise<Outcome> {
  const { pauseMs } = task.source.keywords.loopControl;
  const outcomes: Outcome[] = [];
  for (const item of items) {
    const startedAt = context.now().getTime();
    const pausing = item.index > 0 && pauseMs > 0 && !context.options.check;
    const lost = pausing ? await reaching(context, host, () => pause(context, play, task, host, pauseMs)) : null;
    const itemsLeft = items.slice(item.index + 1);
    const outcome = place(
      lost ?? (await runOccurrence(context, play, host, { task, item, itemsLeft, upcoming, causes })),
    );
    outcomes.push(outcome);
    const scope = itemScope(taskScope(context, play, host, task), task.source.keywords, item);
    calls.push(...callsOf(outcome, scope));
    context.emit(
      resultEvent(context, task, host.name, outcome, {
        name: taskName(task, scope),
        kind: "item",
        item,
        ignored: ignores(context, play, host, task, outcome),
        rescued: false,
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

function ignoresFailure(context: RunContext, play: PlayRun, host: HostRun, task: Task): boolean {
  return flagOf(context, play, host, task, "ignore_errors");
}

/** Whether the host goes on all the same. */
function ignores(context: RunContext, play: PlayRun, host: HostRun, task: Task, outcome: Outcome): boolean {
  if (outcome.status === "failed") return ignoresFailure(context, play, host, task);
  if (outcome.status !== "unreachable") return false;
  return flagOf(context, play, host, task, "ignore_unreachable");
}

function count(
  context: RunContext,
  host: HostRun,
  task: Task,
  outcome: Outcome,
  { ignored, rescued }: { readonly ignored: boolean; readonly rescued: boolean },
): void {
  const { check } = context.options;
  // A dry run inside of a real one tells what it would do, but the host has not been changed.
  const dry = !check && task.context.checkMode === true && outcome.status === "changed";
  if (ignored) host.tally.ignored += 1;
  else if (rescued) host.tally.rescued += 1;
  else host.tally[dry ? "ok" : outcome.status] += 1;
  if (check && outcome.because.length > 0 && outcome.status !== "deferred") host.tally.assumed += 1;
}
