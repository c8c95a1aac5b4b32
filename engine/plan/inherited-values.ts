import type { ValueSource } from "../value/expression.ts";
import type { Context } from "./task.ts";

/** Keywords that a task has of its own or of what is around it, whose values may be computed: what is checked of one is checked of all. */
export function inheritedValues(context: Context): readonly ValueSource[] {
  return [
    context.ignoreErrors,
    context.ignoreUnreachable,
    context.anyErrorsFatal,
    context.runOnce,
    context.throttle,
    context.timeout,
    context.connection,
    context.delegateTo,
    context.delegateFacts,
  ].filter((source) => source !== undefined);
}
