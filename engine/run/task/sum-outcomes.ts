import { Unknown } from "../../value/unknown.ts";
import type { Item } from "../bind/bind-items.ts";
import type { Status } from "../events.ts";
import { type Outcome, ok } from "../outcome/outcome.ts";
import { registeredValue } from "../outcome/registered-value.ts";

/** A loop's items as one result: the worst of them names it. `register` gets them under `results`. */
export function sumOutcomes(outcomes: readonly Outcome[], items: readonly Item[]): Outcome {
  if (outcomes.length === 0) return ok({ results: [] }, { status: "skipped", reason: "there is nothing to loop over" });
  const worst = (
    ["unreachable", "failed", "deferred", "changed", "ok", "skipped"] as const satisfies readonly Status[]
  ).find((status) => outcomes.some((outcome) => outcome.status === status));
  const bad = outcomes.filter(({ status }) => status === "failed" || status === "unreachable" || status === "deferred");
  const [first] = bad;
  const results = outcomes.map((outcome, index) => {
    const value = registeredValue(outcome);
    if (value instanceof Unknown) return value;
    const item = items[index]?.value ?? null;
    // Under the name that the task gave it, too; a name such as `changed` does not hide what became of the item.
    return { [items[index]?.loopVar ?? "item"]: item, ...(value as object), item };
  });
  const [one] = outcomes;
  const of = items.length > 1 && bad.length > 0 ? ` (${bad.length} of ${items.length} items)` : "";
  return {
    status: worst ?? "ok",
    changed: outcomes.some(({ changed }) => changed),
    because: [...new Set(outcomes.flatMap(({ because }) => because))],
    ...(first?.reason !== undefined && { reason: `${first.reason}${of}` }),
    ...(first?.hint !== undefined && { hint: first.hint }),
    result: { results },
    ...(one?.on !== undefined && outcomes.every(({ on }) => on === one.on) && { on: one.on }),
    warnings: [],
  };
}
