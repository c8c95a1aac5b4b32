import type { Connection, OpenConnection } from "../../engine/connection/connection.ts";
import { Unreachable } from "../../engine/connection/connection.ts";
import { openThrough } from "../../engine/connection/open-through.ts";
import { assertReads } from "../../engine/connection/reader-of.ts";
import type { Batch, BatchReply, OpReply, Section } from "../../engine/ops/ir.ts";
import { newHost } from "../../engine/sim/host/new-host.ts";
import { inOneTrip } from "../../engine/sim/in-one-trip.ts";
import { interpret, type Uploads } from "../../engine/sim/interpret/interpret.ts";
import type { DescribedHost } from "../../engine/sim/sandbox/open-lab.ts";
import { stableJson } from "../../engine/sim/sandbox/stable-json.ts";
import type { Host, HostDescription, Internet } from "../../engine/sim/world.ts";

/** What hosts are made of, by name; without a kind it is a Debian. */
export type Hosts = Readonly<Record<string, DescribedHost>>;

/** A batch on its way to a host, as whoever stands on the wire sees it. */
export interface Trip {
  readonly host: string;
  readonly way: "look" | "send";
  readonly batch: Batch;
  /** Counts the trips of the whole world from 1. */
  readonly number: number;
}

/** The embedded lab without its file: the same interpreter over hosts that live as long as the test. */
export interface TestWorld {
  readonly open: OpenConnection;
  /** A host, made when it is first asked for. */
  host(name: string): Host;
  /** What lies outside of all hosts: a tailnet. */
  readonly internet: Internet;
  /** Every trip so far, in order. */
  readonly trips: readonly Trip[];
  /** Called before a batch is carried out: the place where somebody else changes the host. */
  onTrip: ((trip: Trip) => void) | null;
  /** Called when a host has been waited for: somebody else may have been at work meanwhile. */
  onPause: ((host: string) => void) | null;
  /** How long a batch is on its way; null: not at all. */
  delay: ((trip: Trip) => Promise<void> | undefined) | null;
  /** How long its answer is: the batch has been carried out, and nobody knows yet. */
  answerDelay: ((trip: Trip) => Promise<void> | undefined) | null;
  /** How many operations of a batch are carried out before the connection is lost; null: it holds. */
  lostAfter: ((trip: Trip) => number | null) | null;
  /** Time goes by with what is written alone, whole minutes at once: runs that look more or less often see the same clock. */
  evenPace: boolean;
  /** Names that cannot be reached. */
  readonly unreachable: Set<string>;
  /** Everything there is, byte for byte, without the hosts' clocks (looking takes time, too). */
  state(): string;
  /** The same without times: what two runs of different length have in common. */
  timeless(): string;
  copy(): TestWorld;
}

const freshHosts = new Map<string, string>();

/** A new host; making one installs packages, so each description is made once and copied. */
function freshHost(description: HostDescription): Host {
  const key = stableJson(description);
  const known = freshHosts.get(key) ?? JSON.stringify(newHost(description));
  freshHosts.set(key, known);
  return JSON.parse(known);
}

