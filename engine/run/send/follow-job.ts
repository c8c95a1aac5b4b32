import { BecomeFailed, Unreachable } from "../../connection/connection.ts";
import type { ExecAnswer, JobProgress, OpReply, WriteOp } from "../../ops/ir.ts";
import { type CompiledJob, compileJob, type JobStep } from "../../ops/job/compile-job.ts";
import { type JobState, jobReply, jobState } from "../../ops/job/job-state.ts";
import { formatDuration } from "../../text/duration.ts";
import { placed, type TaskRun } from "../look/task-run.ts";
import type { PlacedProbe, ReplyTo, WritingSession } from "../session/host-session.ts";
import { progressText } from "./progress-text.ts";

/** How a job ended as far as this run is concerned. */
export type Followed =
  /** With a reply as of any step; `drop` clears away what is left of it on the host. */
  | { readonly kind: "replied"; readonly reply: OpReply; readonly drop: WriteOp | null }
  /** It goes on without us. */
  | { readonly kind: "left"; readonly id: string; readonly why: string };

/** How long a host that cannot be reached is waited for: a router that restarts, a laptop that slept. */
const patienceMs = 15 * 60_000;
const longestPollMs = 30_000;
/** A job is ended on its own host; this much later it should be. */
const graceMs = 120_000;

/** Starts a job, or finds it, and follows it to its end. */
export async function followJob(run: TaskRun<unknown>, session: WritingSession, whole: JobStep): Promise<Followed> {
  const step = inTheTimeLeft(run, whole);
  const job = compile(run, step, false);
  const started = await startJob(run, session, job);
  if (started.kind !== "started") return started;
  const { limitMs, pollMs, progress } = step.job;
  const wanted = [placed(run.bound, job.look), ...(progress ? [placed(run.bound, progress.probe)] : [])];
  const [look] = wanted;
  const told = progressText();
  let state = look ? stateIn(started.replyTo(look)) : null;
  let startingMs = 0;
  for (let pauseMs = pollMs ?? 250; ; pauseMs = pollMs ?? Math.min(pauseMs * 1.4, longestPollMs)) {
    if (state !== null && state.kind !== "running" && state.kind !== "starting") {
      return { kind: "replied", reply: replyOf(run, step, state, started.boot), drop: job.drop };
    }
    if (state?.kind === "running" && state.forMs > limitMs + graceMs) {
      const why = `it still runs ${formatDuration(state.forMs - limitMs)} after its time limit, on which it should have been ended`;
      return { kind: "left", id: job.id, why };
    }
    // Whoever was to start it is dead: the next look would find the same.
    if (state?.kind === "starting" && startingMs > 20_000) return failedToStart("nobody has started it");
    if (run.interrupted()) return { kind: "left", id: job.id, why: "interrupted" };
    startingMs += state?.kind === "starting" ? pauseMs : 0;
    await rest(run, session, pauseMs);
    const replyTo = await patiently(run, session, () => session.poll(wanted), wanted);
    if (replyTo.kind === "lost") return { kind: "left", id: job.id, why: replyTo.why };
    if (look) state = stateIn(replyTo.value(look));
    const at = state?.kind === "running" ? state.forMs : 0;
    const known = progress && wanted[1] ? progressIn(progress.of, replyTo.value(wanted[1])) : null;
    const text = state?.kind === "running" ? told(known, at) : null;
    if (text !== null) run.onProgress(text.text, text.fraction);
  }
}

/** `timeout` of the task: its job is ended on the host when the time is up, as every other command of it is. */
function inTheTimeLeft(run: TaskRun<unknown>, step: JobStep): JobStep {
  const leftMs = run.remainingForJobMs();
  if (leftMs === null || leftMs >= step.job.limitMs) return step;
  return { ...step, job: { ...step.job, limitMs: leftMs } };
}

/** Starts a job and leaves it to itself. `reply` is that of the step: done once it runs. */
export async function leaveJob(run: TaskRun<unknown>, session: WritingSession, step: JobStep): Promise<Left> {
  const job = compile(run, step, true);
  const started = await startJob(run, session, job);
  if (started.kind === "started") return { kind: "running", id: job.id, found: started.found };
  return started;
}
type Left = { readonly kind: "running"; readonly id: string; readonly found: boolean } | Followed;

function compile(run: TaskRun<unknown>, step: JobStep, fresh: boolean): CompiledJob {
  return compileJob(step, { host: run.bound.host, user: step.at === "controller" ? null : run.bound.user }, fresh);
}

type Started =
  | { readonly kind: "started"; readonly found: boolean; readonly boot: string; readonly replyTo: ReplyTo }
  | (Followed & { readonly kind: "replied" | "left" });

