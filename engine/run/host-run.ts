import { type Connection, type Reader, Unreachable } from "../connection/connection.ts";
import { readerOf } from "../connection/reader-of.ts";
import type { InventoryHost } from "../inventory/inventory.ts";
import type { Counters } from "../ops/ir.ts";
import { evaluating } from "../plan/bind-task.ts";
import { createOverlay, type Overlay } from "../plan/overlay.ts";
import type { Scope } from "../value/scope.ts";
import type { ValueMap } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import {
  type Hands,
  type LookingSession,
  lookingSession,
  type WritingSession,
  writingSession,
} from "./host-session.ts";
import type { RunContext } from "./run-context.ts";
import { targetOf } from "./target-of.ts";

/** A host while the run lasts: its connection, its variables of level 7, its notifications, its part in the recap. */
export interface HostRun {
  readonly name: string;
  readonly inventory: InventoryHost;
  /** Check mode: what pending changes would make of its files. */
  readonly overlay: Overlay;
  state: "active" | "failed" | "unreachable" | "ended";
  /** set_fact and register; a new layer with each change, since what was evaluated with the old one is remembered. */
  runtime: VarsLayer;
  facts: ValueMap;
  /** Handlers that wait, by id; `deferred`: their cause is itself not certain to happen. */
  readonly notified: Map<string, "changed" | "deferred">;
  /** The tasks that an unknown value waits for, by what it says of itself. */
  readonly unknowns: Map<string, readonly string[]>;
  /** How many tasks may be looked at in advance: grows while nothing changes. */
  window: number;
  readonly tally: Record<
    "ok" | "changed" | "failed" | "skipped" | "unreachable" | "deferred" | "assumed" | "rescued" | "ignored",
    number
  >;
  /** Opens the connection when it is first needed. Throws Unreachable. */
  writing(scope: Scope): Promise<WritingSession>;
  looking(scope: Scope): Promise<LookingSession>;
  counters(): Counters;
  close(): Promise<void>;
}

const firstWindow = 32;
const seeVariables = "see the host's lab_… variables";

export function createHostRun(context: RunContext, inventory: InventoryHost): HostRun {
  let opened: Promise<Connection> | null = null;
  let openedController: Promise<Connection> | null = null;
  let writer: WritingSession | null = null;
  let reader: LookingSession | null = null;
  let kind = "ssh";

  const connection = (scope: Scope): Promise<Connection> => {
    opened ??= open(scope);
    return opened;
  };
  const open = async (scope: Scope): Promise<Connection> => {
    const target = evaluating(() => targetOf(inventory.name, scope, context.options));
    if (target.kind === "invalid")
      throw new Unreachable(target.diagnostics.map(({ message }) => message).join("; "), seeVariables);
    if (target.kind === "unknown") throw new Unreachable(target.why, seeVariables);
    for (const secret of [target.value.password, target.value.becomePassword, target.value.passphrase]) {
      if (secret) context.hide(secret);
    }
    kind = target.value.connection;
    return context.open(target.value);
  };
  // What runs "at the controller" runs on this machine, but for a host of the embedded lab, whose APIs are in the lab too.
  const controller = (): Promise<Connection> => {
    openedController ??= context.open({ name: "controller", connection: kind === "lab" ? "lab" : "local" });
    return openedController;
  };

  const self: HostRun = {
    name: inventory.name,
    inventory,
    overlay: createOverlay(),
    state: "active",
    runtime: { level: 7, origin: "set_fact and register", variables: new Map() },
    facts: {},
    notified: new Map(),
    unknowns: new Map(),
    window: firstWindow,
    tally: {
      ok: 0,
      changed: 0,
      failed: 0,
      skipped: 0,
      unreachable: 0,
      deferred: 0,
      assumed: 0,
      rescued: 0,
      ignored: 0,
    },
    async writing(scope) {
      if (!writer) {
        const hands: Hands<Connection> = { host: await connection(scope), controller };
        writer ??= writingSession(inventory.name, hands, context.runId, context.clockOf(inventory.name));
      }
      return writer;
    },
    async looking(scope) {
      if (!context.options.check && writer) return writer;
      if (!reader) {
        const hands: Hands<Reader> = {
          host: readerOf(await connection(scope)),
          controller: async () => readerOf(await controller()),
        };
        reader ??= lookingSession(inventory.name, hands, context.runId, context.clockOf(inventory.name));
      }
      return reader;
    },
    counters: () => sum([writer?.counters(), reader?.counters()]),
    async close() {
      for (const each of [opened, openedController]) {
        const open = await each?.catch(() => null);
        await open?.close();
      }
    },
  };
  return self;
}

function sum(all: readonly (Counters | undefined)[]): Counters {
  const total = { roundTrips: 0, operations: 0, forks: 0, bytesSent: 0, bytesReceived: 0 };
  for (const each of all) {
    if (!each) continue;
    total.roundTrips += each.roundTrips;
    total.operations += each.operations;
    total.forks += each.forks;
    total.bytesSent += each.bytesSent;
    total.bytesReceived += each.bytesReceived;
  }
  return total;
}
