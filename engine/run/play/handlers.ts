import { Unreachable } from "../../connection/connection.ts";
import { evaluating, writtenName } from "../../plan/bind-task.ts";
import { findHandlers, nearestHandler } from "../../plan/find-handlers.ts";
import type { Handler } from "../../plan/task.ts";
import { isList } from "../../value/value.ts";
import { evaluateValue } from "../../vars/compile-value.ts";
import type { Call } from "../context/call.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import type { Frame, Walk } from "../context/walk.ts";
import { MachineBusy } from "../session/machine-lock.ts";
import { dropNotes, recordNotes } from "../session/pending-note.ts";
import type { Notify } from "../task/run-task.ts";

/** A handler that notifies another one may be notified by it: such a ring ends here. */
const maxPasses = 10;

/** Notes which handlers a changed task calls for. */
export function notifier(context: RunContext, play: RunningPlay): Notify {
  return (host, task, { scope, certainty, because }) => {
    for (const { name: source, place } of task.context.notify) {
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
function note(context: RunContext, host: HostRun, handler: Handler, call: Omit<Call, "scope">, from?: string): void {
  const noted = host.notified.get(handler.id);
  if (noted && !isSurer(call, noted)) return;
  host.notified.set(handler.id, call);
  if (noted?.certainty === call.certainty) return;
  context.emit({
    type: "notify",
    handler: writtenName(handler),
    host: host.name,
    state: "recorded",
    ...(from && { from }),
  });
}

function isSurer(call: Omit<Call, "scope">, than: Omit<Call, "scope">): boolean {
  if (call.certainty !== than.certainty) return call.certainty === "changed";
  return call.certainty === "changed" && call.because.length === 0 && than.because.length > 0;
}

/** Runs the handlers that were notified, once each, in the order in which they were declared. */
export async function flushHandlers(walk: Walk, hosts: readonly HostRun[], frame: Frame): Promise<void> {
  const { context, play } = walk;
  const waits = (host: HostRun): boolean => host.state === "active" && host.notified.size > 0;
  callForWhatWasLeft(context, hosts);
  for (let pass = 0; pass < maxPasses; pass += 1) {
    if (!hosts.some(waits)) break;
    for (const handler of [...play.handlers]) {
      // A handler that has failed just now is noted once more all the same.
      if (context.interrupted()) return settleNotes(context, play, hosts);
      const called = hosts.filter((host) => waits(host) && host.notified.has(handler.id));
      if (called.length > 0) await fire(walk, handler, called, frame);
    }
  }
  for (const host of hosts.filter(waits)) {
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
  await settleNotes(context, play, hosts);
}

/** What an earlier run could not do any more: its handlers are run, whatever this one has changed. */
function callForWhatWasLeft(context: RunContext, hosts: readonly HostRun[]): void {
  for (const host of hosts.filter(({ state }) => state === "active")) {
    for (const { handler, run } of host.shared.pending.leftTo(host.name)) {
      note(context, host, handler, { certainty: "changed", because: [] }, run);
    }
  }
}

/** What was recorded on hosts and is done with is removed there, in one trip for each host where no other trip could take it along. */
async function settleNotes(context: RunContext, play: RunningPlay, hosts: readonly HostRun[]): Promise<void> {
  const pending = hosts[0]?.shared.pending;
  if (pending === undefined || context.access.kind === "check") return;
  // Who is out of it may have been cut off in the middle, as all are in a run that is interrupted: what is not known to be done stays.
  for (const host of context.interrupted() ? [] : hosts.filter(({ state }) => state === "active")) {
    for (const handler of play.handlers) if (!host.notified.has(handler.id)) pending.uncalled(handler, host.name);
  }
  // With strategy free the others come to it by themselves.
  const others = new Set(play.free ? play.batch.filter((host) => !hosts.includes(host)).map(({ name }) => name) : []);
  const left = pending.takeLeft((name) => !others.has(name));
  await Promise.all(
    left.map(async ({ place, drop, note: again }) => {
      const steps = [...(drop.length > 0 ? [dropNotes(drop)] : []), ...(again.length > 0 ? [recordNotes(again)] : [])];
      const there = place.controller ? steps.map((step) => ({ ...step, at: "controller" as const })) : steps;
      try {
        await place.session?.apply(there, place.user, []);
      } catch (error) {
        // It stays where it is, and the handler will be run once more: at least once is what was promised.
        if (!(error instanceof Unreachable) && !(error instanceof MachineBusy)) throw error;
      }
    }),
  );
}

async function fire(walk: Walk, handler: Handler, hosts: readonly HostRun[], frame: Frame): Promise<void> {
  const { context } = walk;
  const name = writtenName(handler);
  const calls = new Map(hosts.map((host) => [host, host.notified.get(handler.id)]));
  const certain = hosts.filter((host) => calls.get(host)?.certainty === "changed");
  for (const host of hosts) host.notified.delete(handler.id);
  for (const host of certain) context.emit({ type: "notify", handler: name, host: host.name, state: "fired" });
  const restore = hosts.map((host) => underItsCause(host, calls.get(host)));
  await walk.handler(handler, hosts, frame);
  for (const back of restore) back();
  for (const host of certain) {
    const { pending } = host.shared;
    if (host.state === "active" && !(context.passing?.declined(handler.id) ?? false)) {
      pending.done(handler, host.name);
      context.emit({ type: "notify", handler: name, host: host.name, state: "cleared" });
    } else {
      pending.kept(handler, host.name);
      pending.undone(handler, host.name);
    }
  }
}

/** Check mode: what a handler does hangs on what has notified it. Where that is not certain to happen, neither is the handler. */
function underItsCause(host: HostRun, call: Omit<Call, "scope"> | undefined): () => void {
  const { held, assuming } = host;
  if (call?.certainty === "deferred") {
    host.held ??= { reason: "whether it is notified is not certain", because: call.because };
  } else if (call && call.because.length > 0) host.assuming = [...assuming, ...call.because];
  return () => {
    host.held = held;
    // Doubts that have come up meanwhile stay.
    const raised = host.assuming.slice(assuming.length + (call?.certainty === "changed" ? call.because.length : 0));
    host.assuming = [...assuming, ...raised];
  };
}
