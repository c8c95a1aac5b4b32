import { unreachable } from "../errors/bug.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { writtenName } from "../plan/bind-task.ts";
import { namesSetBy } from "../plan/check-variables.ts";
import type { DynamicInclude, Task } from "../plan/task.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import type { Withheld } from "./bind-items.ts";
import type { HostRun } from "./host-run.ts";
import { deferred, failed, type Outcome, ok } from "./outcome.ts";
import { registeredValue } from "./registered-value.ts";
import type { RunContext } from "./run-context.ts";
import { type PlayRun, withRuntime } from "./scope-of.ts";

/** Why a task does not run here, as an outcome. */
export function withheld(play: PlayRun, held: Withheld): Outcome {
  switch (held.kind) {
    case "skipped":
      return { ...ok({}), status: "skipped", reason: held.reason };
    case "unknown":
      return deferred(`it reads what is not known yet: ${held.why}`, waitingFor(play, held.why), {
        result: new Unknown(held.why),
      });
    case "invalid":
      return { ...failed(firstMessage(held.diagnostics), undefined), ...hintOf(held.diagnostics) };
    default:
      return unreachable(held);
  }
}

/** The tasks that an unknown value waits for. It may be one of another host, read through `hostvars`. */
function waitingFor(play: PlayRun, why: string): readonly string[] {
  return [...new Set([...play.hostRuns.values()].flatMap(({ unknowns }) => unknowns.get(why) ?? []))];
}

export function firstMessage(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ message, place }) => (place ? `${place.file}:${place.line}:${place.column}: ${message}` : message))
    .join("; ");
}

export function hintOf([first]: readonly Diagnostic[]): { readonly hint?: string } {
  return first?.hint === undefined ? {} : { hint: first.hint };
}

/** What a deferred task may do is not known: neither the variables it would set, nor what later looks will see. */
export function leaveUnknown(context: RunContext, host: HostRun, task: Task, outcome: Outcome): void {
  if (outcome.status !== "deferred") return;
  host.overlay.defer(task.id);
  const registered = task.source.keywords.register?.name;
  const names = namesSetBy(task, context.modules).filter((name) => name !== registered);
  if (names.length === 0) return;
  const unknown = unknownFrom(host, task, outcome);
  withRuntime(host, Object.fromEntries(names.map((name) => [name, unknown])), task.source.place);
}

/** The same of an include that nobody can expand yet: what its tasks would set cannot even be named. */
export function leaveOpen(host: HostRun, include: DynamicInclude): void {
  host.overlay.defer(include.id);
  const why = `known after the include at ${include.source.place.file}:${include.source.place.line}`;
  host.unknowns.set(why, [...new Set([...(host.unknowns.get(why) ?? []), include.id])]);
  host.anythingMayBeSet ??= new Unknown(why);
}

/** `register`: the result under its name, with what is not known yet in it naming this task. */
export function register(task: Task, host: HostRun, outcome: Outcome): void {
  const { register: registered } = task.source.keywords;
  if (!registered) return;
  const value = stamped(registeredValue(outcome), () => unknownFrom(host, task, outcome));
  withRuntime(host, { [registered.name]: value }, registered.place);
}

/** What is not known until this task has run, so that whoever reads it can name the task that it hangs on. */
function unknownFrom(host: HostRun, task: Task, outcome: Outcome): Unknown {
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
