import type { ExpandedPlay } from "../plan/expand.ts";
import type { Task } from "../plan/task.ts";
import type { PlayRun } from "./scope-of.ts";

/** A play while it runs. Handlers come in with dynamic includes. */
export interface RunningPlay extends PlayRun {
  readonly expanded: ExpandedPlay;
  readonly handlers: Task[];
}
