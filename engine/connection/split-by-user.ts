import type { Batch, BatchReply, OpReply, Section } from "../ops/ir.ts";
import { BecomeFailed, Unreachable } from "./connection.ts";

/**
 * The batches that a batch has to go as. Where sudo wants a password only a channel can give it: a script that runs as one
 * user cannot enter another, unless it is root's. So users among whom root is not have a channel each, in the order of
 * their sections.
 */
export function splitByUser(batch: Batch, loginUser: string): readonly Batch[] {
  const userOf = ({ user }: Section): string => user ?? loginUser;
  const users = new Set(batch.sections.map(userOf));
  if (users.size <= 1 || users.has("root")) return [batch];
  const parts: Section[][] = [];
  for (const section of batch.sections) {
    const last = parts.at(-1);
    if (last?.[0] && userOf(last[0]) === userOf(section)) last.push(section);
    else parts.push([section]);
  }
  return parts.map((sections) => ({ ...batch, sections }));
}

/** Sends the parts one after the other and answers as if they had been one. */
export async function sendParts(
  parts: readonly Batch[],
  send: (part: Batch) => Promise<BatchReply>,
): Promise<BatchReply> {
  let total: BatchReply | null = null;
  for (const part of parts) {
    const reply: BatchReply = total === null ? await send(part) : await sendLater(part, total, send);
    total = total === null ? reply : joinReplies(total, reply);
  }
  return total ?? { replies: [], counters: noCounters };
}

export const noCounters: BatchReply["counters"] = {
  roundTrips: 0,
  operations: 0,
  forks: 0,
  bytesSent: 0,
  bytesReceived: 0,
};

/** What came before has been carried out and its answer must not be lost: a later part that cannot go fails by itself. */
async function sendLater(
  part: Batch,
  before: BatchReply,
  send: (part: Batch) => Promise<BatchReply>,
): Promise<BatchReply> {
  const all = (reply: OpReply): BatchReply["replies"] =>
    part.sections.map(({ operations }) => operations.map(() => reply));
  if (before.unlocked) return { replies: all({ kind: "not-run" }), unlocked: true, counters: noCounters };
  if (before.lost !== undefined) return { replies: all({ kind: "unknown" }), counters: noCounters };
  try {
    return await send(part);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    if (!(error instanceof BecomeFailed)) {
      return { replies: all({ kind: "unknown" }), lost: error.message, counters: noCounters };
    }
    return {
      replies: all({ kind: "failed", error: { code: "denied", message: error.message } }),
      counters: noCounters,
    };
  }
}

/** What two batches answered one after the other, as one answer. */
export function joinReplies(first: BatchReply, second: BatchReply): BatchReply {
  const [a, b] = [first.counters, second.counters];
  const lost = first.lost ?? second.lost;
  const shared = (a.shared ?? 0) + (b.shared ?? 0);
  return {
    replies: [...first.replies, ...second.replies],
    ...(lost !== undefined && { lost }),
    ...((first.unlocked || second.unlocked) && { unlocked: true as const }),
    counters: {
      roundTrips: a.roundTrips + b.roundTrips,
      ...(shared > 0 && { shared }),
      operations: a.operations + b.operations,
      forks: a.forks + b.forks,
      bytesSent: a.bytesSent + b.bytesSent,
      bytesReceived: a.bytesReceived + b.bytesReceived,
    },
  };
}
