import { evaluating, writtenName } from "../plan/bind-task.ts";
import { findHandlers, nearestHandler } from "../plan/find-handlers.ts";
import type { Task } from "../plan/task.ts";
import { isList } from "../value/value.ts";
import { evaluateValue } from "../vars/compile-value.ts";
import type { Call } from "./call.ts";
import type { HostRun } from "./host-run.ts";
import { leaveUnknown } from "./leave-unknown.ts";
import { deferred } from "./outcome.ts";
import { resultEvent } from "./result-event.ts";
import type { RunContext } from "./run-context.ts";
import { type Notify, runTask } from "./run-task.ts";
import type { RunningPlay } from "./running-play.ts";
import { taskScope } from "./scope-of.ts";

/** A handler that notifies another one may be notified by it: such a ring ends here. */
const maxPasses = 10;

/** Notes which handlers a changed task calls for. */
export function notifier(context: RunContext, play: RunningPlay): Notify {
  return (host, task, { scope, certainty, because }) => {
    for (const { name: source, place } of task.source.keywords.notify) {
      const named = evaluating(() => evaluateValue(source, scope));
      if (named.kind === "unknown") {
        // Whichever it will be: each of them may come to run.
        for (const handler of play.handlers) note(context, host, handler, { certainty: "deferred", because });
        continue;
      }
      if (named.kind === "invalid") {
        for (const diagnostic of named.diagnostics)
          context.emit({ type: "warning", diagnostic: { ...diagnostic, severity: "warning" } });
        continue;
      }
      for (const name of isList(named.value) ? named.value.map(String) : [String(named.value)]) {
        const found = findHandlers(play.handlers, name, task.context.role?.name ?? null);
        if (found.length === 0) {
          const near = nearestHandler(play.handlers, name);
          context.emit({
            type: "warning",
            diagnostic: {
              code: "unknown-handler",
              severity: "warning",
              message: `no handler is called \`${name}\` or listens to it`,
              place,
              ...(near !== undefined && { hint: `did you mean \`${near}\`?` }),
            },
          });
        }
        for (const handler of found) note(context, host, handler, { certainty, because });
      }
    }
  };
}

/** What is certain to happen beats what may; who is noted already is not noted twice. */
function note(context: RunContext, host: HostRun, handler: Task, call: Omit<Call, "scope">): void {
  const noted = host.notified.get(handler.id);
  if (noted?.certainty === "changed" || noted?.certainty === call.certainty) return;
  host.notified.set(handler.id, call);
  context.emit({ type: "notify", handler: writtenName(handler), host: host.name, state: "recorded" });
}

/** Runs the handlers that were notified, once each, in the order in which they were declared. */
export async function flushHandlers(context: RunContext, play: RunningPlay, hosts: readonly HostRun[]): Promise<void> {
  const force = play.expanded.play.keywords.forceHandlers;
  const takesPart = ({ state }: HostRun): boolean => state === "active" || (force && state === "failed");
  for (let pass = 0; pass < maxPasses; pass += 1) {
    if (!hosts.some((host) => takesPart(host) && host.notified.size > 0)) return;
    for (const handler of [...play.handlers]) {
      if (context.interrupted()) return;
      const called = hosts.filter((host) => takesPart(host) && host.notified.has(handler.id));
      const uncertain = called.filter((host) => host.notified.get(handler.id)?.certainty === "deferred");
      const certain = called.filter((host) => host.notified.get(handler.id)?.certainty === "changed");
      const causes = new Map(uncertain.map((host) => [host, host.notified.get(handler.id)?.because ?? []]));
      for (const host of called) host.notified.delete(handler.id);
      if (causes.size > 0) defer(context, play, handler, causes);
      if (certain.length > 0) await fire(context, play, handler, certain);
    }
  }
  for (const host of hosts.filter((each) => takesPart(each) && each.notified.size > 0)) {
    const ring = play.handlers.filter(({ id }) => host.notified.has(id)).map(writtenName);
    host.notified.clear();
    context.emit({
      type: "warning",
      diagnostic: {
        code: "handler-ring",
        severity: "warning",
        message: `${host.name}: handlers notify each other without end: ${ring.join(", ")}`,
        hint: "let one of them change nothing when there is nothing to do, or take its `notify` away",
      },
    });
  }
}

async function fire(context: RunContext, play: RunningPlay, handler: Task, hosts: readonly HostRun[]): Promise<void> {
  const name = writtenName(handler);
  for (const host of hosts) context.emit({ type: "notify", handler: name, host: host.name, state: "fired" });
  const before = new Map(hosts.map((host) => [host, host.state]));
  await runTask(context, play, handler, hosts, () => [], notifier(context, play));
  for (const host of hosts) {
    if (host.state === before.get(host))
      context.emit({ type: "notify", handler: name, host: host.name, state: "cleared" });
  }
}

/** Check mode: its cause is not certain to happen, so neither is it. */
function defer(
  context: RunContext,
  play: RunningPlay,
  handler: Task,
  causes: ReadonlyMap<HostRun, readonly string[]>,
): void {
  const name = writtenName(handler);
  context.emit({
    type: "task",
    id: handler.id,
    parent: handler.parent,
    name,
    module: handler.source.module,
    kind: "handler",
    ...(handler.context.role && { role: handler.context.role.name }),
    position: handler.source.place,
  });
  for (const [host, because] of causes) {
    const outcome = deferred("whether it is notified is not certain", because);
    host.tally.deferred += 1;
    leaveUnknown(context, host, handler, outcome);
    // What it would notify in its turn is as uncertain as itself.
    notifier(context, play)(host, handler, {
      scope: taskScope(context, play, host, handler),
      certainty: "deferred",
      because,
    });
    context.emit(
      resultEvent(context, handler, host.name, outcome, { name, kind: "handler", ignored: false, durationMs: 0 }),
    );
  }
}
