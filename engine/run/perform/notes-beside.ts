import type { BoundTask } from "../../plan/bound-task.ts";
import type { Scope } from "../../value/scope.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { Beside } from "../session/host-session.ts";
import { calledHandlers } from "./called-handlers.ts";

/** Notifications that a task calls for if it changes something, and the one that it answers to as a handler. Null: none. */
export function notesBeside(
  context: RunContext,
  host: HostRun,
  acting: HostRun,
  bound: BoundTask,
  scope: Scope,
): Beside | null {
  const { pending } = host.shared;
  const { task } = bound;
  const called =
    task.context.notify.length === 0 || neverChanges(bound) ? [] : calledHandlers(pending.handlers, task, scope);
  // One of several occurrences, or a try that may not be the last, does not conclude a handler.
  const { loop, until, retries } = task.source.keywords;
  const concludes =
    task.handler && loop === undefined && until === undefined && retries === undefined && acting === host;
  let failed = false;
  if (called.length === 0 && !concludes) return null;
  return {
    notes: () => (failed ? [] : pending.notesFor(called, host.name, bound.name)),
    drop: (place) => (concludes ? pending.idsOf(task, host.name, place) : []),
    unrecorded(why) {
      failed = true;
      tellOnce(context, acting, why);
    },
  };
}

/** `changed_when: false`: whatever it does, nobody is called. */
function neverChanges({ task }: BoundTask): boolean {
  return task.source.keywords.changedWhen?.some(({ source }) => source.trim() === "false") ?? false;
}

const told = new WeakMap<RunContext, Set<string>>();

function tellOnce(context: RunContext, acting: HostRun, why: string): void {
  const names = told.get(context) ?? new Set();
  told.set(context, names);
  if (names.has(acting.name)) return;
  names.add(acting.name);
  context.emit({
    type: "warning",
    diagnostic: {
      code: "no-pending-place",
      severity: "warning",
      message: `${acting.name}: a notification could not be recorded before its change: ${why}`,
      hint: "the run goes on; if it is cut off before its handlers, run what they do by hand",
    },
  });
}
