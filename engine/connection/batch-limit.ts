import type { Batch } from "../ops/ir.ts";
import { limitMsOf } from "../ops/limits.ts";

/**
 * How long a batch may take, in milliseconds: what its operations may take one after the other. The script watches each
 * of them itself; this is the net for a host on which even that no longer works.
 */
export function batchLimit(batch: Batch, slackMs: number): number {
  let limitMs = slackMs;
  for (const section of batch.sections) {
    for (const operation of section.operations) limitMs += limitMsOf(operation);
  }
  // Node takes a longer timer for one that has run out already.
  return Math.min(limitMs, 2 ** 31 - 1);
}