export function createWorld(
  described: Hosts = {},
  from: Readonly<Record<string, Host>> = {},
  around: Internet = {},
): TestWorld {
  const internet = structuredClone(around);
  const hosts = new Map<string, Host>(Object.entries(structuredClone(from)));
  const trips: Trip[] = [];
  const host = (name: string): Host => {
    const known = hosts.get(name) ?? freshHost({ kind: "debian", name, ...described[name] });
    hosts.set(name, known);
    return known;
  };

  const network = (): Readonly<Record<string, Host>> => Object.fromEntries(hosts);

  const carryOut = async (name: string, user: string, way: Trip["way"], batch: Batch): Promise<BatchReply> => {
    const uploads = await contentsOf(batch);
    const trip: Trip = { host: name, way, batch, number: trips.length + 1 };
    trips.push(trip);
    world.onTrip?.(trip);
    const onTheWay = world.delay?.(trip);
    if (onTheWay) await onTheWay;
    const reply = carriedOut(name, user, trip, uploads);
    const onTheWayBack = world.answerDelay?.(trip);
    if (onTheWayBack) await onTheWayBack;
    return reply;
  };
  const carriedOut = (name: string, user: string, trip: Trip, uploads: Uploads): BatchReply => {
    const { way, batch } = trip;
    const lost = world.lostAfter?.(trip) ?? null;
    if (world.evenPace) {
      const there = host(name);
      const before = there.clockMs;
      const { reply } = interpret(there, user, batch, uploads, internet, network());
      const minutes = way === "look" ? 0 : Math.ceil((there.clockMs - before) / 60_000);
      there.clockMs = before + minutes * 60_000;
      return reply;
    }
    if (lost === null) return interpret(host(name), user, batch, uploads, internet, network()).reply;
    return cutOff(batch, lost, (part) => interpret(host(name), user, part, uploads, internet, network()).reply);
  };

  const open = openThrough(async (target) => {
    if (world.unreachable.has(target.name)) throw new Unreachable(`${target.name} does not answer`, "is it on?");
    const user = target.user ?? "root";
    // Two names of the inventory may mean one machine.
    const name = target.host ?? target.name;
    const connection: Connection = {
      target,
      async look(batch) {
        assertReads(batch);
        return carryOut(name, user, "look", batch);
      },
      lookTogether: (batches) => batches.map(async (batch, index) => inOneTrip(await connection.look(batch), index)),
      send: (batch) => carryOut(name, user, "send", batch),
      async pause(milliseconds) {
        host(name).clockMs += milliseconds;
        world.onPause?.(name);
      },
      close: async () => {},
    };
    return connection;
  });

  const outside = (): string => (Object.keys(internet).length === 0 ? "" : stableJson(internet));
  const world: TestWorld = {
    open,
    host,
    internet,
    trips,
    onTrip: null,
    onPause: null,
    delay: null,
    answerDelay: null,
    lostAfter: null,
    evenPace: false,
    unreachable: new Set(),
    state: () => JSON.stringify([...hosts].map(([name, each]) => [name, { ...each, clockMs: 0 }])) + outside(),
    timeless: () => stableJson(withoutTimes(Object.fromEntries(hosts))) + outside(),
    copy: () => createWorld(described, Object.fromEntries(hosts), internet),
  };
  return world;
}

/** The first operations happen, what became of them is never told. */
function cutOff(batch: Batch, after: number, carryOut: (part: Batch) => BatchReply): BatchReply {
  let left = after;
  const sections = batch.sections.map((section): Section => {
    const operations = section.operations.slice(0, left);
    left -= operations.length;
    return { ...section, operations };
  });
  const { counters, replies } = carryOut({ ...batch, sections });
  let told = after - 1;
  const heard = batch.sections.map(({ operations }, s) =>
    operations.map((_, o): OpReply => {
      const reply = replies[s]?.[o];
      told -= 1;
      return reply !== undefined && told >= 0 ? reply : { kind: "unknown" };
    }),
  );
  return { replies: heard, counters, lost: "the connection was closed" };
}

async function contentsOf(batch: Batch): Promise<Uploads> {
  const uploads = new Map<Batch["sections"][number]["operations"][number], Uint8Array>();
  for (const operation of batch.sections.flatMap(({ operations }) => operations)) {
    if (operation.kind !== "upload") continue;
    const chunks: Uint8Array[] = [];
    for await (const chunk of operation.content.open()) chunks.push(chunk);
    uploads.set(operation, Buffer.concat(chunks));
  }
  return uploads;
}

/** Moments of the clock, and what is made from one. */
const timely: ReadonlySet<string> = new Set(["mtime", "clockMs", "since", "leaseAt", "bootId"]);

function withoutTimes(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutTimes);
  if (typeof value !== "object" || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !timely.has(key));
  return Object.fromEntries(kept.map(([key, each]) => [key, withoutTimes(each)]));
}

/** Puts a file of root's there, as if somebody else had done it. */
export function put(world: TestWorld, path: string, content: string, host = "h1"): void {
  world.host(host).files[path] = { type: "file", mode: "0644", uid: 0, gid: 0, mtime: 1, content };
}
