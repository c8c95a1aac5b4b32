import { writtenName } from "../../plan/bind-task.ts";
import { namesSetBy, setsAnything } from "../../plan/check-variables.ts";
import type { DynamicInclude, Task } from "../../plan/task.ts";
import { Unknown } from "../../value/unknown.ts";
import { isList, isMap, type Value } from "../../value/value.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { withRuntime } from "../context/scope-of.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { registeredValue } from "../outcome/registered-value.ts";

/** What a deferred task may do is not known: neither the variables it would set, nor what later looks will see. */
export function leaveUnknown(context: RunContext, host: HostRun, task: Task, outcome: Outcome, acting?: HostRun): void {
  if (outcome.status !== "deferred") return;
  // Whom it would act on may be as little known as what it would do.
  const anywhere = acting === undefined && (task.context.delegateTo ?? task.context.connection) !== undefined;
  // What only looks, or touches the run alone, leaves nothing behind on a host.
  const kind = context.modules.get(task.source.module)?.kind;
  if (kind !== "controller" && kind !== "reading") {
    if (anywhere) host.shared.controller.defer(task.id);
    for (const each of anywhere ? host.shared.hosts.values() : [acting ?? host]) each.overlay.defer(task.id);
  }
  if (setsAnything(task, context)) host.anythingMayBeSet ??= unknownFrom(host, task, outcome);
  const registered = task.source.keywords.register?.name;
  const names = namesSetBy(task, context.modules, context.files).filter((name) => name !== registered);
  if (names.length === 0) return;
  const unknown = unknownFrom(host, task, outcome);
  withRuntime(host, Object.fromEntries(names.map((name) => [name, unknown])), task.source.place);
}

/** The same of an include that nobody can expand yet: what its tasks would set cannot even be named. */
export function leaveOpen(host: HostRun, include: DynamicInclude): void {
  host.overlay.defer(include.id);
  const { file, line } = include.source.place;
  const why = `known after the include at ${file}:${line}`;
  host.unknowns.set(why, [...new Set([...(host.unknowns.get(why) ?? []), include.id])]);
  host.anythingMayBeSet ??= new Unknown(why);
  host.shared.contributions.defer(null, why);
}

/** Sets the variable that the task registers, if it does. */
export function register(task: Task, host: HostRun, outcome: Outcome): void {
  const { register: registered } = task.source.keywords;
  if (!registered) return;
  const value = stamped(registeredValue(outcome), () => unknownFrom(host, task, outcome));
  withRuntime(host, { [registered.name]: value }, registered.place);
}

/** What is not known until this task has run, so that whoever reads it can name the task that it hangs on. */
export function unknownFrom(host: HostRun, task: Task, outcome: Outcome): Unknown {
  // What a deferred task hangs on itself is the better answer: it names the change that has to come first.
  if (outcome.result instanceof Unknown && host.unknowns.has(outcome.result.why)) return outcome.result;
  const unknown = new Unknown(`known after "${writtenName(task)}"`);
  const others = host.unknowns.get(unknown.why) ?? [];
  host.unknowns.set(unknown.why, [...new Set([...others, task.id])]);
  return unknown;
}

function stamped(value: Value, unknown: () => Unknown): Value {
  if (value instanceof Unknown) return unknown();
  if (isList(value)) return value.map((child) => stamped(child, unknown));
  if (!isMap(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, stamped(child, unknown)]));
}
