import { lawfulPlan } from "../../module/assert-plan.ts";
import type { StateModule } from "../../module/define-module.ts";
import type { Change, Plan } from "../../module/plan.ts";
import { describeStep } from "../../ops/describe-operation.ts";
import type { Step } from "../../ops/ir.ts";
import { diffFields, hideBeside } from "../../plan/diff-fields.ts";
import type { Observation } from "../../plan/observe-task.ts";
import type { ValueMap } from "../../value/value.ts";
import type { TaskRun } from "../look/task-run.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import { goesOn, lostInTheMiddle, type StepFailure } from "../send/step-failure.ts";

export type Seen = Observation & { readonly kind: "observed" };
export type StateRun = TaskRun<StateModule>;

export function planFrom({ bound }: StateRun, seen: Seen): Plan {
  return lawfulPlan(bound.module, bound.params, seen.observed);
}

export function shown(
  plan: Change | null,
  steps: readonly Step[],
  verb: string | null,
): Pick<Outcome, "before" | "after" | "diff" | "steps"> {
  const did = verb === null ? {} : { [verb]: true };
  const { before, after } = hideBeside(plan?.before ?? {}, { ...plan?.after, ...did });
  return { before, after, diff: diffFields(before, after), steps: steps.map(describeStep) };
}

export function resultOf({ bound, now }: StateRun, seen: Seen): ValueMap {
  return bound.module.result?.(bound.params, seen.observed as never, { now: now() }) ?? {};
}

/** A step failed or its end is unknown. What was done before it stays done, so the host is not as it was. */
export function stopped(failure: StepFailure, plan: Change | null, steps: readonly Step[], earlier: boolean): Outcome {
  const view = plan ? shown(plan, steps, null) : { steps: steps.map(describeStep) };
  if (failure.kind === "unknown") {
    const reason = lostInTheMiddle(failure);
    return { ...view, ...failed(reason, "run again: what is already done is found and left alone"), changed: true };
  }
  if (failure.kind === "left") {
    const { reason, hint } = goesOn(failure);
    return { ...view, ...failed(reason, hint), changed: true };
  }
  const { error } = failure.error;
  const hint =
    error.code === "expectation" ? "somebody else is writing this file; it was planned again once" : undefined;
  return { ...view, ...failed(`${failure.step}: ${error.message}`, hint), changed: earlier || failure.index > 0 };
}

export function brokenOff(why: string, hint: string | undefined, plan: Change, done: readonly Step[]): Outcome {
  return { ...shown(plan, done, null), ...failed(why, hint), changed: done.length > 0 };
}
