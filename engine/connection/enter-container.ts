import { Bug } from "../errors/bug.ts";
import { read } from "../ops/build.ts";
import type { Batch, BatchReply, Counters, Inside, Operation, OpReply, Section } from "../ops/ir.ts";
import { hasLargeContent } from "../ops/large-content.ts";
import { notUpMark } from "../ops/shell/step-inside.ts";
import { type Connection, type Door, type Target, Unreachable } from "./connection.ts";
import { cutAtRequests, type Piece, rejoin } from "./cut-at-requests.ts";
import { doorName, enteringWords, processWords } from "./door.ts";
import { explainNoEntry } from "./explain-no-entry.ts";
import { assertReads } from "./reader-of.ts";
import { joinReplies, noCounters } from "./split-by-user.ts";

/** Writes on a machine, in it and in what runs on it. Both ends of each are counted. */
export interface Activity {
  writes: number;
}

/** How long it is worth waiting, in milliseconds, and what to say when that was in vain. */
interface Patience {
  readonly forMs: number;
  readonly error: Unreachable;
}
const comingMs = 60_000;
const againMs = 20_000;
const patienceMs = { starting: comingMs, running: 5_000, never: 0 } as const;

/**
 * A container by its node's connection: the words that enter it in front of each section, nothing installed in it.
 * That it is up is asked in the batch itself, so that it costs no trip; a batch that was not let in has done nothing,
 * and goes once more. Only HTTP requests are made beside it, in its network.
 */
export function enterContainer(target: Target, door: Door, node: Connection, activity: Activity): Connection {
  const waitForNetwork = door.kind === "pct" && door.waitForNetwork;
  const where = doorName(door);
  const words = enteringWords(door);
  /** Up at that moment; it holds until something is written on the machine, which may restart it. */
  let upAt: number | null = null;
  let wasUp = false;

  const entered = <Op extends Operation>({ section, requests }: Piece<Op>, once: Inside["once"]): Section<Op> => {
    const { user, within, inside, network } = section;
    if (requests) {
      // Of a further link: what it asks for its process is asked inside of this one.
      const deeper = (network ?? []).map((asked) => [...words, ...asked]);
      return { ...section, user: "root", network: [processWords(door), ...deeper] };
    }
    if (within.length === 0) return { ...section, user: "root", within: words, inside: { user, once } };
    // A further link behind this one: who works is said there.
    if (user !== null && user !== "root")
      throw new Bug(`${user} cannot enter "${within.join(" ")}" inside of ${where}`);
    return { ...section, user: "root", within: [...words, ...within], ...(inside && { inside }) };
  };

  const carry = async <Op extends Operation>(
    batch: Batch<Op>,
    go: (batch: Batch<Op>) => Promise<BatchReply>,
    anybody: Op,
  ): Promise<BatchReply> => {
    // Docker's containers have no init to wait for, and some no shell to knock with.
    const ask = door.kind === "pct" && upAt !== activity.writes;
    const pieces = cutAtRequests(batch.sections, ask ? anybody : null);
    // A large content is handed on before the script, and a further link asks for itself: both must find it up.
    const knocks = batch.sections.some(
      ({ within, network, operations }) =>
        within.length > 0 || network !== undefined || operations.some(hasLargeContent),
    );
    if (knocks && upAt !== activity.writes)
      await carry({ runId: batch.runId, sections: [knock] }, node.look, read.stat("/"));
    let total: BatchReply = { replies: [], counters: noCounters };
    let waitedMs = 0;
    for (let pauseMs = 200; ; pauseMs = Math.min(pauseMs * 1.5, 3_000)) {
      const rest = pieces.slice(total.replies.length);
      const moment = activity.writes;
      const once = knocks || upAt === moment ? "entered" : waitForNetwork ? "networked" : "up";
      const reply = await go({ ...batch, sections: rest.map((piece) => entered(piece, once)) });
      const closed = reply.replies.findIndex((replies) => replies.some(isNoEntry));
      if (closed < 0 && reply.lost === undefined) {
        upAt = moment;
        wasUp = true;
      }
      // What was not let in has not run; what looked behind it would look too early, what wrote behind it has written.
      const again =
        closed >= 0 &&
        rest.slice(closed).every(({ section }, index) => mayRepeat(section.operations, reply.replies[closed + index]));
      if (!again) return rejoin(batch.sections.length, pieces, joinReplies(total, reply));
      total = joinReplies(total, { ...reply, replies: reply.replies.slice(0, closed) });
      const { patience, counters } = await patienceFor(wordsOf(reply.replies[closed]), batch.runId);
      total = joinReplies(total, { replies: [], counters });
      if (waitedMs >= patience.forMs) throw patience.error;
      await node.pause(pauseMs);
      waitedMs += pauseMs;
    }
  };

  const patienceFor = async (
    said: string,
    runId: string,
  ): Promise<{ readonly patience: Patience; readonly counters: Counters }> => {
    const at = said.indexOf(notUpMark);
    if (at < 0) {
      const { why, counters } = await explainNoEntry(node, door, said, runId);
      // Whoever was in there a moment ago may only be on its way up again.
      const forMs = why.kind === "down" ? (wasUp ? againMs : 0) : patienceMs[why.kind];
      return { patience: { forMs, error: why.error }, counters };
    }
    const why = said.slice(at + notUpMark.length).split("\n")[0] ?? "";
    const by = door.kind === "pct" ? `pct enter ${door.vmid}` : "docker ps -a";
    const hint = `look at it on ${door.node.name}: \`${by}\``;
    const error = new Unreachable(`${where} is not up after ${comingMs / 1000} s: ${why}`, hint);
    return { patience: { forMs: comingMs, error }, counters: noCounters };
  };

  return {
    target,
    look: async (batch) => {
      assertReads(batch);
      return carry(batch, node.look, read.stat("/"));
    },
    send: (batch) => carry<Operation>(batch, node.send, read.stat("/")),
    pause: (milliseconds) => node.pause(milliseconds),
    // Who writes in here writes on the machine: one lock for both.
    ...(node.hold && { hold: node.hold }),
    close: () => node.close(),
  };
}

const knock = { user: null, within: [], stopAtFailure: false, operations: [read.stat("/")] };

function isNoEntry(reply: OpReply): boolean {
  return reply.kind === "failed" && reply.error.code === "no-entry";
}

function mayRepeat(operations: readonly Operation[], replies: readonly OpReply[] = []): boolean {
  return (
    replies.some(isNoEntry) ||
    replies.every(({ kind }) => kind === "not-run") ||
    operations.every(({ effect }) => effect === "read")
  );
}

function wordsOf(replies: readonly OpReply[] = []): string {
  for (const reply of replies)
    if (reply.kind === "failed" && reply.error.code === "no-entry") return reply.error.message;
  return "";
}
