import { lawfulPlan } from "../../module/assert-plan.ts";
import type { LookingModule, Probes } from "../../module/define-module.ts";
import type { BoundTask } from "../../plan/bound-task.ts";
import { observeTask } from "../../plan/observe-task.ts";
import type { Recall } from "../session/host-session.ts";
import { placed } from "./task-run.ts";

/**
 * Whether a task will change something, going by how its host was when it was last seen. A guess, which says how far to
 * look and nothing else; false of a host that was not seen yet.
 */
export function expectsChange(bound: BoundTask, module: LookingModule, first: Probes, remembered: Recall): boolean {
  if (module.kind === "reading") return false;
  try {
    const seen = seenBy(bound, module, first, remembered);
    if (seen === null) return false;
    if (module.kind === "action") return module.act(bound.params, seen as never).kind === "perform";
    const plan = lawfulPlan(module, bound.params, seen);
    if (plan.kind === "change" && plan.steps.length > 0) return true;
    return plan.kind === "change" && (module.verb?.(bound.params, seen as never) ?? null) !== null;
  } catch {
    // A fault of that module is told when it is its turn.
    return false;
  }
}

type Observed = Readonly<Record<string, unknown>>;

/** All that the module looks at; null where a part of it is not remembered. */
function seenBy(bound: BoundTask, module: LookingModule, first: Probes, remembered: Recall): Observed | null {
  const look = (probes: Probes): Observed | null => {
    const observation = observeTask(probes, (probe) => remembered(placed(bound, probe)) ?? { kind: "unknown" }, null);
    return observation.kind === "observed" ? observation.observed : null;
  };
  let seen = look(first);
  for (const next of [module.probesAfter, module.probesLast]) {
    if (seen === null || next === undefined) break;
    const more = look(next(bound.params, seen as never));
    seen = more && { ...seen, ...more };
  }
  return seen;
}
