import type { BatchReply } from "../ops/ir.ts";

/** The answer to one of several looks that went in one trip: it is the first one's, and the others had part in it. */
export function inOneTrip(reply: BatchReply, index: number): BatchReply {
  if (index === 0) return reply;
  return { ...reply, counters: { ...reply.counters, shared: reply.counters.roundTrips } };
}
