import { randomBytes } from "node:crypto";
import { compileShell } from "../ops/compile-shell.ts";
import { decodeReply } from "../ops/decode-reply.ts";
import type { Batch, BatchReply, OpReply } from "../ops/ir.ts";
import { batchLimit } from "./batch-limit.ts";
import type { Exit } from "./channel.ts";
import { writeTo } from "./channel.ts";
import { sendPayload } from "./send-payload.ts";
import type { Line } from "./start-channel.ts";
import { startChannel } from "./start-channel.ts";
import { tryTwice } from "./try-twice.ts";

/**
 * One batch over one connection: payloads first, then the script, then its answer. A connection that drops before the
 * script went out is tried once more; after that it is not known what ran, and the replies say so.
 */
export async function runBatch(line: Line, batch: Batch, slackMs: number): Promise<BatchReply> {
  const limitMs = batchLimit(batch, slackMs);
  return tryTwice(() => attempt(line, batch, limitMs));
}

async function attempt(line: Line, batch: Batch, limitMs: number): Promise<BatchReply> {
  // Compiled anew for each attempt: the far end of the one that dropped may still be writing into its scratch folder.
  const compiled = compileShell(batch, { ids: () => randomBytes(16).toString("hex"), loginUser: line.loginUser });
  const failures = new Set<string>();
  let bytesSent = 0;
  let bytesReceived = 0;
  for (const payload of compiled.payloads) {
    const went = await sendPayload(line, payload, limitMs);
    bytesSent += went.sent;
    bytesReceived += went.received;
    if (went.failure !== null) failures.add(went.failure);
  }
  const { channel, conversation, sent } = await startChannel(line, compiled.user, compiled.command, compiled.ready);
  const marker = Buffer.from(`${compiled.marker}\n`);
  // The time runs while we write, too: a host that takes nothing any more would hold us for ever.
  const ended = conversation.end(limitMs);
  // Marker and script in one write: from here on nothing is tried again, for what arrived may have run.
  await writeTo(channel, [Buffer.concat([marker, compiled.script])]);
  channel.stdin.end();
  bytesSent += sent + marker.length + compiled.script.length;

  const exit = exitOf(await ended, limitMs);
  bytesReceived += conversation.received;
  const { replies, forks, unlocked } = decodeReply(batch, compiled, conversation.stdout(), conversation.stderr(), exit);
  return {
    replies: failures.size === 0 ? replies : replies.map((each) => each.map((reply) => explained(reply, failures))),
    ...(exit.reason === undefined ? {} : { lost: exit.reason }),
    ...(unlocked && { unlocked }),
    counters: {
      roundTrips: compiled.payloads.length + 1,
      operations: compiled.operations,
      forks,
      bytesSent,
      bytesReceived,
    },
  };
}

/** The script knows only that a content is missing; why is known here. */
function explained(reply: OpReply, failures: ReadonlySet<string>): OpReply {
  if (reply.kind !== "failed" || reply.error.code !== "payload") return reply;
  return { ...reply, error: { ...reply.error, message: `${reply.error.message}: ${[...failures].join("; ")}` } };
}

function exitOf(how: Exit | "late" | "flood", limitMs: number): Exit {
  if (how === "late") return { code: null, signal: null, reason: `no answer within ${limitMs / 1000} s` };
  if (how === "flood") return { code: null, signal: null, reason: "the host answered without end" };
  return how;
}
