import type { Door } from "../../connection/connection.ts";
import { machineOf } from "../../connection/machine-of.ts";
import type { InventoryHost } from "../../inventory/inventory.ts";
import type { FactGroup } from "../../plan/facts.ts";
import { createOverlay, type Overlay, type Surroundings } from "../../plan/overlay.ts";
import type { Unknown } from "../../value/unknown.ts";
import type { ValueMap } from "../../value/value.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import type { WriteClock } from "../session/host-session.ts";
import { openWindow, type Window } from "../session/look-window.ts";
import type { PendingBook } from "../session/pending-book.ts";
import type { Call } from "./call.ts";
import type { Contributions } from "./contributions.ts";
import { openSession, type Session } from "./open-session.ts";
import type { RunContext } from "./run-context.ts";

/** A host while the run lasts: its connection, its variables of level 7, its notifications, its part in the recap. */
export interface HostRun {
  readonly name: string;
  /** Another one once it has joined a group, or the inventory was read again. */
  inventory: InventoryHost;
  readonly session: Session;
  readonly shared: Shared;
  /** Check mode: what pending changes would make of its files. */
  readonly overlay: Overlay;
  /** Ended: for this play alone. The others take no part in what follows. */
  state: "active" | "failed" | "unreachable" | "ended";
  /** set_fact and register; a new layer with each change, since what was evaluated with the old one is remembered. */
  runtime: VarsLayer;
  facts: ValueMap;
  /** Groups of facts that could not be looked at because the container is not up; they are when somebody reads them. */
  owedFacts: readonly FactGroup[];
  /** Check mode: it is a container that a pending task brings about, so all its tasks wait for that one. */
  awaits: Awaited | null;
  /** Handlers that wait, by id. */
  readonly notified: Map<string, Omit<Call, "scope">>;
  /** The tasks that an unknown value waits for, by what it says of itself. */
  readonly unknowns: Map<string, readonly string[]>;
  /** Check mode: variables that were made from what is only assumed, and the pending tasks that this hangs on. */
  readonly hanging: Map<string, readonly string[]>;
  /** Check mode: the tasks before this place in a block of which it is not certain that they go well. */
  assuming: readonly string[];
  /** Check mode: the orders that may have ended the play for this host. */
  perhapsOver: readonly string[];
  /** Check mode: it is in a rescue, or at a handler, of which it is not certain that it runs. */
  held: { readonly reason: string; readonly because: readonly string[] } | null;
  /** Uses of roles that `meta: end_role` has ended, by id. */
  readonly endedRoles: Set<string>;
  /** Check mode: an include could not be expanded, so that any variable may come to be set. */
  anythingMayBeSet: Unknown | null;
  /** How far it is looked ahead. */
  readonly window: Window;
  readonly tally: Record<Tallied, number>;
  /** In no play so far: others act on it (`delegate_to`). */
  bystander: boolean;
  /** One after the other: whoever acts on it looks, plans and writes before the next one looks. */
  exclusively<T>(work: () => Promise<T>): Promise<T>;
}
export interface Awaited {
  readonly reason: string;
  /** The tasks that bring it about. */
  readonly because: readonly string[];
  /** What stands for all that would be known of it. */
  readonly unknown: Unknown;
}
type Tallied = "ok" | "changed" | "failed" | "skipped" | "unreachable" | "deferred" | "assumed" | "rescued" | "ignored";

/** What the hosts of a run have in common. */
export interface Shared {
  /** Counts writes on the controller and through APIs: they may change what any host shows. */
  readonly everywhere: WriteClock;
  /** Check mode: pending changes on the controller. */
  readonly controller: Overlay;
  /** All hosts of the run, those too that are only acted on. */
  readonly hosts: Map<string, HostRun>;
  /** Hosts that are reached in another way than usual for some tasks, by name and way. */
  readonly otherwise: Map<string, HostRun>;
  /** What tasks have contributed for later ones. */
  readonly contributions: Contributions;
  /** Notifications as they lie on hosts. */
  readonly pending: PendingBook;
  /** Check mode: the tasks that may fail on some host, so that nobody knows who is left behind them. */
  readonly doubts: Set<string>;
}

/** Check mode: the tasks whose pending steps on the node, or on what that one is entered through, may touch what is entered there. */
export function pendingAt(shared: Pick<Shared, "hosts">, door: Door): readonly string[] {
  const overlay = shared.hosts.get(door.node.name)?.overlay;
  const here = overlay === undefined ? [] : thingsOf(door).flatMap((thing) => overlay.touching(thing));
  return [...new Set([...here, ...(door.node.door === undefined ? [] : pendingAt(shared, door.node.door))])];
}

/** What steps say that they touch, when they may start, stop or make it. A container's name may be of any project. */
function thingsOf(door: Door): readonly string[] {
  if (door.kind === "pct") return [`guest:${door.vmid}`];
  const { container } = door;
  const engine = ["unit:docker.service", "/usr/bin/docker"];
  return [...engine, container.kind === "service" ? `compose:${container.project}` : "compose:*"];
}

/**
 * Check mode: the tasks pending elsewhere on a host's machine that decide what it is, and with `files`, what a look at
 * files may show of theirs.
 */
function pendingAround(
  { hosts }: Pick<Shared, "hosts">,
  name: string,
  door: Door | null,
  files: boolean,
): readonly string[] {
  const machine = door === null ? name : machineOf(door.node).name;
  const others = [...hosts.values()].filter((host) => {
    if (!files || host.name === name) return false;
    const theirs = host.session.door();
    return (
      (theirs === null ? host.name : machineOf(theirs.node).name) === machine && (theirs !== null || door !== null)
    );
  });
  return [
    ...(door === null ? [] : pendingAt({ hosts }, door)),
    ...others.flatMap(({ overlay }) => overlay.sharedFiles()),
  ];
}

/** `machine`: what its connection is called, where that is not the host's name. */
export function createHostRun(
  context: RunContext,
  inventory: InventoryHost,
  shared: Shared,
  machine = inventory.name,
): HostRun {
  const session = openSession(context, machine, shared);
  const around: Surroundings = {
    guest: () => session.door() !== null,
    pending: (files) => pendingAround(shared, inventory.name, session.door(), files),
    network: () =>
      [...shared.hosts.values()].flatMap(({ name, overlay }) => (name === inventory.name ? [] : overlay.running())),
    clusters: () =>
      [...shared.hosts.values()].flatMap(({ name, overlay }) =>
        name === inventory.name ? [] : overlay.named("cluster:"),
      ),
  };
  return {
    name: inventory.name,
    inventory,
    session,
    shared,
    overlay: createOverlay(shared.controller, around),
    state: "active",
    bystander: false,
    exclusively: oneByOne(),
    runtime: { level: 7, origin: "set_fact and register", variables: new Map() },
    facts: {},
    owedFacts: [],
    awaits: null,
    notified: new Map(),
    unknowns: new Map(),
    hanging: new Map(),
    assuming: [],
    perhapsOver: [],
    held: null,
    endedRoles: new Set(),
    anythingMayBeSet: null,
    window: openWindow(context.options.lookAhead),
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

function oneByOne(): HostRun["exclusively"] {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const done = last.then(work);
    // Who comes next waits for the end, whatever it was.
    last = done.catch(() => {});
    return done;
  };
}
