import { read } from "../../ops/build.ts";
import { describeOperation } from "../../ops/describe-operation.ts";
import type { ExecAnswer, OpReply, WriteOp } from "../../ops/ir.ts";
import type { JobStep } from "../../ops/job/compile-job.ts";
import { placed, type TaskRun, withEnvironment } from "../look/task-run.ts";
import type { Ahead, PlacedProbe, ReplyTo, WritingSession } from "../session/host-session.ts";
import { followJob, patiently } from "./follow-job.ts";
import type { StepFailure } from "./step-failure.ts";

/** What may ride on the last trip of a step. */
interface Ride {
  readonly looks: readonly PlacedProbe[];
  readonly ahead?: Ahead;
}
export interface JobDone {
  readonly reply: OpReply | null;
  readonly failure: StepFailure | null;
  /** The looks that rode along; null: they have not been made. */
  readonly replyTo: ReplyTo | null;
}

/** A step that is a job: started, followed, and cleared away once its outcome is known here. */
export async function sendJob(
  run: TaskRun<unknown>,
  session: WritingSession,
  plain: JobStep,
  index: number,
  ride: Ride,
): Promise<JobDone> {
  const step = withEnvironment(run.bound, plain);
  const line = describeOperation(step);
  run.onStep("intent", line);
  const followed = await followJob(run, session, step);
  if (followed.kind === "left") {
    run.onStep("unknown", line);
    const { id, why } = followed;
    return { reply: null, failure: { kind: "left", step: line, index, host: run.bound.host, id, why }, replyTo: null };
  }
  const { reply, drop } = followed;
  run.onStep(reply.kind === "done" ? "done" : "failed", line);
  const failure: StepFailure | null =
    reply.kind === "failed" ? { kind: "failed", step: line, index, error: reply } : null;
  if (drop === null) return { reply, failure, replyTo: null };
  const user = drop.at === "controller" ? null : run.bound.user;
  // Its looks are those after the step: clearing away what nobody needs any more changes nothing of them.
  const cleared = await session.apply([drop], user, ride.looks, ride.ahead);
  const seen = ride.looks.every((each) => cleared.replyTo(each).kind !== "unknown");
  return { reply, failure, replyTo: seen ? cleared.replyTo : null };
}

/** How long a host is waited for that a step has cut off. Who knows better waits by steps of their own after it. */
const comesBackMs = 10 * 60_000;

/** A step that may cost the connection: if it does, the step is done, and the host is waited for. */
export async function sendDropping(
  run: TaskRun<unknown>,
  session: WritingSession,
  plain: WriteOp,
  index: number,
): Promise<{ readonly reply: OpReply; readonly failure: StepFailure | null }> {
  const step = withEnvironment(run.bound, plain);
  const line = describeOperation(step);
  run.onStep("intent", line);
  const sent = await session.apply([step], step.at === "controller" ? null : run.bound.user, []);
  run.onRestart();
  const reply = sent.replies[0] ?? { kind: "unknown" };
  if (reply.kind === "failed") {
    run.onStep("failed", line);
    return { reply, failure: { kind: "failed", step: line, index, error: reply } };
  }
  if (reply.kind === "done") {
    run.onStep("done", line);
    return { reply, failure: null };
  }
  const there = [placed(run.bound, read.stat("/"))];
  const back = await patiently(run, session, () => session.lookAgain(there), there, comesBackMs);
  if (back.kind === "lost") {
    run.onStep("unknown", line);
    return { reply, failure: { kind: "unknown", step: line, rest: 0, lost: back.why } };
  }
  run.onStep("done", line);
  const answer: ExecAnswer = { code: 0, stdout: "", stderr: "", bytes: new Uint8Array() };
  return { reply: { kind: "done", answer }, failure: null };
}
