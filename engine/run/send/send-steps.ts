import { BecomeFailed, Unreachable } from "../../connection/connection.ts";
import { describeOperation } from "../../ops/describe-operation.ts";
import type { ExecAnswer, OpError, OpReply, Step, WaitUntil, WriteOp } from "../../ops/ir.ts";
import { isJob, type JobStep } from "../../ops/job/compile-job.ts";
import { judgeRequest } from "../../ops/judge-request.ts";
import type { TaskRun } from "../look/task-run.ts";
import { placed, withEnvironment } from "../look/task-run.ts";
import type { Applied, PlacedProbe, ReplyTo, WritingSession } from "../session/host-session.ts";
import { sendDropping, sendJob } from "./send-long-step.ts";
import type { StepFailure } from "./step-failure.ts";
import { tellTransfer } from "./tell-transfer.ts";

/** What came of a plan's steps. `replies` has one for each step that is an operation, in order. */
export interface Sent {
  readonly replies: readonly OpReply[];
  readonly failure: StepFailure | null;
  /** The looks that were asked for, made in the trip of the last steps. */
  readonly replyTo: ReplyTo;
}
/** Sends steps in order, in as few trips as there are waits and changes of place between them, and stops at the first failure. */
export async function sendSteps(
  run: TaskRun<unknown>,
  session: WritingSession,
  steps: readonly Step[],
  then: readonly PlacedProbe[],
  /** With them its task has done all that it has to do. */
  concluding = false,
): Promise<Sent> {
  const replies: OpReply[] = [];
  const groups = grouped(steps);
  let replyTo: ReplyTo | null = null;
  let failure: StepFailure | null = null;
  let sentBefore = 0;
  let mayBeDown = false;
  for (const [index, group] of groups.entries()) {
    const last = index === groups.length - 1;
    const ride = last ? { looks: then, ahead: run.ahead } : { looks: [] };
    if (group.kind === "wait") {
      failure = await waitFor(run, session, group.wait, { sentBefore, mayBeDown });
    } else if (group.kind === "job") {
      const done = await sendJob(run, session, group.step, sentBefore, ride);
      failure = done.failure;
      if (last) replyTo = done.replyTo;
      if (done.reply) replies.push(done.reply);
      sentBefore += 1;
    } else if (group.kind === "drop") {
      const done = await sendDropping(run, session, group.step, sentBefore);
      failure = done.failure;
      replies.push(done.reply);
      mayBeDown = true;
      sentBefore += 1;
    } else {
      const operations = group.operations.map((step) => tellTransfer(run, withEnvironment(run.bound, step)));
      const lines = operations.map(describeOperation);
      for (const line of lines) run.onStep("intent", line);
      const user = operations[0]?.at === "controller" ? null : run.bound.user;
      if (last && concluding) session.conclude();
      // What is seen in advance before a wait or a further write would not count any more.
      const applied = await session.apply(operations, user, last ? then : [], last ? run.ahead : undefined);
      const sent = { ...applied, replies: applied.replies.map((reply, at) => judged(operations[at], reply)) };
      if (last) replyTo = sent.replyTo;
      replies.push(...sent.replies);
      failure = firstFailure(sent, lines, run, sentBefore);
      sentBefore += operations.length;
    }
    if (failure) break;
  }
  // After a wait or a failure the looks have not been made yet; who lost the connection has nothing to ask.
  const reachable = failure?.kind !== "unknown" && failure?.kind !== "left";
  if (replyTo === null && reachable) replyTo = await session.lookAgain(then);
  return { replies, failure, replyTo: replyTo ?? notSeen };
}

const notSeen: ReplyTo = () => ({ kind: "unknown" });

function firstFailure(
  { replies, lost }: Applied,
  lines: readonly string[],
  run: TaskRun<unknown>,
  sentBefore: number,
): StepFailure | null {
  for (const [index, reply] of replies.entries()) {
    const step = lines[index] ?? "";
    if (reply.kind === "done") run.onStep("done", step);
    if (reply.kind === "failed") {
      run.onStep("failed", step);
      return { kind: "failed", step, index: sentBefore + index, error: reply };
    }
    if (reply.kind === "unknown") {
      run.onStep("unknown", step);
      return { kind: "unknown", step, rest: lines.length - index - 1, lost };
    }
  }
  return null;
}

