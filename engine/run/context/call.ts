import type { Scope } from "../../value/scope.ts";

/** Handlers are called for, with the variables that their names may be made from. */
export interface Call {
  readonly scope: Scope;
  /** Deferred: their cause is itself not certain to happen, but for the tasks in `because`. */
  readonly certainty: "changed" | "deferred";
  readonly because: readonly string[];
}
