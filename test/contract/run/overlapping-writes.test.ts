import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { clusterWithGuest, NODES } from "../../support/cluster-lab.ts";
import { guestInventory, insideOf } from "../../support/guests.ts";
import { labWorlds } from "../../support/random-labs.ts";
import { inventoryOf, runSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld, type Trip } from "../../support/world.ts";

// Two hosts of one machine at the same moment: what one of them sees while the other's write is under way may be from before
// it. Here trips and answers wait until it is, so that whoever used it would tell what is not so.

/** `one` writes, `other` sees the same. */
interface Pair {
  readonly world: () => Promise<TestWorld>;
  readonly inventory: string;
  readonly one: string;
  readonly other: string;
  /** A folder that both have. */
  readonly folder: string;
}
const guests = {
  world: async () => (await labWorlds()).related,
  inventory: guestInventory({ ct1: 101, ct2: 102 }),
  folder: "/srv",
};
const pairs: Readonly<Record<string, Pair>> = {
  "a node and its container": { ...guests, one: "pve1", other: "ct1" },
  "a container and its node": { ...guests, one: "ct1", other: "pve1" },
  "two containers of one node": { ...guests, one: "ct1", other: "ct2" },
  "two names of one machine": {
    world: async () => {
      const world = createWorld();
      world.host("box");
      return world;
    },
    inventory: "all:\n  vars: { lab_connection: lab, lab_host: box }\n  hosts: { one: , two: }\n",
    one: "one",
    other: "two",
    folder: "/srv",
  },
  "two nodes of one cluster": {
    world: () => clusterWithGuest(),
    inventory: inventoryOf(...NODES),
    one: "main",
    other: "mini1",
    folder: "/etc/pve",
  },
};
const ways = Object.entries(pairs).flatMap(([name, pair]) =>
  (["linear", "free"] as const).flatMap((strategy) =>
    [true, false].map((apart) => ({ name, strategy, machines: apart ? "apart" : "together", apart, pair })),
  ),
);

/** Moments that come once, and what waits for them. */
function moments() {
  const all = new Map<string, { readonly came: Promise<void>; readonly come: () => void }>();
  const moment = (name: string) => {
    let come = (): void => {};
    const came = new Promise<void>((resolve) => {
      come = resolve;
    });
    const known = all.get(name) ?? { came, come };
    all.set(name, known);
    return known;
  };
  return { now: (name: string) => moment(name).come(), once: (name: string) => moment(name).came };
}

const says = ({ batch }: Trip, text: string): boolean => JSON.stringify(batch).includes(JSON.stringify(text));

interface Played {
  readonly pair: Pick<Pair, "inventory" | "one" | "other">;
  readonly world: TestWorld;
  readonly strategy: "linear" | "free";
  readonly apart: boolean;
  readonly vars?: object;
  readonly tasks: readonly object[];
}
/** What each host sees with the task `last`. */
async function seenLast({ pair, world, apart, ...play }: Played): Promise<object> {
  const plays = [{ name: "play", hosts: `${pair.one},${pair.other}`, ...play }];
  const files = { "site.yml": JSON.stringify(plays), "inventory/hosts.yml": pair.inventory };
  const run = await runSite({ files, world, apart, forks: 4 });
  expect([run.diagnostics, run.faults, run.exitCode]).toEqual([[], [], 0]);
  const last = run.results.filter(({ name }) => name === "last");
  return Object.fromEntries(last.map(({ host, result }) => [host, Object(result).exists]));
}

/** A link everywhere, for whoever follows it to look twice. */
function linkEverywhere(world: TestWorld, { inventory, folder }: Pair, path: string): void {
  const pve = folder === "/etc/pve" ? NODES : inventory.includes("box") ? ["box"] : ["pve1"];
  const inside = inventory === guests.inventory ? [101, 102].map((vmid) => insideOf(world, vmid)) : [];
  for (const { files } of [...pve.map((name) => world.host(name)), ...inside]) {
    files[path] = { type: "symlink", target: "/etc/hostname", mode: "0777", uid: 0, gid: 0, mtime: 1 };
  }
}

