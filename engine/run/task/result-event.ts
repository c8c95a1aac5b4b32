import type { Place } from "../../errors/diagnostic.ts";
import type { Context, Task } from "../../plan/task.ts";
import { Unknown } from "../../value/unknown.ts";
import type { Item } from "../bind/bind-items.ts";
import type { RunContext } from "../context/run-context.ts";
import type { ResultEvent } from "../events.ts";
import { hidden } from "../outcome/hidden.ts";
import type { Outcome } from "../outcome/outcome.ts";

interface Circumstances {
  readonly name: string;
  readonly kind: ResultEvent["kind"];
  readonly item?: Item;
  readonly ignored: boolean;
  /** A block goes on from here with its rescue. */
  readonly rescued?: boolean;
  readonly durationMs: number;
}

/** What is told of: a task, or an include that could not be expanded. */
type Told = Task | { readonly id: string; readonly context: Context; readonly module: string; readonly place: Place };

/** Outcome → event. A task with `no_log` shows what became of it and nothing else. */
export function resultEvent(
  context: RunContext,
  task: Told,
  host: string,
  outcome: Outcome,
  { name, kind, item, ignored, rescued, durationMs }: Circumstances,
): ResultEvent {
  const silent = task.context.noLog;
  const { module, place } = "source" in task ? { module: task.source.module, place: task.source.place } : task;
  const certainty = outcome.because.length > 0 ? "assumed" : "certain";
  const suffix = item ? `[${item.index}]` : "";
  return {
    type: "result",
    id: `${task.id}@${host}${suffix}`,
    taskId: task.id,
    host,
    ...(outcome.on !== undefined && { on: outcome.on }),
    ...(item && { item: silent ? hidden : item.label, index: item.index }),
    attempt: outcome.attempt ?? 1,
    kind,
    name,
    module,
    ...(task.context.role && { role: task.context.role.name }),
    status: outcome.status,
    ...((context.options.check || task.context.checkMode === true) && outcome.status !== "deferred" && { certainty }),
    ...(outcome.because.length > 0 && { because: outcome.because }),
    ...(outcome.reason !== undefined && { reason: silent ? hidden : outcome.reason }),
    ...(outcome.hint !== undefined && !silent && { hint: outcome.hint }),
    ...(rescued === true && { rescued: true }),
    ...(ignored && { ignored: true }),
    changed: outcome.changed,
    ...(!silent && details(outcome, task.context.diff !== false)),
    ...(task.context.diff === true && { showDiff: true }),
    warnings: silent ? [] : outcome.warnings,
    durationMs,
    position: place,
  };
}

function details(outcome: Outcome, inFull: boolean): Partial<ResultEvent> {
  const { before, after, diff, steps, mismatch, result } = outcome;
  const empty = result instanceof Unknown || Object.keys(result).length === 0;
  return {
    ...(inFull && before && { before }),
    ...(inFull && after && { after }),
    ...(inFull && diff && diff.length > 0 && { diff }),
    ...(steps && steps.length > 0 && { steps }),
    ...(mismatch && mismatch.length > 0 && { mismatch }),
    ...(!empty && { result }),
  };
}
