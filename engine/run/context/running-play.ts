import type { ExpandedPlay } from "../../plan/expand.ts";
import type { Handler } from "../../plan/task.ts";
import type { HostRun } from "./host-run.ts";
import type { Limits } from "./limits.ts";
import type { PlayRun } from "./scope-of.ts";

/** A play while it runs. Handlers come in with dynamic includes. */
export interface RunningPlay extends PlayRun {
  readonly expanded: ExpandedPlay;
  readonly handlers: Handler[];
  /** Hosts of the batch that are still in it, by name: `play_hosts`. With strategy free all that it began with. */
  hosts: readonly string[];
  hostsHangOn: ReadonlySet<string>;
  /** Those that the present batch began with. */
  batch: readonly HostRun[];
  /** Strategy free: each host goes on its own. */
  readonly free: boolean;
  /** For strategy free, where hosts are at different tasks at the same time. */
  readonly limits: Limits;
  /** `max_fail_percentage`. */
  readonly maxFailShare: number | null;
  /** Tasks that have been told of, by id: with strategy free hosts come to one task one after the other. */
  readonly announced: Set<string>;
  /** No further batch begins. */
  over: boolean;
  /** Check mode: the orders that may have ended it, so that no further batch would begin. */
  perhapsOver: readonly string[];
}
