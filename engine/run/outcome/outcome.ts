import type { ControllerOutcome } from "../../module/define-module.ts";
import type { FieldDiff } from "../../plan/diff-fields.ts";
import { Unknown } from "../../value/unknown.ts";
import type { Value, ValueMap } from "../../value/value.ts";
import type { Status } from "../events.ts";

/** What became of one task on one host (of one item, in a loop). */
export interface Outcome {
  readonly status: Status;
  readonly changed: boolean;
  /** Check mode: the pending tasks that it hangs on; empty means certain. */
  readonly because: readonly string[];
  readonly reason?: string;
  readonly hint?: string;
  readonly before?: ValueMap;
  readonly after?: ValueMap;
  readonly diff?: readonly FieldDiff[];
  /** What was or would be sent, a line each. */
  readonly steps?: readonly string[];
  readonly mismatch?: readonly { readonly path: string; readonly wanted: Value; readonly got: Value }[];
  /** What `register` gets beside status, changed and the like; unknown after a deferred task. */
  readonly result: ValueMap | Unknown;
  readonly warnings: readonly string[];
  /** Which try it was, where the task is tried again. */
  readonly attempt?: number;
  /** The host that was acted on instead of its own. */
  readonly on?: string;
  /** A piece for a later task that puts such pieces together. */
  readonly contribute?: Value;
  /** Variables that it sets. */
  readonly set?: ValueMap;
  /** The same with their templates, as a file of the site has them. */
  readonly load?: ControllerOutcome["load"];
  readonly addHost?: ControllerOutcome["addHost"];
  readonly joinGroup?: ControllerOutcome["joinGroup"];
  /** It failed by a command's exit code alone: `failed_when` may say otherwise. */
  readonly exit?: boolean;
  /** Check mode: a command that would be run. How it ends is not foretold. */
  readonly unrun?: boolean;
  /** Check mode: whether it counts as a change is for `changed_when` to say, which reads what is not known yet. */
  readonly undecided?: boolean;
}

export function ok(result: ValueMap, more: Partial<Outcome> = {}): Outcome {
  return { status: "ok", changed: false, because: [], result, warnings: [], ...more };
}

export function failed(reason: string, hint: string | undefined, more: Partial<Outcome> = {}): Outcome {
  return {
    status: "failed",
    changed: false,
    because: [],
    reason,
    ...(hint !== undefined && { hint }),
    result: {},
    warnings: [],
    ...more,
  };
}

/** Check mode: what it would do can be said only once the tasks in `because` have been carried out. */
export function deferred(reason: string, because: readonly string[], more: Partial<Outcome> = {}): Outcome {
  return { status: "deferred", changed: false, because, reason, result: new Unknown(reason), warnings: [], ...more };
}
