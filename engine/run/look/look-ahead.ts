import type { LookingModule, Module, Probes } from "../../module/define-module.ts";
import type { OpReply, ReadOp } from "../../ops/ir.ts";
import type { BoundTask } from "../../plan/bound-task.ts";
import { namesSetBy, setsAnything } from "../../plan/check-variables.ts";
import { observeTask } from "../../plan/observe-task.ts";
import { contributionsRead } from "../../plan/param-schema.ts";
import type { Task } from "../../plan/task.ts";
import { actsElsewhere } from "../bind/acting.ts";
import { bindItem, type Item, occurrencesOf } from "../bind/bind-items.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, veiled } from "../context/scope-of.ts";
import type { PlacedProbe, Recall, Ride } from "../session/host-session.ts";
import { keyOf } from "../session/probe-sections.ts";
import { expectsChange } from "./expect-change.ts";
import { placed, placedProbes } from "./task-run.ts";

/** More looks than this are not put into one script in advance. */
const maxProbes = 800;

/**
 * The first looks of tasks that come later, to ride on a trip that is made anyway. Only what can be known now is
 * looked at: the window ends at the first task that reads a result which is not there yet, that looks in its own turn,
 * or that cannot be bound. What is seen is used only if nothing was written since, so that the outcome is that of
 * strictly sequential execution.
 */
export function aheadProbes(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  current: { readonly task: Task; readonly itemsLeft: readonly Item[] },
  upcoming: Iterable<Task>,
  ride: Ride,
): readonly PlacedProbe[] {
  const { tasks, changes } = host.window.reach(ride);
  const gathered: Gathered = { looks: new Map(), changesLeft: changes, ride };
  const found = (): readonly PlacedProbe[] => [...gathered.looks.values()];
  if (!collect(context, play, host, current.task, current.itemsLeft, gathered)) return found();
  // Nothing past a guard is looked at until it has passed.
  if (current.task.source.keywords.guard) return found();
  if (setsAnything(current.task, context)) return found();
  const now = context.modules.get(current.task.source.module);
  if (now && waits(current.task, now)) return found();
  const notYet = new Set(namesSetBy(current.task, context.modules, context.files));
  let left = tasks;
  for (const task of upcoming) {
    if (left === 0) break;
    left -= 1;
    const module = context.modules.get(task.source.module);
    if (!module) break;
    // One that acts on another host is looked at there, in its turn; one that runs once for all, on the first host.
    const others = task.context.runOnce !== undefined && play.hosts[0] !== host.name;
    if (waits(task, module)) break;
    if (module.kind !== "controller" && !actsElsewhere(task) && !others) {
      // What others contribute is complete only when it is this task's turn.
      if (contributionsRead(module).size > 0) break;
      if (module.ahead === false) break;
      const self = veiled(host, notYet);
      const occurrences = occurrencesOf(context, play, self, task);
      if (occurrences.kind === "unknown" || occurrences.kind === "invalid") break;
      if (
        occurrences.kind === "occurrences" &&
        !collect(context, play, self, task, occurrences.items ?? [null], gathered)
      )
        break;
    }
    if (task.source.keywords.guard) break;
    if (setsAnything(task, context)) break;
    for (const name of namesSetBy(task, context.modules, context.files)) notYet.add(name);
  }
  return found();
}

/** What was seen before it does not count for it, nor for what comes behind it, wherever and for whomever it waits. */
export function waits({ source: { keywords } }: Task, module: Module): boolean {
  return (
    keywords.until !== undefined ||
    keywords.retries !== undefined ||
    (module.kind === "reading" && module.settle !== undefined)
  );
}

/** What a trip is to take along. */
interface Gathered {
  /** By what is asked: many tasks look at the same. */
  readonly looks: Map<string, PlacedProbe>;
  changesLeft: number;
  readonly ride: Ride;
}

/** Adds the looks of a task's occurrences; false if nothing behind them is to be looked at. */
function collect(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Task,
  items: readonly (Item | null)[],
  gathered: Gathered,
): boolean {
  const { looks, ride } = gathered;
  const add = (placed: PlacedProbe): void => {
    if (ride.memory.known(placed) === null) looks.set(keyOf(placed), placed);
  };
  for (const item of items) {
    if (looks.size >= maxProbes) return false;
    const bind = bindItem(context, play, host, task, item);
    if (bind.kind === "skipped") continue;
    if (bind.kind !== "bound") return false;
    const { bound } = bind;
    const { module } = bound;
    if (module.kind === "controller") continue;
    const wanted = probesAhead(bound, module);
    if (wanted === null) return false;
    for (const each of placedProbes(bound, wanted)) add(each);
    for (const each of secondProbes(bound, module, wanted, host, ride.memory.known)) add(each);
    // In a check nothing is written, so that all that is seen goes on to count.
    if (host.session.kind === "writing" && expectsChange(bound, module, wanted, ride.memory.remembered)) {
      gathered.changesLeft -= 1;
      if (gathered.changesLeft <= 0) return false;
    }
  }
  return true;
}

/**
 * Its first look; null where that waits for its turn. So does a fault of that module: it is told then, not as one of the task that
 * is looked at now.
 */
function probesAhead(bound: BoundTask, module: LookingModule): Probes | null {
  try {
    if (typeof module.ahead === "function" && !module.ahead(bound.params)) return null;
    const wanted = module.probes(bound.params);
    return bound.task.source.keywords.reads || inItsTurn(module, wanted) ? null : wanted;
  } catch {
    return null;
  }
}

/** Where its second look goes, if all of the first is known. One that cannot be told yet is found in its turn. */
function secondProbes(
  bound: BoundTask,
  module: LookingModule,
  first: Probes,
  host: HostRun,
  recall: Recall,
): readonly PlacedProbe[] {
  if (!module.probesAfter) return [];
  const replies = new Map<ReadOp, OpReply>();
  for (const probe of Object.values(first)) {
    const reply = probe && recall(placed(bound, probe));
    if (reply === null) return [];
    if (probe && reply) replies.set(probe, reply);
  }
  const overlay = host.session.kind === "looking" ? host.overlay : null;
  const seen = observeTask(first, (probe) => replies.get(probe) ?? { kind: "unknown" }, overlay);
  if (seen.kind === "blind") return [];
  try {
    return placedProbes(bound, module.probesAfter(bound.params, seen.observed as never));
  } catch {
    return [];
  }
}

/** Whether its looks wait for the task's turn: they are costly, or a command of the user's own (`unless`). */
export function inItsTurn(module: LookingModule, probes: Probes): boolean {
  if (module.ahead === false) return true;
  return (
    module.kind === "action" && module.mayRead === true && Object.values(probes).some((each) => each?.kind === "exec")
  );
}
