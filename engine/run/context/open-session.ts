import { type Door, type OpenReader, type Target, Unreachable } from "../../connection/connection.ts";
import { machineOf } from "../../connection/machine-of.ts";
import { findHost } from "../../inventory/load-inventory.ts";
import type { Counters } from "../../ops/ir.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Scope } from "../../value/scope.ts";
import type { Value } from "../../value/value.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import { createScope } from "../../vars/resolve-vars.ts";
import type { Clocks, Hands, LookingSession, WriteClock, WritingSession } from "../session/host-session.ts";
import { lookingSession, type SessionOf } from "../session/looking-session.ts";
import type { PendingBook } from "../session/pending-book.ts";
import { writingSession } from "../session/writing-session.ts";
import type { RunContext } from "./run-context.ts";
import { type ScopeOfHost, targetOf } from "./target-of.ts";

/** What a run holds of a host: in check mode there is nothing in it that could write. Connects when first asked; throws Unreachable. */
export type Session = Common &
  ({ readonly kind: "looking" } | { readonly kind: "writing"; writing(scope: Scope): Promise<WritingSession> });
interface Common {
  looking(scope: Scope): Promise<LookingSession>;
  counters(): Counters;
  /** Where it is entered, once its variables have been read; null for a machine of its own. */
  door(): Door | null;
  /** What was seen so far no longer counts. */
  forget(): void;
  /** Logs in anew before the next operation, with the groups that the user is in by then. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

/** What a session asks of the rest of the run. */
interface Around {
  /** Of writes on the controller and through APIs. */
  readonly everywhere: WriteClock;
  /** Notifications as they lie on hosts. */
  readonly pending: PendingBook;
  /** All hosts of the run, for what was set for a node since it began. */
  readonly hosts: ReadonlyMap<string, { readonly runtime: VarsLayer }>;
}

export function openSession(context: RunContext, host: string, shared: Around): Session {
  const { access, runId } = context;
  // A node and what runs on it are one machine: a write to any of them may change what another shows.
  const clocksOf = (target: Target): Clocks => {
    const machine = machineOf(target);
    // A write on the controller counts for everybody, whoever's task it is.
    const here = machine.connection === "local" || machine.name === "controller";
    const { everywhere } = shared;
    if (here) return { host: everywhere, everywhere, identity: null };
    const { identity } = context.clocks;
    // A container is asked through its node, and would show what is its own. In a check nothing is ever written.
    const asks = identity !== null && machine === target && access.kind !== "check";
    return {
      host: context.clocks.of(machine.name),
      everywhere,
      identity: asks
        ? {
            looks: identity.looks,
            heard: (answers) => identity.heard(machine.name, answers),
            known: () => identity.known(machine.name),
          }
        : null,
    };
  };
  const sessionOf = ({ target }: { readonly target: Target }): SessionOf => ({
    host,
    runId,
    clocks: clocksOf(target),
    book: shared.pending,
    remembers: context.options.lookAhead > 0,
  });
  if (access.kind === "check") {
    const doors = openDoors(context, host, access.open, shared);
    const session = once((hands: Opened<OpenReader>) => lookingSession(sessionOf(hands), hands));
    const looking = async (scope: Scope): Promise<LookingSession> => session.of(await doors.hands(scope));
    const counters = (): Counters => session.made()?.counters() ?? nothing;
    const forget = (): void => session.made()?.forget();
    const reset = async (): Promise<void> => {
      await doors.reset();
      forget();
    };
    return { kind: "looking", looking, counters, door: doors.door, forget, reset, close: doors.close };
  }
  const doors = openDoors(context, host, access.open, shared);
  const session = once((hands: Opened<Awaited<ReturnType<typeof access.open>>>) =>
    writingSession(sessionOf(hands), hands, context),
  );
  const writing = async (scope: Scope): Promise<WritingSession> => session.of(await doors.hands(scope));
  const counters = (): Counters => session.made()?.counters() ?? nothing;
  const forget = (): void => session.made()?.forget();
  const reset = async (): Promise<void> => {
    await doors.reset();
    forget();
  };
  return { kind: "writing", looking: writing, writing, counters, door: doors.door, forget, reset, close: doors.close };
}

const nothing: Counters = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };
const seeVariables = "see the host's lab_… variables";

interface Opened<C extends OpenReader> extends Hands<C> {
  readonly target: Target;
}

/** The connections to a host and, when an operation asks for it, to the controller: each opened once. */
function openDoors<C extends OpenReader>(
  context: RunContext,
  host: string,
  open: (target: Target) => Promise<C>,
  shared: Around,
) {
  let target: Target | null = null;
  let opened: Promise<C> | null = null;
  let controller: Promise<C> | null = null;
  const find = (scope: Scope): Target => {
    const found = evaluating(() => targetOf(host, scope, context.options, scopesOf(context, shared)));
    if (found.kind === "unknown") throw new Unreachable(found.why, seeVariables);
    if (found.kind === "invalid") {
      const hint = found.diagnostics[0]?.hint ?? seeVariables;
      throw new Unreachable(found.diagnostics.map(({ message }) => message).join("; "), hint);
    }
    for (let each: Target | undefined = found.value; each; each = each.door?.node) {
      for (const secret of [each.password, each.becomePassword, each.passphrase]) if (secret) context.hide(secret);
    }
    return found.value;
  };
  return {
    async hands(scope: Scope): Promise<Opened<C>> {
      target ??= find(scope);
      // One that could not be opened is tried again, if anybody still wants it (`ignore_unreachable`).
      opened ??= open(target).catch((error: unknown) => {
        opened = null;
        throw error;
      });
      const kind = machineOf(target).connection;
      return {
        target,
        host: await opened,
        // This machine; for a host of the embedded lab one of the lab, where its APIs are too.
        controller: () => (controller ??= open({ name: "controller", connection: kind === "lab" ? "lab" : "local" })),
      };
    },
    door: (): Door | null => target?.door ?? null,
    async reset(): Promise<void> {
      (await opened?.catch(() => null))?.reset?.();
    },
    async close(): Promise<void> {
      for (const each of [opened, controller]) await (await each?.catch(() => null))?.close();
    },
  };
}

/** The variables of any host as they are outside of plays: the inventory's, what was set for it since, and `-e`. */
function scopesOf(context: RunContext, shared: Around): ScopeOfHost {
  return (name) => {
    const host = findHost(context.inventory, name);
    if (host === undefined) return null;
    const runtime = shared.hosts.get(name)?.runtime;
    const layers = [...host.layers, ...(runtime ? [runtime] : []), context.extraVars];
    return createScope(
      layers,
      new Map<string, Value>([
        ["inventory_hostname", name],
        ["group_names", [...host.groups]],
      ]),
    );
  };
}

function once<Given, Made>(make: (given: Given) => Made) {
  let made: Made | null = null;
  return { of: (given: Given): Made => (made ??= make(given)), made: (): Made | null => made };
}
