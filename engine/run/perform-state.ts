import { assertRepeatable, changes, lawfulPlan } from "../module/assert-plan.ts";
import type { StateModule } from "../module/define-module.ts";
import type { Change, Plan } from "../module/plan.ts";
import { describeOperation } from "../ops/describe-operation.ts";
import type { Step } from "../ops/ir.ts";
import { diffFields } from "../plan/diff-fields.ts";
import { expectDigests } from "../plan/expect-digests.ts";
import type { Observation } from "../plan/observe-task.ts";
import type { Overlay } from "../plan/overlay.ts";
import { equalValues } from "../value/equal.ts";
import { Unknown } from "../value/unknown.ts";
import type { Value, ValueMap } from "../value/value.ts";
import type { WritingSession } from "./host-session.ts";
import { lookAtTask, observeBoth } from "./look-at-task.ts";
import { failed, type Outcome, ok } from "./outcome.ts";
import { type StepFailure, sendSteps } from "./send-steps.ts";
import { placed, type TaskRun } from "./task-run.ts";

type Seen = Observation & { readonly kind: "observed" };
type Run = TaskRun<StateModule>;

const maxRounds = 8;

/** The life of a declared state: look, plan, apply, look again. */
export async function performState(run: Run): Promise<Outcome> {
  const seen = await lookAtTask(run);
  if (seen.kind === "blind") return blind(seen, run);
  const plan = planFrom(run, seen);
  if (run.hand.kind === "looking") return foretell(run, seen, plan, run.hand.overlay);
  return apply(run, run.hand.session, seen, plan);
}

function planFrom({ bound }: Run, seen: Seen): Plan {
  return lawfulPlan(bound.module, bound.params, seen.observed);
}

// ---- check mode ----

function foretell(run: Run, seen: Seen, plan: Plan, overlay: Overlay): Outcome {
  const { because } = seen;
  if (plan.kind === "refuse") {
    // What is refused now may be possible once the earlier change is made.
    if (because.length === 0) return failed(plan.why, plan.hint, { warnings: plan.warnings });
    return {
      status: "deferred",
      changed: false,
      because,
      reason: plan.why,
      result: new Unknown(plan.why),
      warnings: plan.warnings,
    };
  }
  const verb = run.bound.module.verb?.(run.bound.params, seen.observed as never) ?? null;
  if (plan.kind === "waiting") return ok(resultOf(run, seen), { because, reason: plan.why, warnings: plan.warnings });
  const does = verb && !(changes(plan) && plan.did.includes(verb.name)) ? verb : null;
  const steps = [...plan.steps, ...(does?.steps ?? [])];
  if (steps.length === 0) return ok(resultOf(run, seen), { because, warnings: plan.warnings });
  overlay.add(run.bound.task.id, steps, run.bound.user ?? "root");
  // Only the first round is known: what the next ones would send may touch anything.
  if (plan.again) overlay.defer(run.bound.task.id);
  return {
    ...shown(plan, steps, does?.name ?? null),
    status: "changed",
    changed: true,
    because,
    result: unknownResult(run, seen),
    warnings: plan.warnings,
  };
}

/** The fields of the result are known, their values are not. */
function unknownResult(run: Run, seen: Seen): ValueMap {
  const now = resultOf(run, seen);
  return Object.fromEntries(Object.keys(now).map((field) => [field, new Unknown("known after apply")]));
}

// ---- the real run ----

