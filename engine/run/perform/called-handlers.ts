import { evaluating } from "../../plan/bind-task.ts";
import { findHandlers } from "../../plan/find-handlers.ts";
import type { Handler, Task } from "../../plan/task.ts";
import type { Scope } from "../../value/scope.ts";
import { isList } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";

/** The handlers that a task would call for if it changed something now. A name that nobody knows yet calls for none so far. */
export function calledHandlers(handlers: readonly Handler[], task: Task, scope: Scope): readonly Handler[] {
  const role = task.context.role?.name ?? null;
  const found = task.context.notify.flatMap(({ name }) => {
    const named = evaluating(() => evaluateValue(name, scope));
    if (named.kind !== "value") return [];
    const names = isList(named.value) ? named.value : [named.value];
    return names.flatMap((each) => findHandlers(handlers, String(each), role));
  });
  return [...new Set(found)];
}
