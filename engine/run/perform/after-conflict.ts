import type { Change } from "../../module/plan.ts";
import { diffFields, hideBeside } from "../../plan/diff-fields.ts";
import type { Observation } from "../../plan/observe-task.ts";
import { blind } from "../look/blind.ts";
import { failed, type Outcome, ok } from "../outcome/outcome.ts";
import { planFrom, resultOf, type StateRun, shown } from "./state-outcome.ts";

/**
 * A server holds something else than what the plan was made from, and has refused to write. It was looked at once more,
 * to tell what has changed; nothing is sent again: what somebody else has just done is for a person to look at.
 * `changed`: earlier steps of the task were carried out.
 */
export function afterConflict(
  run: StateRun,
  plan: Change,
  seen: Observation,
  { said, changed }: { readonly said: string; readonly changed: boolean },
): Outcome {
  return { ...told(run, plan, seen, said), ...(changed && { changed }) };
}

function told(run: StateRun, plan: Change, seen: Observation, said: string): Outcome {
  if (seen.kind === "blind") return { ...blind(seen, run), reason: `${said}, and now it cannot be looked at` };
  const now = planFrom(run, seen);
  if (now.kind === "refuse") return failed(`${said}. ${now.why}`, now.hint, { warnings: now.warnings });
  if (now.kind === "waiting") return failed(`${said}. It is ${now.why}`, "run again");
  if (now.steps.length === 0) {
    // It is as it shall be: a first try of ours had been carried out although the server said otherwise, or they agree.
    const steps = shown(plan, plan.steps, null);
    return { ...ok(resultOf(run, seen), { warnings: plan.warnings }), ...steps, status: "changed", changed: true };
  }
  const { before, after } = hideBeside(plan.before, now.before);
  return failed(said, "the difference shown is what they have changed: look at it, then run again", {
    before,
    after,
    diff: diffFields(before, after),
    warnings: now.warnings,
  });
}