async function apply(run: Run, session: WritingSession, first: Seen, firstPlan: Plan): Promise<Outcome> {
  let seen = first;
  let plan = firstPlan;
  let replanned = false;
  let total: Change | null = null;
  const done: Step[] = [];
  for (let round = 1; ; round += 1) {
    if (plan.kind === "refuse")
      return total
        ? brokenOff(plan.why, plan.hint, total, done)
        : failed(plan.why, plan.hint, { warnings: plan.warnings });
    if (plan.kind === "waiting" && total === null) {
      const waited = await waitingState(run, seen, plan);
      if (waited.kind === "ended") return waited.outcome;
      seen = waited.seen;
      plan = waited.plan;
    }
    if (plan.kind === "waiting" || plan.steps.length === 0) break;
    if (round > maxRounds) return brokenOff(`is not done after ${maxRounds} rounds`, undefined, total ?? plan, done);
    assertRepeatable(run.bound.module, run.bound.params, seen.observed, plan);
    const steps = expectDigests(plan.steps, seen.digests);
    const probes = run.bound.module.probes(run.bound.params);
    const then = Object.values(probes).flatMap((probe) => (probe ? [placed(run.bound, probe)] : []));
    const sent = await sendSteps(run, session, steps, then);
    const raced = sent.failure?.kind === "failed" && sent.failure.error.error.code === "expectation";
    if (sent.failure && !(raced && !replanned))
      return stopped(sent.failure, plan, [...done, ...plan.steps], total !== null);
    const next = await observeBoth(run, probes, sent.replyTo, true);
    if (next.kind === "blind") return brokenOff(`after the change: ${next.error.message}`, undefined, plan, done);
    if (raced) {
      // Somebody else changed the file between the look and the write: nothing was written. Plan again, once.
      replanned = true;
      const carriedOut = plan.steps.filter(({ kind }) => kind !== "wait-until").slice(0, sent.failure?.index ?? 0);
      if (carriedOut.length > 0) {
        done.push(...carriedOut);
        total = { ...plan, before: (total ?? plan).before };
      }
      seen = next;
      plan = planFrom(run, next);
      continue;
    }
    done.push(...plan.steps);
    const before: Change = total ?? plan;
    total = { ...plan, before: before.before };
    if (!plan.again) {
      const verified = await verify(run, plan, next);
      if (verified.kind === "failed") return { ...shown(total, done, null), ...verified.outcome, changed: true };
      seen = verified.seen;
      break;
    }
    const following = planFrom(run, next);
    if (following.kind === "change" && following.steps.length > 0 && !progressed(plan, following)) {
      return {
        ...shown(total, done, null),
        ...failed("makes no progress: the same plan came again after it was carried out", undefined),
        changed: true,
      };
    }
    seen = next;
    plan = following;
  }
  if (total?.again && (plan.kind === "waiting" || plan.steps.length === 0)) {
    // Nothing is left to send; what settles only afterwards must still come about, and hold.
    const verified = await verify(run, nothing, seen);
    if (verified.kind === "failed") return { ...shown(total, done, null), ...verified.outcome, changed: true };
    seen = verified.seen;
  }
  const warnings = plan.warnings;
  const verbed = await runVerb(run, session, seen, total);
  if (verbed?.outcome) return verbed.outcome;
  if (verbed) seen = verbed.seen;
  const result = resultOf(run, seen);
  if (total === null && !verbed) return ok(result, { warnings });
  const all = [...done, ...(verbed?.steps ?? [])];
  return {
    // With nothing but the verb to do the plan, which changes nothing, is what a check has shown.
    ...shown(total ?? (plan.kind === "change" ? plan : null), all, verbed?.name ?? null),
    status: "changed",
    changed: true,
    because: [],
    result,
    warnings,
  };
}

/** A plan that meant to change no field: of it verify asks only that nothing is left to do. */
const nothing: Change = { kind: "change", before: {}, after: {}, steps: [], again: false, did: [], warnings: [] };

type Verified =
  | { readonly kind: "holds"; readonly seen: Seen }
  | { readonly kind: "failed"; readonly outcome: Outcome };

