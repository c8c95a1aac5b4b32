import type { Connection, LockOwner } from "../../connection/connection.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import type { Holder } from "../../ops/lock/holder-text.ts";
import { formatDuration } from "../../text/duration.ts";

/** Who this run is, for the locks of the machines that it writes to. */
export interface Claimant {
  /** `user@controller`. */
  readonly who: string;
  /** Of our process. */
  readonly pid: number;
  /** How long a machine is waited for that another run has; 0: not at all. */
  readonly waitMs: number;
}

/** Somebody else writes to the machine: the task fails, and nothing of it was sent. */
export class MachineBusy extends Error {
  readonly hint: string;

  constructor(message: string, hint: string) {
    super(message);
    this.name = "MachineBusy";
    this.hint = hint;
  }
}

/** What it means for a task that it may write now. */
export interface Taken {
  /** For the batches that write; null: without a lock, or with one that another connection of this run keeps. */
  readonly holder: Holder | null;
  /** Another run has written since this one began to look: what was seen does not count. */
  readonly overtaken: boolean;
  /** A channel was opened for it. */
  readonly opened: boolean;
}

/** The locks of a run: one for each machine, from its first write on. */
export interface MachineLocks {
  take(connection: Connection): Promise<Taken>;
}

interface Surroundings {
  readonly runId: string;
  readonly claimant: Claimant;
  readonly startedAt: Date;
  now(): Date;
  warn(diagnostic: Diagnostic): void;
  /** Asked while it waits. */
  interrupted(): boolean;
}

/** Clocks of two machines that count seconds differ by one, and so may two looks at them. */
const slackMs = 2_000;
const longestPauseMs = 5_000;
/** Who waits wants to see now and then that it still does. */
const tellEveryMs = 30_000;

export function machineLocks(around: Surroundings): MachineLocks {
  const { runId, claimant, startedAt, now, warn, interrupted } = around;
  const told = new Set<string>();
  return {
    async take(connection) {
      const { name } = connection.target;
      if (connection.hold === undefined) return { holder: null, overtaken: false, opened: false };
      let waitedMs = 0;
      let toldAtMs = Number.NEGATIVE_INFINITY;
      for (let pauseMs = 500; ; pauseMs = Math.min(pauseMs * 1.5, longestPauseMs)) {
        const { who, pid, waitMs } = claimant;
        const since = startedAt.toISOString();
        const hold = await connection.hold({ runId, who, since, pid, before: null });
        if (hold.kind === "held") {
          const age = now().getTime() - startedAt.getTime();
          const wrote = hold.anew && hold.wrote !== null && hold.wrote.agoMs <= age + slackMs;
          return { holder: hold.holder, overtaken: hold.anew && (wrote || waitedMs > 0), opened: hold.anew };
        }
        if (hold.kind === "unlockable") {
          if (!told.has(name)) warn(withoutLock(name, hold.why));
          told.add(name);
          return { holder: null, overtaken: false, opened: false };
        }
        // Reached under two names: the other connection of this run keeps it.
        if (hold.by.kind === "run" && hold.by.runId === runId) return { holder: null, overtaken: false, opened: false };
        if (waitedMs >= waitMs || interrupted()) throw busy(name, hold.by, waitedMs, now());
        if (waitedMs - toldAtMs >= tellEveryMs) {
          warn(waitingFor(name, hold.by, now(), waitedMs, waitMs));
          toldAtMs = waitedMs;
        }
        const nextMs = Math.min(pauseMs, waitMs - waitedMs);
        await connection.pause(nextMs);
        waitedMs += nextMs;
      }
    },
  };
}

function withoutLock(name: string, why: string): Diagnostic {
  return {
    code: "no-lock",
    severity: "warning",
    message: `${name} cannot be locked: ${why}`,
    hint: "the run goes on; let no other run write to it meanwhile",
  };
}

function waitingFor(name: string, by: LockOwner, now: Date, waitedMs: number, waitMs: number): Diagnostic {
  const soFar = waitedMs === 0 ? "" : `, ${formatDuration(waitedMs)} so far`;
  return {
    code: "waiting-for-lock",
    severity: "warning",
    message: `${name} is held by ${ownerName(by, now)}: waiting for it, at most ${formatDuration(waitMs)}${soFar}`,
  };
}

function ownerName(by: LockOwner, now: Date): string {
  switch (by.kind) {
    case "run": {
      const forMs = now.getTime() - Date.parse(by.since);
      const since = Number.isNaN(forMs) ? "" : `, for ${formatDuration(Math.max(0, forMs))}`;
      return `run ${by.runId} of ${by.who} (process ${by.pid}${since})`;
    }
    case "orphan":
      return "a step of a run that was cut off, which is still at work";
    case "other":
      return by.process === null ? "somebody whose name it does not tell" : `the process ${by.process} on it`;
  }
}

function busy(name: string, by: LockOwner, waitedMs: number, now: Date): MachineBusy {
  const vain = waitedMs > 0 ? ` (waited ${formatDuration(waitedMs)})` : "";
  const hint =
    by.kind === "run"
      ? "let that run end, or wait for it: --wait-for-lock"
      : by.kind === "orphan"
        ? "run again in a moment, or wait for it: --wait-for-lock"
        : "see `cat /proc/locks` on it; or wait for it: --wait-for-lock";
  return new MachineBusy(`nothing was sent: ${name} is held by ${ownerName(by, now)}${vain}`, hint);
}

/** A write in the middle of a plan that was made from what no longer counts. */
export function overtakenBy(name: string): MachineBusy {
  return new MachineBusy(
    `another run has written to ${name} while the connection to it was lost`,
    "run again: what is already done is found and left alone",
  );
}
