import type { RunEvent } from "../run/events.ts";

/** Changes with every change that a reader of version 1 would misunderstand; new types and fields are none. */
const version = 1;

/** An event as `--format jsonl` and the journal write it: `v`, `seq`, `time`, `type`, then its own fields; with its line break. */
export function eventLine(seq: number, time: Date, event: RunEvent): string {
  const { type, ...fields } = event;
  return `${JSON.stringify({ v: version, seq, time: time.toISOString(), type, ...fields })}\n`;
}
