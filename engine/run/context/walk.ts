import type { Handler, PlannedEntry, Task } from "../../plan/task.ts";
import type { HostRun } from "./host-run.ts";
import type { RunContext } from "./run-context.ts";
import type { RunningPlay } from "./running-play.ts";

/** What the blocks around a place in a play mean for a host that fails there. */
export interface Frame {
  /** One of them rescues it. */
  readonly rescued: boolean;
  /** One of them has something left to do for it: a rescue, or an `always`. */
  readonly pending: boolean;
}
export const outside: Frame = { rescued: false, pending: false };

/** Tasks that come next as far as they are known, for looking ahead. */
export type Upcoming = () => Iterable<Task>;

/** Goes through a play. What holds other entries (blocks, includes, orders) is handed this, to go through those. */
export interface Walk {
  readonly context: RunContext;
  readonly play: RunningPlay;
  /** Runs entries in their order, each on those of the hosts that are left. */
  entries(entries: readonly PlannedEntry[], hosts: readonly HostRun[], frame: Frame, after: Upcoming): Promise<void>;
  /** Runs a handler on hosts where it was notified. */
  handler(handler: Handler, hosts: readonly HostRun[], frame: Frame): Promise<void>;
}

/**
 * Goes on to yield the tasks of entries, up to one of which nobody knows yet what follows it. True: all of them are known,
 * and what comes after them may be looked at, too.
 */
export function* knownTasks(entries: Iterable<PlannedEntry>): Generator<Task, boolean> {
  for (const entry of entries) {
    switch (entry.kind) {
      case "task":
        yield entry;
        break;
      case "block": {
        // The rescue is left out: it is hardly ever wanted.
        if (!(yield* knownTasks(entry.body)) || !(yield* knownTasks(entry.always))) return false;
        if (entry.source.keywords.guard) return false;
        break;
      }
      case "meta":
      case "dynamic-include":
        return false;
      default:
        entry satisfies never;
    }
  }
  return true;
}
