import type { Change, Plan } from "../../module/plan.ts";
import { equalValues } from "../../value/equal.ts";
import { Unknown } from "../../value/unknown.ts";
import type { Value } from "../../value/value.ts";
import { blind } from "../look/blind.ts";
import { lookAtTask } from "../look/look-at-task.ts";
import { failed, type Outcome, ok } from "../outcome/outcome.ts";
import { planFrom, resultOf, type Seen, type StateRun } from "./state-outcome.ts";

/** A plan that meant to change no field: of it verify asks only that nothing is left to do. */
export const nothing: Change = {
  kind: "change",
  before: {},
  after: {},
  steps: [],
  again: false,
  did: [],
  warnings: [],
};

type Verified =
  | { readonly kind: "holds"; readonly seen: Seen }
  | { readonly kind: "failed"; readonly outcome: Outcome };

/** Looks again after a change: nothing may be left to do, what was meant to change has changed, and it stays so. */
export async function verify(run: StateRun, plan: Change, looked: Seen): Promise<Verified> {
  const settle = run.bound.module.settle?.(run.bound.params) ?? { forMs: 0, holdMs: 0 };
  let seen = looked;
  let waitedMs = 0;
  let heldMs = 0;
  for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 1.5, 2_000)) {
    const again = planFrom(run, seen);
    if (again.kind === "refuse")
      return { kind: "failed", outcome: failed(`after the change: ${again.why}`, again.hint) };
    if (again.kind === "change") {
      const mismatch = mismatches(plan, again);
      if (again.steps.length > 0 || mismatch.length > 0) {
        const what = mismatch.map(({ path }) => `\`${path}\``).join(", ") || "the state";
        const reason = `was applied, but ${what} did not become what it should`;
        return { kind: "failed", outcome: failed(reason, hintOf(mismatch), { mismatch }) };
      }
      if (heldMs >= settle.holdMs) return { kind: "holds", seen };
    } else if (waitedMs >= settle.forMs) {
      return {
        kind: "failed",
        outcome: failed(`is still waiting after ${Math.round(settle.forMs / 1000)} s: ${again.why}`, undefined),
      };
    }
    const leftMs = again.kind === "change" ? settle.holdMs - heldMs : settle.forMs - waitedMs;
    const nextMs = Math.min(pauseMs, leftMs);
    await run.hand.session.pause(nextMs);
    waitedMs += nextMs;
    heldMs = again.kind === "change" ? heldMs + nextMs : 0;
    const next = await lookAtTask(run, true);
    if (next.kind === "blind") return { kind: "failed", outcome: blind(next, run) };
    seen = next;
  }
}

/** The fields that the plan meant to change and that have another value now. An unknown accepts any value. */
function mismatches(plan: Change, now: Change): readonly { path: string; wanted: Value; got: Value }[] {
  return Object.entries(plan.after).flatMap(([path, wanted]) => {
    const meant = !equalValues(plan.before[path] ?? null, wanted);
    const got = now.before[path] ?? null;
    return meant && !accepts(wanted, got) ? [{ path, wanted, got }] : [];
  });
}

function accepts(wanted: Value, got: Value): boolean {
  return wanted instanceof Unknown || equalValues(wanted ?? null, got);
}

function hintOf(mismatch: readonly { path: string; wanted: Value; got: Value }[]): string | undefined {
  return mismatch.length > 0
    ? "something on the host changes it back, or the tool did not do what it was asked"
    : undefined;
}

type Waited =
  | { readonly kind: "there"; readonly seen: Seen; readonly plan: Change }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/** A state that is not there yet and needs nothing sent: waited for only where the author said `wait: true`. */
export async function waitingState(
  run: StateRun,
  first: Seen,
  { why, warnings, awaited }: Plan & { kind: "waiting" },
): Promise<Waited> {
  const ended = (outcome: Outcome): Waited => ({ kind: "ended", outcome });
  if (!run.bound.task.source.keywords.wait && awaited !== true) {
    return ended(ok(resultOf(run, first), { reason: why, warnings: [...warnings, `is not there yet: ${why}`] }));
  }
  const settle = run.bound.module.settle?.(run.bound.params) ?? { forMs: 60_000, holdMs: 0 };
  let latest = why;
  let waitedMs = 0;
  for (let pauseMs = 100; waitedMs < settle.forMs; pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
    const nextMs = Math.min(pauseMs, settle.forMs - waitedMs);
    await run.hand.session.pause(nextMs);
    waitedMs += nextMs;
    const seen = await lookAtTask(run, true);
    if (seen.kind === "blind") return ended(blind(seen, run));
    const plan = planFrom(run, seen);
    if (plan.kind === "refuse") return ended(failed(plan.why, plan.hint, { warnings: plan.warnings }));
    if (plan.kind === "waiting") {
      latest = plan.why;
      continue;
    }
    if (plan.steps.length > 0) {
      return ended(failed(`is no longer what it was while it was waited for: ${latest}`, "run again"));
    }
    return { kind: "there", seen, plan };
  }
  return ended(failed(`is still waiting after ${Math.round(settle.forMs / 1000)} s: ${latest}`, undefined));
}
