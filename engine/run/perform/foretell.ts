import { assertRepeatable, changes } from "../../module/assert-plan.ts";
import type { Change, Plan } from "../../module/plan.ts";
import type { Overlay } from "../../plan/overlay.ts";
import { Unknown } from "../../value/unknown.ts";
import type { ValueMap } from "../../value/value.ts";
import { birthrightOf } from "../look/look-at-task.ts";
import { deferred, failed, type Outcome, ok } from "../outcome/outcome.ts";
import { missingOwners, nobodyThere } from "./missing-owners.ts";
import { resultOf, type Seen, type StateRun, shown } from "./state-outcome.ts";

/** Check mode: what the run would do, and on which pending changes that hangs. Nothing is sent; the overlay remembers it for the tasks after this one. */
export async function foretell(run: StateRun, looked: Seen, plan: Plan, overlay: Overlay): Promise<Outcome> {
  const missing = plan.kind === "change" ? await missingOwners(run, plan.steps, overlay) : [];
  const { task } = run.bound;
  const nobody = missing.find(({ because }) => because.length === 0);
  if (nobody !== undefined && looked.because.length === 0) {
    // How far it comes before it fails nobody can tell.
    overlay.defer(task.id);
    return nobodyThere(nobody);
  }
  const because = [...new Set([...looked.because, ...missing.flatMap((each) => each.because)])];
  return foretellPlan(run, { ...looked, because }, plan, overlay);
}

async function foretellPlan(run: StateRun, seen: Seen, plan: Plan, overlay: Overlay): Promise<Outcome> {
  const { because } = seen;
  const { task, module, params } = run.bound;
  if (plan.kind === "refuse") {
    if (plan.otherwise !== undefined && because.length > 0)
      return foretellOtherwise(run, seen, plan.otherwise, overlay);
    // What is refused now may be possible once the earlier change is made.
    return because.length === 0
      ? failed(plan.why, plan.hint, { warnings: plan.warnings })
      : deferred(plan.why, because, { warnings: plan.warnings });
  }
  assertRepeatable(module, params, seen.observed, plan);
  const verb = module.verb?.(params, seen.observed as never) ?? null;
  const by = await birthrightOf(run);
  if (plan.kind === "waiting") {
    const view = { because, reason: plan.why, warnings: plan.warnings };
    // The run waits until the state is there and then does the verb, if it comes to be there at all.
    if (!verb || !(task.source.keywords.wait || plan.awaited === true)) return ok(resultOf(run, seen), view);
    overlay.add(task.id, verb.steps, by, because);
    const hangs = { ...view, because: [...new Set([...because, task.id])] };
    return {
      ...ok(unknownResult(run, seen), hangs),
      ...shown(null, verb.steps, verb.name),
      status: "changed",
      changed: true,
    };
  }
  const does = verb && !(changes(plan) && plan.did.includes(verb.name)) ? verb : null;
  const steps = [...plan.steps, ...(does?.steps ?? [])];
  if (steps.length === 0) return ok(resultOf(run, seen), { because, warnings: plan.warnings });
  // Whether a command accepts the new file is known when it is asked.
  const judged = steps.some((step) => step.kind === "write-file" && step.validate !== undefined);
  overlay.add(task.id, steps, by, judged ? [...because, task.id] : because);
  // Only the first round is known: what the next ones would send may touch anything, or be nothing that can be done.
  if (plan.again) overlay.defer(task.id);
  return {
    ...shown(plan, steps, does?.name ?? null),
    status: "changed",
    changed: true,
    because: plan.again ? [...new Set([...because, task.id])] : because,
    result: unknownResult(run, seen),
    warnings: plan.warnings,
  };
}

/** What the earlier change, once it is made, leaves for this task to do: assumed, as all that hangs on it. */
async function foretellOtherwise(run: StateRun, seen: Seen, plan: Change, overlay: Overlay): Promise<Outcome> {
  if (plan.steps.length === 0) {
    return ok(unknownResult(run, seen), { because: seen.because, warnings: plan.warnings });
  }
  overlay.add(run.bound.task.id, plan.steps, await birthrightOf(run), seen.because);
  if (plan.again) overlay.defer(run.bound.task.id);
  return {
    ...shown(plan, plan.steps, null),
    status: "changed",
    changed: true,
    because: seen.because,
    result: unknownResult(run, seen),
    warnings: plan.warnings,
  };
}

/** The fields of the result are known, their values are not. */
function unknownResult(run: StateRun, seen: Seen): ValueMap {
  const now = resultOf(run, seen);
  return Object.fromEntries(Object.keys(now).map((field) => [field, new Unknown("known after apply")]));
}
