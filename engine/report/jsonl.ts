import { unreachable } from "../errors/bug.ts";
import type { RunEvent } from "../run/events.ts";
import { flush, type Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";

/** Changes with every change that a reader of version 1 would misunderstand; new types and fields are none. */
const version = 1;

export interface JsonlOptions {
  now(): Date;
  /** Also the journal's `step` events. */
  readonly verbosity?: number;
}

/** One JSON object a line: `v`, `seq`, `time`, `type`, then the event's own fields. */
export function createJsonlReporter(output: Output, options: JsonlOptions): Reporter {
  let seq = 0;
  return {
    on(event) {
      if (!told(event, options.verbosity ?? 0)) return;
      seq += 1;
      const { type, ...fields } = event;
      output.write(`${JSON.stringify({ v: version, seq, time: options.now().toISOString(), type, ...fields })}\n`);
    },
    end: () => flush(output),
  };
}

function told(event: RunEvent, verbosity: number): boolean {
  switch (event.type) {
    case "run":
    case "play":
    case "task":
    case "include":
    case "host":
    case "result":
    case "progress":
    case "notify":
    case "warning":
    case "recap":
      return true;
    case "step":
      return verbosity > 0;
    default:
      return unreachable(event);
  }
}
