import { taskName } from "../../plan/bind-task.ts";
import type { Task } from "../../plan/task.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { type PlayRun, taskScope } from "../context/scope-of.ts";
import { register } from "../doubt/leave-unknown.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { resultEvent } from "./result-event.ts";

/** Whether the user wants a task to run. */
export async function isWanted(context: RunContext, play: PlayRun, task: Task, first: HostRun): Promise<boolean> {
  return context.passing?.mayRun(task, taskName(task, taskScope(context, play, first, task))) ?? true;
}

/** Passes over what an earlier run has done on a host, and says so. False: there is nothing to pass over. */
export function passOver(context: RunContext, play: PlayRun, host: HostRun, task: Task): boolean {
  const recalled = context.passing?.recall(host.name, task) ?? null;
  if (recalled === null) return false;
  const name = taskName(task, taskScope(context, play, host, task));
  register(task, host, recalled.outcome);
  host.tally.skipped += 1;
  const reason = `done in run ${recalled.run}`;
  const outcome: Outcome = { status: "skipped", changed: false, because: [], reason, result: {}, warnings: [] };
  context.emit(resultEvent(context, task, host.name, outcome, { name, kind: "task", ignored: false, durationMs: 0 }));
  return true;
}