/** Looks again after a change: nothing may be left to do, what was meant to change has changed, and it stays so. */
async function verify(run: Run, plan: Change, looked: Seen): Promise<Verified> {
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

function progressed(earlier: Change, later: Change): boolean {
  const same =
    Object.keys({ ...earlier.before, ...later.before }).every((field) =>
      equalValues(earlier.before[field] ?? null, later.before[field] ?? null),
    ) && earlier.steps.map(lineOf).join("\n") === later.steps.map(lineOf).join("\n");
  return !same;
}

type Waited =
  | { readonly kind: "there"; readonly seen: Seen; readonly plan: Change }
  | { readonly kind: "ended"; readonly outcome: Outcome };

/** A state that is not there yet and needs nothing sent: waited for only where the author said `wait: true`. */
async function waitingState(run: Run, first: Seen, { why, warnings }: Plan & { kind: "waiting" }): Promise<Waited> {
  const ended = (outcome: Outcome): Waited => ({ kind: "ended", outcome });
  if (!run.bound.task.source.keywords.wait) {
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

interface Verbed {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly seen: Seen;
  readonly outcome?: Outcome;
}

async function runVerb(run: Run, session: WritingSession, seen: Seen, change: Change | null): Promise<Verbed | null> {
  const verb = run.bound.module.verb?.(run.bound.params, seen.observed as never) ?? null;
  if (!verb || change?.did.includes(verb.name)) return null;
  const probes = run.bound.module.probes(run.bound.params);
  const then = Object.values(probes).flatMap((probe) => (probe ? [placed(run.bound, probe)] : []));
  const sent = await sendSteps(run, session, verb.steps, then);
  const base = { name: verb.name, steps: verb.steps, seen };
  if (sent.failure) return { ...base, outcome: stopped(sent.failure, change, verb.steps, change !== null) };
  const next = await observeBoth(run, probes, sent.replyTo, true);
  if (next.kind === "blind") return { ...base, outcome: blind(next, run) };
  const verified = await verify(run, nothing, next);
  if (verified.kind === "failed") return { ...base, outcome: { ...verified.outcome, changed: true } };
  return { ...base, seen: verified.seen };
}

// ---- outcomes ----

function shown(
  plan: Change | null,
  steps: readonly Step[],
  verb: string | null,
): Pick<Outcome, "before" | "after" | "diff" | "steps"> {
  const did = verb === null ? {} : { [verb]: true };
  const before = plan?.before ?? {};
  const after = { ...plan?.after, ...did };
  return { before, after, diff: diffFields(before, after), steps: steps.map(lineOf) };
}

function lineOf(step: Step): string {
  return step.kind === "wait-until" ? `wait for ${step.why}` : describeOperation(step);
}

function resultOf({ bound, now }: Run, seen: Seen): ValueMap {
  return bound.module.result?.(bound.params, seen.observed as never, { now: now() }) ?? {};
}

function blind(seen: Observation & { readonly kind: "blind" }, run: Run): Outcome {
  const reason = `cannot look at ${describeOperation(seen.probe)}: ${seen.error.message}`;
  const hint =
    seen.error.code === "denied" && run.bound.user === null ? "does the task need `become: true`?" : undefined;
  if (run.hand.kind === "looking" && seen.because.length > 0) {
    return {
      status: "deferred",
      changed: false,
      because: seen.because,
      reason,
      result: new Unknown(reason),
      warnings: [],
    };
  }
  return failed(reason, hint);
}

/** A step failed or its end is unknown. What was done before it stays done, so the host is not as it was. */
function stopped(failure: StepFailure, plan: Change | null, steps: readonly Step[], earlier: boolean): Outcome {
  const view = plan ? shown(plan, steps, null) : { steps: steps.map(lineOf) };
  if (failure.kind === "unknown") {
    const rest = failure.rest === 0 ? "" : `, and so are the ${failure.rest} steps after it`;
    const reason = `the connection was lost in the middle: whether "${failure.step}" happened is unknown${rest}`;
    return { ...view, ...failed(reason, "run again: what is already done is found and left alone"), changed: true };
  }
  const { error } = failure.error;
  const hint =
    error.code === "expectation" ? "somebody else is writing this file; it was planned again once" : undefined;
  return { ...view, ...failed(`${failure.step}: ${error.message}`, hint), changed: earlier || failure.index > 0 };
}

function brokenOff(why: string, hint: string | undefined, plan: Change, done: readonly Step[]): Outcome {
  return { ...shown(plan, done, null), ...failed(why, hint), changed: done.length > 0 };
}
