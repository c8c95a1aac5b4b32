import type { Diagnostic } from "../errors/diagnostic.ts";
import { type LintRequest, tasksOf } from "./lint.ts";

/** A condition that asks nothing: left over from trying something out, most likely. */
export function* constantCondition(request: LintRequest): Iterable<Diagnostic> {
  for (const { source } of tasksOf(request)) {
    for (const { source: text, place, uses } of source.keywords.when) {
      if (uses.length > 0 || !/^(true|false)$/.test(text.trim())) continue;
      const never = text.trim() === "false";
      yield {
        code: "constant-condition",
        message: never ? "this task never runs" : "this condition always holds",
        place,
        hint: never ? "remove the task, or give it the tag `never`" : "remove the condition",
      };
    }
  }
}
