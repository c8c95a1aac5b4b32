import type { Diagnostic } from "../../errors/diagnostic.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Task } from "../../plan/task.ts";
import type { Expression } from "../../value/expression.ts";
import type { Scope } from "../../value/scope.ts";
import { extendScope } from "../../vars/resolve-vars.ts";
import type { Outcome } from "./outcome.ts";
import { registeredValue } from "./registered-value.ts";

/** What the author's own conditions make of an outcome. They name the result; what was done was done. */
export function judgeOutcome(task: Task, scope: Scope, outcome: Outcome): Outcome {
  const { changedWhen, failedWhen, register: registered } = task.source.keywords;
  const unsaid = changedWhen === null && failedWhen === null;
  if (unsaid || outcome.status === "deferred" || outcome.status === "unreachable") return outcome;
  if (outcome.status === "failed" && !outcome.exit) return outcome;
  const seen = registered ? extendScope(scope, { [registered.name]: registeredValue(outcome) }) : scope;
  const verdict = (conditions: readonly Expression[]) =>
    evaluating(() => conditions.every((condition) => condition.evaluate(seen) === true));
  // A dry run that cannot know what a condition will say knows neither whether it is a change.
  const undecided: Outcome = { ...outcome, because: [...new Set([...outcome.because, task.id])], undecided: true };
  let result = outcome;
  if (failedWhen !== null) {
    const fails = verdict(failedWhen);
    if (fails.kind === "invalid") return misjudged(outcome, fails.diagnostics);
    if (fails.kind === "unknown") result = undecided;
    else if (fails.value) {
      const said = `\`failed_when\` is true: ${failedWhen.map(({ source }) => source).join(" and ")}`;
      result = { ...result, status: "failed", reason: said };
    } else if (result.status === "failed") {
      const { reason: _reason, ...rest } = result;
      // A command with `reads: true` has changed nothing, however it ended.
      result = { ...rest, status: outcome.changed ? "changed" : "ok" };
    }
  }
  if (changedWhen !== null && result.status !== "failed") {
    const changed = verdict(changedWhen);
    if (changed.kind === "invalid") return misjudged(outcome, changed.diagnostics);
    if (changed.kind === "unknown") return undecided;
    result = { ...result, changed: changed.value, status: changed.value ? "changed" : "ok" };
  }
  return result;
}

/** The condition itself cannot be decided. What was done stays done. */
function misjudged(outcome: Outcome, diagnostics: readonly Diagnostic[]): Outcome {
  return { ...outcome, status: "failed", reason: firstMessage(diagnostics), ...hintOf(diagnostics) };
}

export function firstMessage(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ message, place }) => (place ? `${place.file}:${place.line}:${place.column}: ${message}` : message))
    .join("; ");
}

export function hintOf([first]: readonly Diagnostic[]): { readonly hint?: string } {
  return first?.hint === undefined ? {} : { hint: first.hint };
}
