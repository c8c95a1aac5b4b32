import { describeOperation } from "../../ops/describe-operation.ts";
import type { Observation } from "../../plan/observe-task.ts";
import { deferred, failed, type Outcome } from "../outcome/outcome.ts";
import type { TaskRun } from "./task-run.ts";

/** What a task comes to that could not look where it must. In check mode an earlier pending change may yet make it possible. */
export function blind(seen: Observation & { readonly kind: "blind" }, { bound, hand }: TaskRun<unknown>): Outcome {
  const reason = `cannot look at ${describeOperation(seen.probe)}: ${seen.error.message}`;
  if (hand.kind === "looking" && seen.because.length > 0) return deferred(reason, seen.because);
  const denied = seen.error.code === "denied" && bound.user === null;
  return failed(reason, denied ? "does the task need `become: true`?" : undefined);
}
