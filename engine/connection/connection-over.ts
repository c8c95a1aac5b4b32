import { setTimeout } from "node:timers/promises";
import type { Batch, BatchReply, ReadBatch } from "../ops/ir.ts";
import type { Claim } from "../ops/lock/holder-text.ts";
import type { Channel, OpenChannel } from "./channel.ts";
import { Refused } from "./channel.ts";
import type { Connection, Hold, Target } from "./connection.ts";
import { BecomeFailed, Unreachable } from "./connection.ts";
import type { ConnectionEnvironment } from "./environment.ts";
import { limitsOf } from "./environment.ts";
import { holdMachine, type Keeping } from "./hold-machine.ts";
import { lookTogether } from "./look-together.ts";
import { assertReads } from "./reader-of.ts";
import { runBatch } from "./run-batch.ts";
import { type Rider, runTogether } from "./run-together.ts";
import { makeSlots, type Slots } from "./slots.ts";
import { sendParts, splitByUser } from "./split-by-user.ts";
import type { Line } from "./start-channel.ts";

/** sshd lets ten sessions run on one connection (MaxSessions) and two are left to others. */
const mostChannels = 8;

export interface Way {
  readonly target: Target;
  readonly environment: ConnectionEnvironment;
  readonly loginUser: string;
  readonly openChannel: OpenChannel;
  /** See Connection. */
  reset?(): void;
  close(): Promise<void>;
}

/** A connection made of a way to open channels: what ssh and local have in common. */
export function connectionOver(way: Way): Connection {
  const { target, loginUser } = way;
  const limits = limitsOf(way.environment);
  const slots = makeSlots(mostChannels);
  let closed = false;
  const lock: Lock = { keeping: null, given: null };

  const line = {
    target,
    loginUser,
    readyMs: limits.readyMs,
    stallMs: limits.stallMs,
    openChannel: (command: string) => openWithin(way, slots, command, lock),
  };

  const throughBecome = becomeGate();
  const sendOne = async (batch: Batch): Promise<BatchReply> => {
    if (closed) throw new Unreachable(`${target.name}: the connection was closed`);
    const run = () => runBatch(line, batch, limits.batchSlackMs);
    const users = batch.sections.flatMap(({ user }) => (user === null || user === loginUser ? [] : [user]));
    return users.length === 0 || loginUser === "root" ? run() : throughBecome([...new Set(users)].join(), run);
  };

  const send = (batch: Batch): Promise<BatchReply> =>
    target.becomePassword === undefined || loginUser === "root"
      ? sendOne(batch)
      : sendParts(splitByUser(batch, loginUser), sendOne);

  const look = async (batch: ReadBatch): Promise<BatchReply> => {
    assertReads(batch);
    return send(batch);
  };
  /** Not where the machine has no place for what several answer. */
  let carries = true;
  const carry = async (user: string | null, riders: readonly Rider[]): Promise<void> => {
    if (closed) throw new Unreachable(`${target.name}: the connection was closed`);
    const run = () => runTogether(line, user, riders, limits.batchSlackMs);
    if (!(await (user === null || loginUser === "root" ? run() : throughBecome(user, run)))) carries = false;
  };

  return {
    target,
    send,
    look,
    lookTogether: (batches) => {
      const alone = (batch: ReadBatch) =>
        !carries || (target.becomePassword !== undefined && splitByUser(batch, loginUser).length > 1);
      return lookTogether({ loginUser, alone, look, carry }, batches);
    },
    pause: (milliseconds) => setTimeout(milliseconds),
    ...(way.reset && { reset: way.reset }),
    hold: oneAtATime(async (claim) => {
      if (slots.limit === 1) await giveWay(lock);
      return hold(line, lock, claim);
    }),
    close: async () => {
      closed = true;
      await lock.keeping?.release();
      await way.close();
    },
  };
}

/** The machine's lock: the channel that keeps it, or why that one had to give way. */
interface Lock {
  keeping: Keeping | null;
  given: string | null;
}

async function hold(line: Line, lock: Lock, claim: Claim): Promise<Hold> {
  if (lock.given !== null) return { kind: "unlockable", why: lock.given };
  if (lock.keeping?.alive()) return { ...lock.keeping.hold, anew: false };
  const before = lock.keeping?.holder ?? null;
  const came = await holdMachine(line, { ...claim, before });
  if ("kind" in came) return came;
  lock.keeping = came;
  return came.hold;
}

/** Where the lock's is the only session that the server allows: better a run without a lock than none. */
async function giveWay(lock: Lock): Promise<boolean> {
  lock.given = "its server allows one session at a time";
  if (!lock.keeping?.alive()) return false;
  await lock.keeping.release();
  return true;
}

/** Two that claim the same machine at once must not find each other in possession of it. */
function oneAtATime(claim: (claim: Claim) => Promise<Hold>): (claim: Claim) => Promise<Hold> {
  let last: Promise<unknown> = Promise.resolve();
  return (wanted) => {
    const next = last.then(() => claim(wanted));
    last = next.catch(() => {});
    return next;
  };
}

const pausesMs = [20, 50, 100, 200, 400, 800];

/** Opens a channel when a slot is free. A server that allows fewer than we thought is believed, down to one. */
async function openWithin(way: Way, slots: Slots, command: string, lock: Lock): Promise<Channel> {
  for (let attempt = 0; ; ) {
    if (slots.limit === 1) await giveWay(lock);
    const giveBack = await slots.take();
    try {
      const channel = await way.openChannel(command);
      void channel.exit.then(giveBack);
      return channel;
    } catch (error) {
      const alone = slots.taken === 1;
      if (error instanceof Refused) slots.lower();
      // After lower(): the next in line must not be let into the place that has just been found not to exist.
      giveBack();
      if (!(error instanceof Refused)) throw error;
      if (slots.limit === 1 && (await giveWay(lock))) continue;
      if (!alone) continue;
      const pauseMs = pausesMs[attempt];
      if (pauseMs === undefined) {
        throw new Unreachable(
          `${way.target.name}: logged in, but the server opens no session: ${error.message}`,
          "does its sshd_config set MaxSessions 0, or is the host out of processes?",
        );
      }
      attempt += 1;
      await setTimeout(pauseMs);
    }
  }
}

/**
 * Lets the first batch under sudo go alone: eight at once with a wrong password would lock the account, and one that was
 * refused is not sent again.
 */
function becomeGate(): <T>(users: string, run: () => Promise<T>) => Promise<T> {
  const passed = new Set<string>();
  const refused = new Map<string, BecomeFailed>();
  let trying: Promise<void> | undefined;

  return async (users, run) => {
    for (;;) {
      const before = refused.get(users);
      if (before !== undefined) throw before;
      if (passed.has(users)) return run();
      if (trying === undefined) break;
      await trying;
    }
    const result = run();
    trying = result.then(
      () => {
        passed.add(users);
        trying = undefined;
      },
      (error: unknown) => {
        if (error instanceof BecomeFailed) refused.set(users, error);
        trying = undefined;
      },
    );
    return result;
  };
}
