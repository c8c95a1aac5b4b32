import { Bug } from "../errors/bug.ts";
import type { ReadBatch } from "../ops/ir.ts";
import type { Connection, OpenReader } from "./connection.ts";

/** What check mode gets: an object that has no way to send. The types say so, and a batch that lies about its types ends the run. */
export function readerOf(connection: Connection): OpenReader {
  return {
    target: connection.target,
    look: async (batch) => {
      assertReads(batch);
      return connection.look(batch);
    },
    pause: (milliseconds) => connection.pause(milliseconds),
    ...(connection.reset && { reset: connection.reset }),
    close: () => connection.close(),
  };
}

/** Also asserted by every connection's own `look`, so that no cast gets a write past it. */
export function assertReads(batch: ReadBatch): void {
  for (const section of batch.sections) {
    for (const operation of section.operations) {
      const effect: string = operation.effect;
      if (effect !== "read") throw new Bug(`a ${operation.kind} with effect "${effect}" was given to a reader`);
    }
  }
}
