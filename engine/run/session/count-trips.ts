import type { BatchReply, Counters } from "../../ops/ir.ts";

/** What a host has cost. */
export interface TripCounts {
  trip(reply: BatchReply): void;
  /** One of those that follow something: counted apart. */
  poll(reply: BatchReply): void;
  lock(): void;
  sum(): Counters;
}

export function countTrips(): TripCounts {
  let sum: Counters = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };
  let shared = 0;
  let polls = 0;
  let locks = 0;
  return {
    trip({ counters: more }) {
      shared += more.shared ?? 0;
      sum = {
        roundTrips: sum.roundTrips + more.roundTrips,
        operations: sum.operations + more.operations,
        forks: sum.forks + more.forks,
        bytesSent: sum.bytesSent + more.bytesSent,
        bytesReceived: sum.bytesReceived + more.bytesReceived,
      };
    },
    poll({ counters }) {
      polls += counters.roundTrips;
    },
    lock() {
      locks += 1;
    },
    sum: () => ({
      ...sum,
      ...(shared > 0 && { shared }),
      ...(polls > 0 && { polls }),
      ...(locks > 0 && { locks }),
    }),
  };
}
