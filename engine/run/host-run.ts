import type { InventoryHost } from "../inventory/inventory.ts";
import { createOverlay, type Overlay } from "../plan/overlay.ts";
import type { Unknown } from "../value/unknown.ts";
import type { ValueMap } from "../value/value.ts";
import type { VarsLayer } from "../vars/layer.ts";
import type { Call } from "./call.ts";
import type { WriteClock } from "./host-session.ts";
import { openSession, type Session } from "./open-session.ts";
import type { RunContext } from "./run-context.ts";

/** A host while the run lasts: its connection, its variables of level 7, its notifications, its part in the recap. */
export interface HostRun {
  readonly name: string;
  readonly inventory: InventoryHost;
  readonly session: Session;
  /** Check mode: what pending changes would make of its files. */
  readonly overlay: Overlay;
  state: "active" | "failed" | "unreachable" | "ended";
  /** set_fact and register; a new layer with each change, since what was evaluated with the old one is remembered. */
  runtime: VarsLayer;
  facts: ValueMap;
  /** Handlers that wait, by id. */
  readonly notified: Map<string, Omit<Call, "scope">>;
  /** The tasks that an unknown value waits for, by what it says of itself. */
  readonly unknowns: Map<string, readonly string[]>;
  /** Check mode: variables that were made from what is only assumed, and the pending tasks that this hangs on. */
  readonly hanging: Map<string, readonly string[]>;
  /** Check mode: an include could not be expanded, so that any variable may come to be set. */
  anythingMayBeSet: Unknown | null;
  /** How many tasks may be looked at in advance: grows while nothing changes. */
  window: number;
  readonly tally: Record<Tallied, number>;
}
type Tallied = "ok" | "changed" | "failed" | "skipped" | "unreachable" | "deferred" | "assumed" | "rescued" | "ignored";

/** What the hosts of a run have in common. */
export interface Shared {
  /** Counts writes on the controller and through APIs: they may change what any host shows. */
  readonly everywhere: WriteClock;
  /** Check mode: pending changes on the controller. */
  readonly controller: Overlay;
}

const firstWindow = 32;

export function createHostRun(context: RunContext, inventory: InventoryHost, shared: Shared): HostRun {
  const clocks = { host: context.clockOf(inventory.name), everywhere: shared.everywhere };
  return {
    name: inventory.name,
    inventory,
    session: openSession(context, inventory.name, clocks),
    overlay: createOverlay(shared.controller),
    state: "active",
    runtime: { level: 7, origin: "set_fact and register", variables: new Map() },
    facts: {},
    notified: new Map(),
    unknowns: new Map(),
    hanging: new Map(),
    anythingMayBeSet: null,
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
  };
}