describe("while another host writes to its machine", () => {
  test.each(ways)("what a host sees does not count: $name, $strategy, $machines", async ({ strategy, apart, pair }) => {
    const { one, other, folder } = pair;
    const [shared, link] = [`${folder}/shared`, "/etc/link"];
    const world = await pair.world();
    linkEverywhere(world, pair, link);
    const { now, once } = moments();
    world.delay = (trip) => {
      if (trip.way !== "send" || !says(trip, shared)) return;
      now("the write is under way");
      return once("the other has looked");
    };
    let inAdvance = false;
    world.answerDelay = async (trip) => {
      if (trip.way !== "look" || !says(trip, link)) return;
      if (!says(trip, "readlink")) await once("the write is under way");
      else {
        inAdvance = says(trip, shared);
        now("the other has looked");
      }
    };
    const seen = await seenLast({
      pair,
      world,
      strategy,
      apart,
      vars: { paths: { [one]: shared, [other]: link } },
      tasks: [
        { name: "write", file: { path: "{{ get paths inventory_hostname }}", state: "file", follow: true } },
        { name: "last", stat: shared },
      ],
    });
    expect(inAdvance).toBe(true);
    expect(seen).toEqual({ [one]: true, [other]: true });
  });

  // Whichever of the two begins.
  test.each(
    ways.flatMap((way) => [true, false].map((first) => ({ ...way, first, begins: first ? "first" : "second" }))),
  )("what rode on its own write does not count: $name, $strategy, $machines, it begins $begins", async (way) => {
    const { strategy, apart, pair, first } = way;
    const { one, other, folder } = pair;
    const [shared, mine] = [`${folder}/shared`, `${folder}/mine`];
    const world = await pair.world();
    const { now, once } = moments();
    let rode = false;
    world.delay = async (trip) => {
      if (trip.way !== "send") return;
      if (says(trip, mine)) {
        now("it has begun");
        rode = trip.batch.sections.length > 1 && says(trip, shared);
      } else if (says(trip, shared)) {
        now("the other has begun");
        await once("it has looked");
      }
    };
    world.answerDelay = async (trip) => {
      if (trip.way === "look") {
        // Who looks for the file of its own looks for the shared one, too, in advance.
        const its = says(trip, mine);
        if (first && !its) await once("it has begun");
        if (!first && its) await once("the other has begun");
        return;
      }
      if (says(trip, mine)) {
        now("it has looked");
        await once("the other has written");
        // Told to whoever sent it, too.
        await turn();
      } else if (says(trip, shared)) now("the other has written");
    };
    const seen = await seenLast({
      pair,
      world,
      strategy,
      apart,
      vars: { paths: { [one]: shared, [other]: mine } },
      tasks: [
        { name: "write", copy: { dest: "{{ get paths inventory_hostname }}", content: "x" } },
        { name: "last", stat: shared },
      ],
    });
    expect(rode).toBe(true);
    expect(seen).toEqual({ [one]: true, [other]: true });
  });

  // A task of another host, carried out here, and one of its own that only looks: nobody waits for the other.
  test("what a host sees does not count while a delegated task writes to it", async () => {
    const world = createWorld();
    const shared = "/srv/shared";
    const { now, once } = moments();
    world.delay = (trip) => {
      if (trip.way !== "send" || !says(trip, shared)) return;
      now("the write is under way");
      return once("the other has looked");
    };
    let inAdvance = false;
    world.answerDelay = async (trip) => {
      if (trip.way === "send") return now("the write is done");
      if (trip.host !== "h2") return;
      if (says(trip, "/etc/cron.d/")) await once("the write is under way");
      else if (says(trip, "/etc/hostname")) {
        inAdvance = says(trip, shared);
        now("the other has looked");
        await once("the write is done");
        // Told to whoever sent it, too.
        await turn();
      }
    };
    const its = { when: "inventory_hostname == 'h2'" };
    const seen = await seenLast({
      pair: { inventory: inventoryOf("h1", "h2"), one: "h1", other: "h2" },
      world,
      strategy: "free",
      apart: true,
      tasks: [
        { file: { path: shared, state: "file" }, delegate_to: "h2", when: "inventory_hostname == 'h1'" },
        // In its turn, so that the one behind it is a trip of its own.
        { find: { paths: "/etc/cron.d" }, ...its },
        { stat: "/etc/hostname", ...its },
        { name: "last", stat: shared, ...its },
      ],
    });
    expect(inAdvance).toBe(true);
    expect(seen).toMatchObject({ h2: true });
  });
});
