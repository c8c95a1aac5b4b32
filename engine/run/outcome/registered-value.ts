import { Unknown } from "../../value/unknown.ts";
import type { Value, ValueMap } from "../../value/value.ts";
import type { Outcome } from "./outcome.ts";

/** What `register` gets. */
export function registeredValue(outcome: Outcome): Value {
  if (outcome.result instanceof Unknown) return outcome.result;
  const said: ValueMap = outcome.reason === undefined ? {} : { msg: outcome.reason };
  return {
    ...said,
    ...outcome.result,
    ...(outcome.attempt !== undefined && { attempts: outcome.attempt }),
    changed: outcome.changed,
    failed: outcome.unrun
      ? new Unknown("known after the command has run")
      : outcome.status === "failed" || outcome.status === "unreachable",
    skipped: outcome.status === "skipped",
  };
}
