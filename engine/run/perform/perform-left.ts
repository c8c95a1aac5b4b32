import { Bug } from "../../errors/bug.ts";
import type { ActionModule } from "../../module/define-module.ts";
import { describeStep } from "../../ops/describe-operation.ts";
import type { Step } from "../../ops/ir.ts";
import { isJob } from "../../ops/job/compile-job.ts";
import { type TaskRun, withEnvironment } from "../look/task-run.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import { leaveJob } from "../send/follow-job.ts";
import { goesOn } from "../send/step-failure.ts";
import type { WritingSession } from "../session/host-session.ts";

/** What `register` gets of a job that was started and left: the same fields whether it was found running or not. */
export const leftFields: readonly string[] = ["job_id", "started", "finished"];

/** `poll: 0`: the command is started and left to itself. `job_status` tells what becomes of it. */
export async function performLeft(
  run: TaskRun<ActionModule>,
  session: WritingSession,
  planned: readonly Step[],
  warnings: readonly string[],
): Promise<Outcome> {
  const [step, ...more] = planned;
  if (step === undefined || step.kind === "wait-until" || more.length > 0 || !isJob(step)) {
    throw new Bug(`module "${run.bound.module.name}" was let through with \`poll: 0\`, and is not one command`);
  }
  const line = describeStep(step);
  run.onStep("intent", line);
  const left = await leaveJob(run, session, withEnvironment(run.bound, step));
  const shown = { steps: [line], warnings };
  if (left.kind === "running") {
    run.onStep("done", line);
    const result = { job_id: left.id, started: !left.found, finished: false };
    if (!left.found) return { status: "changed", changed: true, because: [], result, ...shown };
    const reason = `it runs already, as job ${left.id}`;
    return { status: "ok", changed: false, because: [], reason, result, ...shown };
  }
  run.onStep(left.kind === "left" ? "unknown" : "failed", line);
  if (left.kind === "left") {
    const { reason, hint } = goesOn({ ...left, step: line, index: 0, host: run.bound.host });
    return failed(reason, hint, { ...shown, changed: true });
  }
  const why = left.reply.kind === "failed" ? left.reply.error.message : "the connection was lost";
  return failed(why, undefined, shown);
}
