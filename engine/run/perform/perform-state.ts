import { assertRepeatable } from "../../module/assert-plan.ts";
import type { Change, Fields, Plan } from "../../module/plan.ts";
import { describeStep } from "../../ops/describe-operation.ts";
import type { Step } from "../../ops/ir.ts";
import { expectDigests } from "../../plan/expect-digests.ts";
import { equalValues } from "../../value/equal.ts";
import { Unknown } from "../../value/unknown.ts";
import { blind } from "../look/blind.ts";
import { lookAtTask, observeBoth } from "../look/look-at-task.ts";
import { placedProbes } from "../look/task-run.ts";
import { failed, type Outcome, ok } from "../outcome/outcome.ts";
import { sendSteps } from "../send/send-steps.ts";
import type { WritingSession } from "../session/host-session.ts";
import { afterConflict } from "./after-conflict.ts";
import { foretell } from "./foretell.ts";
import { missingOwners, nobodyThere } from "./missing-owners.ts";
import { nothing, verify, waitingState } from "./settle-state.ts";
import { brokenOff, planFrom, resultOf, type Seen, type StateRun, shown, stopped } from "./state-outcome.ts";

const maxRounds = 8;

/** The life of a declared state: look, plan, apply, look again. */
export async function performState(run: StateRun): Promise<Outcome> {
  const seen = await lookAtTask(run);
  if (seen.kind === "blind") return blind(seen, run);
  const plan = planFrom(run, seen);
  if (run.hand.kind === "looking") return foretell(run, seen, plan, run.hand.overlay);
  return apply(run, run.hand.session, seen, plan);
}

async function apply(run: StateRun, session: WritingSession, first: Seen, firstPlan: Plan): Promise<Outcome> {
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
    if ((await session.hold(plan.steps)) === "overtaken") {
      // Another run has written between our look and our lock: the plan is one for a host that is no more.
      const anew = await lookAtTask(run, true);
      if (anew.kind === "blind") return blind(anew, run);
      seen = anew;
      plan = planFrom(run, anew);
      continue;
    }
    const [nobody] = await missingOwners(run, plan.steps, null);
    if (nobody !== undefined) {
      const why = nobodyThere(nobody);
      return total ? brokenOff(why.reason ?? "", why.hint, total, done) : why;
    }
    assertRepeatable(run.bound.module, run.bound.params, seen.observed, plan);
    const steps = expectDigests(plan.steps, seen.digests);
    const probes = run.bound.module.probes(run.bound.params);
    const verb = run.bound.module.verb?.(run.bound.params, seen.observed as never) ?? null;
    const concluding = !plan.again && (verb === null || plan.did.includes(verb.name));
    const sent = await sendSteps(run, session, steps, placedProbes(run.bound, probes), concluding);
    const raced = sent.failure?.kind === "failed" && sent.failure.error.error.code === "expectation";
    if (sent.failure?.kind === "failed" && sent.failure.error.error.code === "conflict") {
      // The looks that came with the write were made after it.
      const now = await observeBoth(run, probes, sent.replyTo, true);
      const changed = total !== null || sent.failure.index > 0;
      return afterConflict(run, plan, now, { said: sent.failure.error.error.message, changed });
    }
    if (sent.failure && !(raced && !replanned))
      return stopped(sent.failure, plan, [...done, ...plan.steps], total !== null);
    const next = await observeBoth(run, probes, sent.replyTo, true);
    if (next.kind === "blind") {
      return brokenOff(`after the change: ${next.error.message}`, undefined, total ?? plan, [...done, ...plan.steps]);
    }
    if (raced) {
      // Somebody else changed the file between the look and the write: nothing was written. Plan again, once.
      replanned = true;
      const carriedOut = plan.steps.filter(({ kind }) => kind !== "wait-until").slice(0, sent.failure?.index ?? 0);
      if (carriedOut.length > 0) {
        done.push(...carriedOut);
        total = joined(total, plan);
      }
      seen = next;
      plan = planFrom(run, next);
      continue;
    }
    done.push(...plan.steps);
    total = joined(total, plan);
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
  const warnings = [...new Set([...(total?.warnings ?? []), ...plan.warnings])];
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

/** The rounds so far and the next one as one change: from where it began to where it is meant to go. */
function joined(earlier: Change | null, plan: Change): Change {
  if (!earlier) return plan;
  const did = [...new Set([...earlier.did, ...plan.did])];
  return {
    ...plan,
    // A later round need not know of what an earlier one has done with.
    before: { ...plan.before, ...earlier.before },
    after: { ...known(earlier.after), ...plan.after },
    did,
    warnings: [...new Set([...earlier.warnings, ...plan.warnings])],
  };
}

/** What could not be told before the first round either shows in a later one or stays unsaid. */
function known(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !(value instanceof Unknown)));
}

function progressed(earlier: Change, later: Change): boolean {
  const same =
    Object.keys({ ...earlier.before, ...later.before }).every((field) =>
      equalValues(earlier.before[field] ?? null, later.before[field] ?? null),
    ) && earlier.steps.map(describeStep).join("\n") === later.steps.map(describeStep).join("\n");
  return !same;
}

interface Verbed {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly seen: Seen;
  readonly outcome?: Outcome;
}

async function runVerb(
  run: StateRun,
  session: WritingSession,
  seen: Seen,
  change: Change | null,
): Promise<Verbed | null> {
  const verb = run.bound.module.verb?.(run.bound.params, seen.observed as never) ?? null;
  if (!verb || change?.did.includes(verb.name)) return null;
  const probes = run.bound.module.probes(run.bound.params);
  // Where only the verb is sent this is the first write; it is done whatever was seen, and looked at afterwards.
  await session.hold(verb.steps);
  const sent = await sendSteps(run, session, verb.steps, placedProbes(run.bound, probes), true);
  const base = { name: verb.name, steps: verb.steps, seen };
  if (sent.failure) return { ...base, outcome: stopped(sent.failure, change, verb.steps, change !== null) };
  const next = await observeBoth(run, probes, sent.replyTo, true);
  if (next.kind === "blind") return { ...base, outcome: blind(next, run) };
  const verified = await verify(run, nothing, next);
  if (verified.kind === "failed") return { ...base, outcome: { ...verified.outcome, changed: true } };
  return { ...base, seen: verified.seen };
}
