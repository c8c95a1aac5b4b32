import { unreachable } from "../errors/bug.ts";
import type { RunEvent } from "../run/events.ts";
import { eventLine } from "./event-line.ts";
import { flush, type Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";

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
      output.write(eventLine(seq, options.now(), event));
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
    case "block":
    case "host":
    case "result":
    case "progress":
    case "notify":
    case "warning":
    case "recap":
      return true;
    case "step":
      return verbosity > 0;
    case "trip":
      return verbosity > 1;
    default:
      return unreachable(event);
  }
}
