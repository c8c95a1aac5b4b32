import type { LookingModule, Probes } from "../module/define-module.ts";
import type { OpReply, ReadOp } from "../ops/ir.ts";
import type { BoundTask } from "../plan/bound-task.ts";
import { namesSetBy, setsAnything } from "../plan/check-variables.ts";
import { observeTask } from "../plan/observe-task.ts";
import { contributionsRead } from "../plan/param-schema.ts";
import type { Task } from "../plan/task.ts";
import { actsElsewhere } from "./acting.ts";
import { bindItem, type Item, occurrencesOf } from "./bind-items.ts";
import type { HostRun } from "./host-run.ts";
import type { PlacedProbe, Recall } from "./host-session.ts";
import type { RunContext } from "./run-context.ts";
import { type PlayRun, veiled } from "./scope-of.ts";
import { placed, placedProbes } from "./task-run.ts";

/** More looks than this are not put into one script in advance. */
const maxProbes = 400;
/** A window this large is that of a host on which nothing has changed for a while. */
const quietWindow = 32;

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
  current: {
    readonly task: Task;
    readonly itemsLeft: readonly Item[];
    /** What is known of the first looks already: those of tasks that have been looked at once are followed by their second. */
    readonly recall?: Recall | undefined;
  },
  upcoming: Iterable<Task>,
): readonly PlacedProbe[] {
  const probes: PlacedProbe[] = [];
  if (context.options.lookAhead === 0) return probes;
  // Second looks may be long ones (a sum, a scan of disks): while things change they wait for their turn.
  const recall = host.window >= quietWindow ? current.recall : undefined;
  if (!collect(context, play, host, current.task, current.itemsLeft, probes, recall)) return probes;
  // Nothing past a guard is looked at until it has passed.
  if (current.task.source.keywords.guard) return probes;
  if (setsAnything(current.task, context)) return probes;
  const notYet = new Set(namesSetBy(current.task, context.modules, context.files));
  let left = Math.min(host.window, context.options.lookAhead);
  for (const task of upcoming) {
    if (left === 0 || probes.length >= maxProbes) break;
    left -= 1;
    const module = context.modules.get(task.source.module);
    if (!module) break;
    // One that acts on another host is looked at there, in its turn; one that runs once for all, on the first host.
    const others = task.context.runOnce !== undefined && play.hosts[0] !== host.name;
    if (module.kind !== "controller" && !actsElsewhere(task) && !others) {
      // What others contribute is complete only when it is this task's turn.
      if (contributionsRead(module).size > 0) break;
      if (module.ahead === false || (module.kind === "reading" && module.settle)) break;
      const self = veiled(host, notYet);
      const occurrences = occurrencesOf(context, play, self, task);
      if (occurrences.kind === "unknown" || occurrences.kind === "invalid") break;
      if (
        occurrences.kind === "occurrences" &&
        !collect(context, play, self, task, occurrences.items ?? [null], probes, recall)
      )
        break;
    }
    if (task.source.keywords.guard) break;
    if (setsAnything(task, context)) break;
    for (const name of namesSetBy(task, context.modules, context.files)) notYet.add(name);
  }
  return probes;
}

/** Adds the looks of a task's occurrences; false if one of them cannot be bound yet. */
function collect(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  task: Task,
  items: readonly (Item | null)[],
  probes: PlacedProbe[],
  recall: Recall | undefined,
): boolean {
  for (const item of items) {
    if (probes.length >= maxProbes) return false;
    const bind = bindItem(context, play, host, task, item);
    if (bind.kind === "skipped") continue;
    if (bind.kind !== "bound") return false;
    const { bound } = bind;
    if (bound.module.kind === "controller") continue;
    const wanted = bound.module.probes(bound.params);
    if (typeof bound.module.ahead === "function" && !bound.module.ahead(bound.params)) return false;
    if (task.source.keywords.reads || inItsTurn(bound.module, wanted)) return false;
    probes.push(...placedProbes(bound, wanted));
    if (recall) probes.push(...secondProbes(bound, bound.module, wanted, host, recall));
  }
  return true;
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
    // A fault of that module is told when it is its turn, not as one of the task that is looked at now.
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