async function startJob(run: TaskRun<unknown>, session: WritingSession, job: CompiledJob): Promise<Started> {
  const user = job.start.at === "controller" ? null : run.bound.user;
  const then = [placed(run.bound, job.look)];
  let sent = await session.apply([job.start], user, then);
  if (sent.replies[0]?.kind === "unknown") {
    // Whether it was started is not known, and need not be: who starts it a second time finds it.
    const again = await patiently(run, session, async () => {
      sent = await session.apply([job.start], user, then);
      return sent.replies[0]?.kind === "unknown" ? unanswered : sent.replyTo;
    });
    if (again.kind === "lost") return { kind: "left", id: job.id, why: again.why };
  }
  const reply = sent.replies[0] ?? { kind: "unknown" };
  if (reply.kind === "done" && isExecAnswer(reply.answer)) {
    const [word, boot = ""] = reply.answer.stdout.trim().split(" ");
    return { kind: "started", found: word !== "started", boot, replyTo: sent.replyTo };
  }
  if (reply.kind === "failed" && reply.error.code === "exit") {
    return failedToStart(reply.error.answer?.stderr.trim() || reply.error.message);
  }
  return { kind: "replied", reply, drop: null };
}

function failedToStart(why: string): Followed & { readonly kind: "replied" } {
  const error = { code: "failed", message: `the job could not be started: ${why}` } as const;
  return { kind: "replied", reply: { kind: "failed", error }, drop: null };
}

function replyOf(
  run: TaskRun<unknown>,
  step: JobStep,
  state: Exclude<JobState, { kind: "running" | "starting" }>,
  boot: string,
): OpReply {
  if (state.kind === "ended") return jobReply(step, step.job.limitMs, state);
  // Where jobs are kept on tmpfs, a restart leaves nothing of them.
  const restarted = state.kind === "none" ? state.boot !== boot : state.by === "reboot";
  const why = restarted
    ? `${run.bound.host} was restarted while the job ran: how far it came is not known`
    : state.kind === "none"
      ? "the job is gone: another run has taken its outcome, or somebody has removed it"
      : "what watched the job was killed, and it has ended since: how is not known";
  return { kind: "failed", error: { code: "failed", message: why } };
}

function stateIn(reply: OpReply): JobState | null {
  return reply.kind === "done" && isExecAnswer(reply.answer) ? jobState(reply.answer) : null;
}
function progressIn(of: (answer: never) => JobProgress | null, reply: OpReply): JobProgress | null {
  return reply.kind === "done" ? of(reply.answer as never) : null;
}
function isExecAnswer(answer: unknown): answer is ExecAnswer {
  return typeof answer === "object" && answer !== null && "bytes" in answer && "stderr" in answer;
}

/** Lets time pass, in pieces: who presses Ctrl-C shall not wait for the next look. */
async function rest(run: TaskRun<unknown>, session: WritingSession, ms: number): Promise<void> {
  for (let left = ms; left > 0 && !run.interrupted(); left -= 1000) await session.pause(Math.min(left, 1000));
}

/** Nobody knows what came of it: the connection was lost meanwhile. */
const unanswered = Symbol("unanswered");

type Patient<T> = { readonly kind: "there"; readonly value: T } | { readonly kind: "lost"; readonly why: string };

/** Tries again, with growing pauses, while the host cannot be reached. With `wanted`, an answer is one to all of these looks. */
export async function patiently(
  run: TaskRun<unknown>,
  session: WritingSession,
  work: () => Promise<ReplyTo | typeof unanswered>,
  wanted: readonly PlacedProbe[] = [],
  forMs = patienceMs,
): Promise<Patient<ReplyTo>> {
  const began = run.now().getTime();
  let pausedMs = 0;
  for (let pauseMs = 1000; ; pauseMs = Math.min(pauseMs * 1.5, longestPollMs)) {
    let why = "the connection was lost";
    try {
      const value = await work();
      if (value !== unanswered && wanted.every((each) => value(each).kind !== "unknown"))
        return { kind: "there", value };
    } catch (error) {
      // Not let in as that user: waiting changes nothing.
      if (!(error instanceof Unreachable) || error instanceof BecomeFailed) throw error;
      why = error.message;
    }
    // A host that does not even refuse costs time in trying, too.
    const goneMs = Math.max(pausedMs, run.now().getTime() - began);
    if (goneMs >= forMs) return { kind: "lost", why: `no answer for ${formatDuration(goneMs)}: ${why}` };
    if (run.interrupted()) return { kind: "lost", why: `interrupted while the host could not be reached (${why})` };
    await rest(run, session, pauseMs);
    pausedMs += pauseMs;
  }
}
