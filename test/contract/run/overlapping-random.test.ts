import fc from "fast-check";
import { expect, test } from "vitest";
import { clusterWithGuest, NODES } from "../../support/cluster-lab.ts";
import { guestInventory } from "../../support/guests.ts";
import { labWorlds } from "../../support/random-labs.ts";
import { inventoryOf, runSite } from "../../support/run-site.ts";
import { unevenPace } from "../../support/uneven-pace.ts";
import type { TestWorld } from "../../support/world.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=10000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 25);

/** Hosts that are one machine, and a folder that all of them have. */
const labs = {
  related: { hosts: ["pve1", "ct1", "ct2"], folder: "/srv", inventory: guestInventory({ ct1: 101, ct2: 102 }) },
  cluster: { hosts: NODES, folder: "/etc/pve", inventory: inventoryOf(...NODES) },
} as const;

const content = fc.constantFrom("x", "y");
/**
 * In each task every host writes to a file of its own, or all look at one: what two do at a moment does not hang on who is
 * faster, and what was written before all of them see.
 */
const task = fc.oneof(
  // Whose file is whose changes from task to task.
  fc.record({ write: fc.tuple(content, content, content), turn: fc.nat(2) }),
  fc.record({ look: fc.nat(2) }),
);
const play = fc.record({
  lab: fc.constantFrom<keyof typeof labs>("related", "related", "related", "cluster"),
  tasks: fc.array(task, { minLength: 3, maxLength: 8 }),
  apart: fc.boolean(),
  pace: fc.nat(),
});
type Play = typeof play extends fc.Arbitrary<infer Each> ? Each : never;

function filesOf({ lab, tasks }: Play): Readonly<Record<string, string>> {
  const { hosts, folder, inventory } = labs[lab];
  const path = (at: number): string => `${folder}/file${at % hosts.length}`;
  const written = tasks.map((each): object => {
    if ("look" in each) return { name: "look", slurp: { path: path(each.look), missing: "ok" } };
    const mine = Object.fromEntries(hosts.map((host, at) => [host, path(at + each.turn)]));
    const what = Object.fromEntries(hosts.map((host, at) => [host, each.write[at]]));
    const params = { dest: "{{ get mine inventory_hostname }}", content: "{{ get what inventory_hostname }}" };
    return { name: "write", copy: params, vars: { mine, what } };
  });
  const site = [{ name: "play", hosts: hosts.join(","), tasks: written }];
  return { "site.yml": JSON.stringify(site), "inventory/hosts.yml": inventory };
}

test("hosts of one machine that overtake one another see what they would see one after the other", {
  timeout: 21_600_000,
}, async () => {
  const worlds: Record<keyof typeof labs, TestWorld> = {
    related: (await labWorlds()).related,
    cluster: await clusterWithGuest(),
  };
  let changed = 0;
  let saved = 0;
  await fc.assert(
    fc.asyncProperty(play, async (each) => {
      const { lab, apart, pace } = each;
      const go = async (lookAhead: number) => {
        const world = worlds[lab].copy();
        if (lookAhead > 0) unevenPace(world, pace);
        const run = await runSite({ files: filesOf(each), apart, lookAhead, forks: lookAhead > 0 ? 4 : 1, world });
        expect([run.diagnostics, run.faults, run.exitCode]).toEqual([[], [], 0]);
        const told = run.results.map(({ id, status, result }) => `${id} ${status} ${JSON.stringify(result)}`);
        return { told: told.sort(), world: world.timeless(), trips: world.trips.length, results: run.results };
      };
      const [inTurn, ahead] = [await go(0), await go(400)];
      expect(ahead.told).toEqual(inTurn.told);
      expect(ahead.world).toBe(inTurn.world);
      changed += inTurn.results.filter((result) => result.changed).length;
      saved += inTurn.trips - ahead.trips;
    }),
    { numRuns: plays },
  );
  // Plays in which nothing is written, or nothing is seen in advance, would prove nothing.
  expect(changed).toBeGreaterThan(plays * 2);
  expect(saved).toBeGreaterThan(plays);
});
