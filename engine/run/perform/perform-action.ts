import { Bug } from "../../errors/bug.ts";
import type { ActionModule } from "../../module/define-module.ts";
import { describeStep } from "../../ops/describe-operation.ts";
import type { OpReply, ReadOp, Step } from "../../ops/ir.ts";
import { Unknown } from "../../value/unknown.ts";
import type { ValueMap } from "../../value/value.ts";
import { blind } from "../look/blind.ts";
import { inItsTurn } from "../look/look-ahead.ts";
import { birthrightOf, lookAtTask } from "../look/look-at-task.ts";
import { placed, type TaskRun } from "../look/task-run.ts";
import { deferred, failed, type Outcome, ok } from "../outcome/outcome.ts";
import { sendSteps } from "../send/send-steps.ts";
import { goesOn, lostInTheMiddle } from "../send/step-failure.ts";
import { leftFields, performLeft } from "./perform-left.ts";

type Run = TaskRun<ActionModule>;

/** Something that is done, unless it names what makes it unnecessary. */
export async function performAction(run: Run, again = false): Promise<Outcome> {
  const { bound, hand } = run;
  // A user's own command (`unless`) is looked at in its turn, never from memory.
  const seen = await lookAtTask(run, again || inItsTurn(bound.module, bound.module.probes(bound.params)));
  const { because } = seen;
  if (seen.kind === "blind") return blind(seen, run);
  const act = bound.module.act(bound.params, seen.observed as never);
  if (act.kind === "refuse") return because.length > 0 ? deferred(act.why, because) : failed(act.why, act.hint);
  if (act.kind === "unnecessary") return ok(resultOf(run, null, act.why), { because, reason: act.why });
  const warnings = act.warnings ?? [];
  if (act.kind === "looked") return ok(act.value, { because, warnings });
  if (bound.task.source.keywords.reads) return asLook(run, act.steps, warnings);
  const planned = detached(bound, act.steps);
  const steps = planned.map(describeStep);
  if (hand.kind === "looking") {
    hand.overlay.add(bound.task.id, act.steps, await birthrightOf(run), because);
    const fields = bound.detached?.leave ? leftFields : Object.keys(resultOf(run, null, null));
    const result = Object.fromEntries(fields.map((field) => [field, new Unknown("known after the command has run")]));
    return { status: "changed", changed: true, because, result, steps, warnings, unrun: true };
  }
  // Another run has written since: what makes the command unnecessary may be there by now.
  if ((await hand.session.hold(planned)) === "overtaken") return performAction(run, true);
  if (bound.detached?.leave) return performLeft(run, hand.session, planned, warnings);
  const sent = await sendSteps(run, hand.session, planned, [], true);
  const result = resultOf(run, sent.replies, null);
  if (!sent.failure) {
    const wrong = bound.module.judge?.(bound.params, sent.replies) ?? null;
    if (wrong) return failed(wrong.why, wrong.hint, { result, steps, warnings, changed: true });
    return { status: "changed", changed: true, because: [], result, steps, warnings };
  }
  if (sent.failure.kind === "unknown") {
    return failed(lostInTheMiddle(sent.failure), undefined, { result, steps, warnings, changed: true });
  }
  if (sent.failure.kind === "left") {
    const { reason, hint } = goesOn(sent.failure);
    return failed(reason, hint, { result, steps, warnings, changed: true });
  }
  const { error } = sent.failure.error;
  const exit = error.code === "exit";
  const changed = exit || sent.failure.index > 0;
  return failed(error.message, undefined, { result, steps, warnings, changed, exit: exit && sent.failure.index === 0 });
}

/** `async`: its commands run as jobs. */
function detached({ detached: how }: Run["bound"], steps: readonly Step[]): readonly Step[] {
  if (how === undefined) return steps;
  const { limitMs, pollMs } = how;
  return steps.map((step) =>
    step.kind === "exec" ? { ...step, job: { limitMs, ...(pollMs !== undefined && { pollMs }), ...step.job } } : step,
  );
}

/** `reads: true` is the author's word that it changes nothing: it is sent as a look, in check mode too. */
async function asLook(run: Run, steps: readonly Step[], warnings: readonly string[]): Promise<Outcome> {
  const { bound, hand } = run;
  if (!bound.module.mayRead) throw new Bug(`module "${bound.module.name}" was let through with \`reads: true\``);
  const looks = steps.map((step): ReadOp => {
    if (step.kind !== "exec")
      throw new Bug(`module "${bound.module.name}" takes \`reads\` but has a ${step.kind} step`);
    const { touches: _touches, ...spec } = step;
    return { ...spec, effect: "read", okCodes: step.okCodes ?? [0] };
  });
  const wanted = looks.map((probe) => placed(bound, probe));
  const replyTo = await hand.session.lookAgain(wanted);
  // A command of the user's may be one that waits for something.
  hand.session.forget();
  const overlay = hand.kind === "looking" ? hand.overlay : null;
  const seen = wanted.map((each) => {
    const real = replyTo(each);
    return overlay ? overlay.see(each.probe, real) : { reply: real, because: [] };
  });
  const because = [...new Set(seen.flatMap((each) => each.because))];
  const replies = seen.map(({ reply }) => reply);
  const result = resultOf(run, replies, null);
  const bad = replies.find((reply) => reply.kind !== "done");
  if (!bad) return ok(result, { because, warnings });
  const reason = bad.kind === "failed" ? bad.error.message : "the connection was lost while looking";
  if (because.length > 0) return deferred(reason, because, { warnings });
  return failed(reason, undefined, { result, warnings, exit: bad.kind === "failed" && bad.error.code === "exit" });
}

function resultOf({ bound, now }: Run, replies: readonly OpReply[] | null, why: string | null): ValueMap {
  return bound.module.result?.(bound.params, replies, { now: now(), why }) ?? {};
}
