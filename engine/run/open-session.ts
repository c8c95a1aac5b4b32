import { type OpenReader, type Target, Unreachable } from "../connection/connection.ts";
import type { Counters } from "../ops/ir.ts";
import { evaluating } from "../plan/bind-task.ts";
import type { Scope } from "../value/scope.ts";
import {
  type Clocks,
  type Hands,
  type LookingSession,
  lookingSession,
  type WritingSession,
  writingSession,
} from "./host-session.ts";
import type { RunContext } from "./run-context.ts";
import { targetOf } from "./target-of.ts";

/** What a run holds of a host: in check mode there is nothing in it that could write. Connects when first asked; throws Unreachable. */
export type Session = Common &
  ({ readonly kind: "looking" } | { readonly kind: "writing"; writing(scope: Scope): Promise<WritingSession> });
interface Common {
  looking(scope: Scope): Promise<LookingSession>;
  counters(): Counters;
  close(): Promise<void>;
}

export function openSession(context: RunContext, host: string, clocks: Clocks): Session {
  const { access, runId } = context;
  if (access.kind === "check") {
    const doors = openDoors(context, host, access.open);
    const session = once((hands: Hands<OpenReader>) => lookingSession(host, hands, runId, clocks));
    const looking = async (scope: Scope): Promise<LookingSession> => session.of(await doors.hands(scope));
    return { kind: "looking", looking, counters: () => session.made()?.counters() ?? nothing, close: doors.close };
  }
  const doors = openDoors(context, host, access.open);
  const session = once((hands: Hands<Awaited<ReturnType<typeof access.open>>>) =>
    writingSession(host, hands, runId, clocks),
  );
  const writing = async (scope: Scope): Promise<WritingSession> => session.of(await doors.hands(scope));
  const counters = (): Counters => session.made()?.counters() ?? nothing;
  return { kind: "writing", looking: writing, writing, counters, close: doors.close };
}

const nothing: Counters = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };
const seeVariables = "see the host's lab_… variables";

/** The connections to a host and, when an operation asks for it, to the controller: each opened once. */
function openDoors<C extends OpenReader>(context: RunContext, host: string, open: (target: Target) => Promise<C>) {
  let opened: Promise<C> | null = null;
  let controller: Promise<C> | null = null;
  const connect = async (scope: Scope): Promise<C> => {
    const target = evaluating(() => targetOf(host, scope, context.options));
    if (target.kind === "unknown") throw new Unreachable(target.why, seeVariables);
    if (target.kind === "invalid") {
      throw new Unreachable(target.diagnostics.map(({ message }) => message).join("; "), seeVariables);
    }
    for (const secret of [target.value.password, target.value.becomePassword, target.value.passphrase]) {
      if (secret) context.hide(secret);
    }
    kind = target.value.connection;
    return open(target.value);
  };
  let kind = "ssh";
  return {
    async hands(scope: Scope): Promise<Hands<C>> {
      opened ??= connect(scope);
      return {
        host: await opened,
        // This machine; for a host of the embedded lab one of the lab, where its APIs are too.
        controller: () => (controller ??= open({ name: "controller", connection: kind === "lab" ? "lab" : "local" })),
      };
    },
    async close(): Promise<void> {
      for (const each of [opened, controller]) await (await each?.catch(() => null))?.close();
    },
  };
}

function once<Given, Made>(make: (given: Given) => Made) {
  let made: Made | null = null;
  return { of: (given: Given): Made => (made ??= make(given)), made: (): Made | null => made };
}
