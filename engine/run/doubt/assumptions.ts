import type { Task } from "../../plan/task.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { deferred, type Outcome } from "../outcome/outcome.ts";
import { hangingOn } from "./causes-of.ts";
import { leaveUnknown } from "./leave-unknown.ts";

/**
 * Check mode: what a task hangs on by its place alone. In a block that can fail half-way, a task comes to run only if those
 * before it go well, and whether they do is not always certain.
 */
export function assumptionsOf({ assuming, perhapsOver }: HostRun): readonly string[] {
  return perhapsOver.length === 0 ? assuming : [...new Set([...perhapsOver, ...assuming])];
}

/** The outcome of a task at its place. */
export function atItsPlace(context: RunContext, host: HostRun, task: Task, outcome: Outcome): Outcome {
  const placed = hangingOn(outcome, assumptionsOf(host));
  // What would fail, but may never come to run, has become deferred: what it leaves behind is not known.
  if (placed.status === "deferred" && outcome.status !== "deferred") leaveUnknown(context, host, task, placed);
  return placed;
}

/** A rescue that nobody knows yet whether it runs: what it would do is shown, and not done. */
export function heldBack(context: RunContext, host: HostRun, task: Task): Outcome | null {
  if (host.held === null) return null;
  const outcome = deferred(host.held.reason, host.held.because);
  leaveUnknown(context, host, task, outcome);
  return outcome;
}

/** Whether the run may find that it fails, for all that a check can tell. */
export function isDoubtful(task: Task, outcome: Outcome, host: HostRun): boolean {
  const { status, because, unrun, undecided } = outcome;
  if (status === "deferred" || undecided || because.length > 0) return true;
  if (status === "failed") return assumptionsOf(host).length > 0;
  // How a command ends is not foretold, unless the author's own condition says that it does not matter.
  return unrun === true && task.source.keywords.failedWhen === null;
}
