import type { PlainEntry } from "../../plan/task.ts";
import type { RunContext } from "../context/run-context.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";

/**
 * A real run: what hangs on an answer that nobody is ever going to give fails. A check may leave it open, for the run will know; but
 * here an assertion, or a guard, would be passed over and the run end well.
 */
export function neverKnown(context: RunContext, { context: { checkMode } }: PlainEntry, outcome: Outcome): Outcome {
  if (outcome.status !== "deferred" || context.options.check || checkMode === true) return outcome;
  return failed(outcome.reason ?? "it reads what is not known", hint, { warnings: outcome.warnings });
}

const hint =
  "a task with `check_mode: true` that would change something knows `changed` and no more of what it registers: read `changed` first, or look with a module that only reads";
