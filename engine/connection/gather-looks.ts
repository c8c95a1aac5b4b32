import type { BatchReply, ReadBatch } from "../ops/ir.ts";
import type { Connection } from "./connection.ts";

/** As many looks of hosts travel together, and as many operations in them. */
const mostTogether = 16;
const mostOperations = 2_000;
/** As many trips that look may be under way: of the eight channels of a connection two are left to those that write. */
const mostUnderWay = 6;

interface Waiting {
  readonly batch: ReadBatch;
  readonly resolve: (reply: Promise<BatchReply>) => void;
}

/**
 * Lets the looks of several hosts on one machine travel in one trip: those that are asked for in the same turn of the
 * event loop, as the hosts of a play do at each of its tasks. Nobody waits for company any longer than that, unless the
 * connection has no channel to give. What writes goes by itself, at once. Each host gets the answer that it would have got alone.
 */
export function gatherLooks(connection: Connection, several: () => boolean): Connection {
  const { lookTogether } = connection;
  if (lookTogether === undefined) return connection;
  let waiting: Waiting[] = [];
  let underWay = 0;
  let leaving = false;

  const leave = (): void => {
    leaving = false;
    while (waiting.length > 0 && underWay < mostUnderWay) {
      const together = waiting.slice(0, fitting(waiting));
      waiting = waiting.slice(together.length);
      underWay += 1;
      const replies = lookTogether(together.map(({ batch }) => batch));
      together.forEach(({ resolve }, index) => {
        const reply = replies[index];
        if (reply) resolve(reply);
      });
      void Promise.allSettled(replies).then(() => {
        underWay -= 1;
        leaveSoon();
      });
    }
  };
  const leaveSoon = (): void => {
    if (leaving || waiting.length === 0 || underWay >= mostUnderWay) return;
    leaving = true;
    setImmediate(leave);
  };
  return {
    ...connection,
    look: (batch) => {
      if (!several()) return connection.look(batch);
      return new Promise((resolve) => {
        waiting.push({ batch, resolve });
        leaveSoon();
      });
    },
  };
}

/** How many of those that wait go with the first of them. */
function fitting(waiting: readonly Waiting[]): number {
  let operations = 0;
  for (const [index, { batch }] of waiting.entries()) {
    operations += batch.sections.reduce((sum, section) => sum + section.operations.length, 0);
    if (index > 0 && (index === mostTogether || operations > mostOperations)) return index;
  }
  return waiting.length;
}
