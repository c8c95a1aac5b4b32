import { describeOperation } from "../../ops/describe-operation.ts";
import type { Operation, OpReply } from "../../ops/ir.ts";
import { limitMsOf } from "../../ops/limits.ts";
import { formatDuration } from "../../text/duration.ts";
import type { Hand } from "../look/task-run.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import type { LookingSession, PlacedProbe, ReplyTo, WritingSession } from "../session/host-session.ts";

/** The time of a try is up while nothing is under way on the host. */
export class TookTooLong extends Error {
  constructor() {
    super("took too long");
    this.name = "TookTooLong";
  }
}

/** `timeout`: how long one try may take, and what was sent in it. */
export interface Deadline {
  readonly limitMs: number;
  /** Throws TookTooLong once nothing is left. */
  remainingMs(): number;
  /** The same for a job: its host ends it then, and it is followed until it has. */
  remainingForJobMs(): number;
  /** Time that a pause has taken: in the embedded lab nobody waits for it, and our own clock does not see it. */
  passed(ms: number): void;
  sent(steps: readonly Operation[]): void;
  /** An operation was ended because of this limit, and not at one of its own. */
  cut(operations: readonly Operation[], replies: readonly OpReply[], withinMs: number): void;
  readonly over: boolean;
  readonly steps: readonly string[];
}

/** How long a host may take to end a job and to tell of it. */
const jobGraceMs = 30_000;

export function startDeadline(limitMs: number, now: () => Date): Deadline {
  const began = now().getTime();
  const steps: string[] = [];
  let pausedMs = 0;
  let graceMs = 0;
  let over = false;
  const leftMs = (): number => limitMs - Math.max(pausedMs, now().getTime() - began);
  return {
    limitMs,
    remainingMs() {
      const left = leftMs() + graceMs;
      if (left > 0) return left;
      over = true;
      throw new TookTooLong();
    },
    remainingForJobMs() {
      const left = Math.max(1, this.remainingMs() - graceMs);
      graceMs = jobGraceMs;
      return left;
    },
    passed(ms) {
      pausedMs += ms;
    },
    sent: (operations) => void steps.push(...operations.map(describeOperation)),
    cut(operations, replies, withinMs) {
      replies.forEach((reply, index) => {
        const operation = operations[index];
        if (operation === undefined || limitMsOf(operation) <= withinMs) return;
        if (reply.kind === "unknown" || (reply.kind === "failed" && reply.error.code === "timeout")) over = true;
      });
    },
    get over() {
      return over || leftMs() <= 0;
    },
    steps,
  };
}

/** The hand that carries out a task within its time: what it sends is ended on the host when the time is up. */
export function withDeadline(hand: Hand, deadline: Deadline): Hand {
  return hand.kind === "looking"
    ? { ...hand, session: lookingWithin(hand.session, deadline) }
    : { ...hand, session: writingWithin(hand.session, deadline) };
}

function lookingWithin(session: LookingSession, deadline: Deadline): LookingSession {
  const noting = async (
    wanted: readonly PlacedProbe[],
    look: (withinMs: number) => Promise<ReplyTo>,
  ): Promise<ReplyTo> => {
    const withinMs = deadline.remainingMs();
    const replyTo = await look(withinMs);
    const replies = wanted.map((each) => replyTo(each));
    deadline.cut(
      wanted.map(({ probe }) => probe),
      replies,
      withinMs,
    );
    return replyTo;
  };
  return {
    ...session,
    // What is looked at in advance would take its time from a task that has no more than this.
    look: (wanted) => noting(wanted, (withinMs) => session.look(wanted, undefined, withinMs)),
    lookAgain: (wanted) => noting(wanted, (withinMs) => session.lookAgain(wanted, withinMs)),
    poll: (wanted) => noting(wanted, (withinMs) => session.poll(wanted, withinMs)),
    async pause(milliseconds) {
      const ms = Math.min(milliseconds, deadline.remainingMs());
      await session.pause(ms);
      deadline.passed(ms);
      if (ms < milliseconds) deadline.remainingMs();
    },
  };
}

function writingWithin(session: WritingSession, deadline: Deadline): WritingSession {
  return {
    ...session,
    ...lookingWithin(session, deadline),
    async apply(steps, user, then) {
      const withinMs = deadline.remainingMs();
      deadline.sent(steps);
      const applied = await session.apply(steps, user, then, undefined, withinMs);
      deadline.cut(steps, applied.replies, withinMs);
      return applied;
    },
  };
}

/** Carries out a try. One whose time was up has failed, and says what it had sent by then. */
export async function inTime(deadline: Deadline | null, work: () => Promise<Outcome>): Promise<Outcome> {
  if (deadline === null) return work();
  const late = `took longer than ${formatDuration(deadline.limitMs)} (\`timeout\`)`;
  try {
    const outcome = await work();
    if (outcome.status !== "failed" || !deadline.over) return outcome;
    return { ...outcome, reason: outcome.reason === undefined ? late : `${late}: ${outcome.reason}` };
  } catch (error) {
    if (!(error instanceof TookTooLong)) throw error;
    const { steps } = deadline;
    if (steps.length === 0) return failed(late, undefined);
    const hint = "what it has sent is done: run again, and what is there is found and left alone";
    return failed(`${late}, after it had sent ${steps.length === 1 ? "a step" : `${steps.length} steps`}`, hint, {
      steps: [...steps],
      changed: true,
    });
  }
}
