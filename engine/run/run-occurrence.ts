import type { Task } from "../plan/task.ts";
import { bindItem, type Item, itemScope } from "./bind-items.ts";
import { hangingOn } from "./causes-of.ts";
import type { HostRun } from "./host-run.ts";
import type { Recall } from "./host-session.ts";
import { judgeOutcome } from "./judge-outcome.ts";
import { leaveUnknown } from "./leave-unknown.ts";
import { aheadProbes } from "./look-ahead.ts";
import { noteContribution } from "./note-contribution.ts";
import type { Outcome } from "./outcome.ts";
import { perform } from "./perform.ts";
import type { RunContext } from "./run-context.ts";
import { type PlayRun, taskScope, withRuntime } from "./scope-of.ts";
import { withheld } from "./withheld.ts";

/** Runs one occurrence of a task on a host: the task itself, or one item of its loop. */
export async function runOccurrence(
  context: RunContext,
  play: PlayRun,
  task: Task,
  host: HostRun,
  item: Item | null,
  itemsLeft: readonly Item[],
  upcoming: () => Iterable<Task>,
  causes: readonly string[],
): Promise<Outcome> {
  const bind = bindItem(context, play, host, task, item);
  if (bind.kind !== "bound") {
    const outcome = hangingOn(withheld(play, bind), causes);
    leaveUnknown(context, host, task, outcome);
    return outcome;
  }
  for (const secret of bind.secrets) context.hide(secret);
  const scope = taskScope(context, play, host, task);
  const ahead = (recall?: Recall) => aheadProbes(context, play, host, { task, itemsLeft, recall }, upcoming());
  const outcome = hangingOn(await perform(context, host, scope, bind.bound, ahead), causes);
  if (outcome.set) withRuntime(host, outcome.set, task.source.place);
  leaveUnknown(context, host, task, outcome);
  const own = item ? itemScope(scope, task.source.keywords, item) : scope;
  const judged = judgeOutcome(task, own, outcome);
  noteContribution(context, host, task, judged, item?.index ?? 0);
  return judged;
}
