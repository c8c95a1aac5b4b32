import type { ReadingModule } from "../../module/define-module.ts";
import { isMap, type Value, type ValueMap } from "../../value/value.ts";
import { blind } from "../look/blind.ts";
import { lookAtTask } from "../look/look-at-task.ts";
import type { TaskRun } from "../look/task-run.ts";
import { deferred, failed, type Outcome, ok } from "../outcome/outcome.ts";

/** A look whose value is wanted. It waits, where the module says for how long; it never changes anything. */
export async function performReading(run: TaskRun<ReadingModule>): Promise<Outcome> {
  const { bound, hand } = run;
  const settle = bound.module.settle?.(bound.params) ?? { forMs: 0, holdMs: 0 };
  let waitedMs = 0;
  // Who may wait looks at what moves outside of the run: what was seen before it no longer counts, not even where the
  // wait is over at once. A job that has ended has done all that it does.
  const { delayMs = 0 } = settle;
  const again = bound.module.settle !== undefined;
  if (delayMs > 0 && hand.kind === "writing") await hand.session.pause(delayMs);
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
    const seen = await lookAtTask(run, again || waitedMs > 0);
    const because = seen.because;
    if (seen.kind === "blind") return blind(seen, run);
    const reading = bound.module.read(bound.params, seen.observed as never, { now: run.now() });
    if (reading.kind === "value") {
      if (again) hand.session.forget();
      return ok(asResult(reading.value), { because, warnings: reading.warnings ?? [] });
    }
    if (reading.kind === "refuse")
      return because.length > 0 ? deferred(reading.why, because) : failed(reading.why, reading.hint);
    if (because.length > 0) return deferred(reading.why, because);
    if (waitedMs >= settle.forMs)
      return failed(`waited ${Math.round(settle.forMs / 1000)} s: ${reading.why}`, undefined);
    const nextMs = Math.min(pauseMs, settle.forMs - waitedMs);
    await hand.session.pause(nextMs);
    waitedMs += nextMs;
  }
}

function asResult(value: Value): ValueMap {
  return isMap(value) ? value : { value };
}
