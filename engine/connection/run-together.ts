import { randomBytes } from "node:crypto";
import { compileTogether } from "../ops/compile-together.ts";
import type { CompiledBatch } from "../ops/compiled.ts";
import { decodeReply } from "../ops/decode-reply.ts";
import type { BatchReply, Counters, ReadBatch } from "../ops/ir.ts";
import { type Part, splitTogether } from "../ops/reply/split-together.ts";
import { bootstrap } from "../ops/shell/bootstrap.ts";
import { batchLimit } from "./batch-limit.ts";
import { type Exit, writeTo } from "./channel.ts";
import type { Line } from "./start-channel.ts";
import { startChannel } from "./start-channel.ts";
import { tryTwice } from "./try-twice.ts";

/** One of the batches that travel together, and who waits for its answer. */
export interface Rider {
  readonly batch: ReadBatch;
  readonly compiled: CompiledBatch;
  /** With its part of the trip, also where the reply is null: it was not carried, and goes alone. */
  answer(reply: Omit<BatchReply, "counters"> | null, part: Counters): void;
}

const ids = (): string => randomBytes(16).toString("hex");

/**
 * Looks of several hosts over one channel, as the user whom all of them need. Each has the time limit that it would have alone:
 * one that is late does not hold up the others, and the channel is given up once only such are left. False: none was carried.
 */
export function runTogether(
  line: Line,
  user: string | null,
  riders: readonly Rider[],
  slackMs: number,
): Promise<boolean> {
  // A second attempt is of the same scripts: those of the first were not sent, so nothing of them lies on the host.
  return tryTwice(() => attempt(line, user, riders, slackMs));
}

async function attempt(line: Line, user: string | null, riders: readonly Rider[], slackMs: number): Promise<boolean> {
  const together = compileTogether(
    riders.map(({ compiled }) => compiled.script),
    { ids, runId: riders[0]?.batch.runId ?? "looks" },
  );
  const [marker, ready] = [`lab-go-${ids()}`, `lab-ready-${ids()}`];
  const { channel, conversation, sent } = await startChannel(line, user, bootstrap(ready, marker, "sh"), ready);
  const input = Buffer.concat([Buffer.from(`${marker}\n`), together.script]);
  const scripts = riders.reduce((sum, { compiled }) => sum + compiled.script.length, 0);
  const own = { forks: together.forks, bytesSent: sent + input.length - scripts };

  const open = new Set(riders);
  let carried = false;
  const settle = (rider: Rider, came: Came): void => {
    if (!open.delete(rider)) return;
    carried ||= came.kind !== "not-carried";
    answer(rider, came, rider === riders[0] ? own : null);
  };
  const told = (part: Part): void => {
    const rider = riders[part.index];
    if (rider) settle(rider, part.code === null ? { kind: "not-carried" } : { kind: "answer", part, code: part.code });
  };
  channel.stdout.on("data", splitTogether(together.nonce, told));
  const limits = riders.map(({ batch }) => batchLimit(batch, slackMs));
  const clocks = riders.map((rider, index) => {
    const limitMs = limits[index] ?? slackMs;
    return setTimeout(() => {
      settle(rider, { kind: "lost", why: `no answer within ${limitMs / 1000} s` });
      if (open.size === 0) channel.cut();
    }, limitMs);
  });
  try {
    const ended = conversation.end(Math.max(...limits));
    await writeTo(channel, [input]);
    channel.stdin.end();
    const exit = await ended;
    // One that has ended by itself without a word about some of them has not carried these.
    const whole = exit === "flood" || (exit !== "late" && exit.code !== null && exit.code < 128);
    for (const rider of open) settle(rider, whole ? { kind: "not-carried" } : { kind: "lost", why: reasonOf(exit) });
    return carried;
  } finally {
    for (const clock of clocks) clearTimeout(clock);
  }
}

function reasonOf(exit: Exit | "late" | "flood"): string {
  if (exit === "late") return "no answer in time";
  return (exit === "flood" ? undefined : exit.reason) ?? "the connection was closed";
}

/** What the trip itself has cost; the first of those that share it is told. */
interface Own {
  readonly forks: number;
  readonly bytesSent: number;
}
/** What has come of one of them. */
type Came =
  | { readonly kind: "answer"; readonly part: Part; readonly code: number }
  | { readonly kind: "lost"; readonly why: string }
  | { readonly kind: "not-carried" };

function answer({ batch, compiled, answer }: Rider, came: Came, own: Own | null): void {
  const trip = {
    roundTrips: 1,
    ...(own === null && { shared: 1 }),
    operations: 0,
    forks: own?.forks ?? 0,
    bytesSent: compiled.script.length + (own?.bytesSent ?? 0),
    bytesReceived: came.kind === "answer" ? came.part.bytes : 0,
  };
  if (came.kind === "not-carried") {
    answer(null, trip);
    return;
  }
  const { stdout, stderr } = came.kind === "answer" ? came.part : { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
  const end = { code: came.kind === "answer" ? came.code : null, signal: null };
  const { replies, forks } = decodeReply(batch, compiled, stdout, stderr, end);
  const counters = { ...trip, operations: compiled.operations, forks: trip.forks + forks };
  answer({ replies, ...(came.kind === "lost" && { lost: came.why }) }, counters);
}