type Group =
  | { readonly kind: "operations"; readonly operations: WriteOp[] }
  | { readonly kind: "job"; readonly step: JobStep }
  | { readonly kind: "drop"; readonly step: WriteOp }
  | { readonly kind: "wait"; readonly wait: WaitUntil<never> };

function grouped(steps: readonly Step[]): readonly Group[] {
  const groups: Group[] = [];
  for (const step of steps) {
    const last = groups.at(-1);
    if (step.kind === "wait-until") groups.push({ kind: "wait", wait: step });
    else if (isJob(step)) groups.push({ kind: "job", step });
    else if (step.mayDrop) groups.push({ kind: "drop", step });
    else if (last?.kind === "operations" && together(last.operations.at(-1), step)) last.operations.push(step);
    else groups.push({ kind: "operations", operations: [step] });
  }
  return groups;
}

/** In one trip: in the same place, and not after a request whose answer decides whether there is a next step at all. */
function together(before: WriteOp | undefined, step: WriteOp): boolean {
  return before?.at === step.at && !(before?.kind === "http" && before.okStatuses !== undefined);
}

function judged(step: WriteOp | undefined, reply: OpReply): OpReply {
  return step === undefined ? reply : judgeRequest(step, reply);
}

async function waitFor(
  run: TaskRun<unknown>,
  session: WritingSession,
  wait: WaitUntil<never>,
  { sentBefore, mayBeDown }: { readonly sentBefore: number; readonly mayBeDown: boolean },
): Promise<StepFailure | null> {
  const wanted = placed(run.bound, wait.probe);
  const began = run.now().getTime();
  let pausedMs = 0;
  for (let pauseMs = 100; ; pauseMs = Math.min(pauseMs * 1.5, 5_000)) {
    const reply = await lookOrDown(session, wanted, mayBeDown);
    // While it is down it is the trying that takes the time.
    const waitedMs = mayBeDown ? Math.max(pausedMs, run.now().getTime() - began) : pausedMs;
    const answer = reply.kind === "done" ? { value: reply.answer as never } : null;
    if (answer && wait.holds(answer.value)) return null;
    const hopeless = answer ? (wait.hopeless?.(answer.value) ?? null) : null;
    if (hopeless !== null || waitedMs >= wait.forMs) {
      const why = hopeless ?? `waited ${Math.round(wait.forMs / 1000)} s for ${wait.why}`;
      const told = answer ? await explained(run, session, wait, answer.value) : "";
      const error: OpError = { code: hopeless === null ? "timeout" : "failed", message: why + told };
      return { kind: "failed", step: wait.why, index: sentBefore, error: { kind: "failed", error } };
    }
    const nextMs = Math.min(pauseMs, wait.forMs - waitedMs);
    await session.pause(nextMs);
    pausedMs += nextMs;
  }
}

/** What a look at the place where it went wrong tells, on lines of its own. */
async function explained(
  run: TaskRun<unknown>,
  session: WritingSession,
  wait: WaitUntil<never>,
  answer: never,
): Promise<string> {
  const explanation = wait.explain?.(answer) ?? null;
  if (explanation === null) return "";
  const wanted = placed(run.bound, explanation.probe);
  const reply = (await session.lookAgain([wanted]))(wanted);
  const told = reply.kind === "done" ? explanation.tell(reply.answer as ExecAnswer) : "";
  return told === "" ? "" : `\n${told}`;
}

async function lookOrDown(session: WritingSession, wanted: PlacedProbe, mayBeDown: boolean): Promise<OpReply> {
  try {
    return (await session.lookAgain([wanted]))(wanted);
  } catch (error) {
    if (!mayBeDown || !(error instanceof Unreachable) || error instanceof BecomeFailed) throw error;
    return { kind: "unknown" };
  }
}
