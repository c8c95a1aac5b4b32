import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { guestInventory, putTemplates } from "../../support/guests.ts";
import { guest } from "../../support/modules/guest.ts";
import { filesOf, type RandomPlay, randomPlay } from "../../support/random-plays.ts";
import { type RunRequest, runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 60);
const inventory = guestInventory({ ct1: 101, ct2: 102 });

/** A node with two containers that have its /srv as their own: whoever writes there changes what the others see. */
async function sharing() {
  const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const create = (vmid: number) => ({
    command: `pct create ${vmid} local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst --hostname ct${vmid} --rootfs local:4 --mp0 /srv,mp=/srv --start 1`,
  });
  const site = JSON.stringify([{ name: "guests", hosts: "pve1", tasks: [create(101), create(102)] }]);
  const made = await runSite({ files: { "site.yml": site, "inventory/hosts.yml": inventory }, world });
  expect(made.exitCode).toBe(0);
  return world;
}

const power = fc
  .record({ vmid: fc.constantFrom(101, 102), state: fc.constantFrom("started", "stopped") })
  .map((params) => ({ guest: params, when: "inventory_hostname == 'pve1'", register: "power" }));

const mixed = fc.tuple(randomPlay, fc.array(fc.tuple(fc.nat(8), power), { maxLength: 2 }));

function filesFrom(play: RandomPlay, switches: readonly (readonly [number, Record<string, unknown>])[]) {
  // A host that fails leaves early, and then has nothing to see of what the others write.
  const tasks: Record<string, unknown>[] = play.tasks.map((task) => ({
    ...task,
    guard: undefined,
    ignore_errors: true,
  }));
  for (const [at, task] of switches) tasks.splice(at, 0, task);
  return { ...filesOf({ ...play, tasks: tasks as typeof play.tasks }), "inventory/hosts.yml": inventory };
}

test.each([0, 400])(
  "what is written on the node or in a sibling is seen, looking %d tasks ahead",
  async (lookAhead) => {
    const world = await sharing();
    const made = (path: string) => ({ name: path, file: { path, state: "directory" } });
    const site = JSON.stringify([
      { name: "all", hosts: "all", tasks: [made("/srv/one"), made("/srv/two"), made("/srv/three")] },
    ]);
    const files = { "site.yml": site, "inventory/hosts.yml": inventory };
    for (const forks of [1, 4]) {
      const { results } = await runSite({ files, world: world.copy(), apart: true, forks, lookAhead });
      // Whoever comes first makes it, the others find it there.
      const makers = results.filter(({ status }) => status === "changed").map(({ host }) => host);
      if (forks === 1) expect(makers).toEqual(["pve1", "pve1", "pve1"]);
      expect(results.every(({ status }) => status === "changed" || status === "ok")).toBe(true);
    }
  },
);

/** What a result that is certain says of the run. How a command ends nobody can know, only that it is run. */
const tellingOf = ({ module, status, changed, before, after, diff, steps, reason }: ResultEvent) =>
  module === "command" && steps ? { steps } : { status, changed, before, after, diff, steps, reason };

test("what a check calls certain the run does, where a node and its containers share files, and it writes nothing", {
  timeout: 600_000,
}, async () => {
  const world = await sharing();
  let certain = 0;
  await fc.assert(
    fc.asyncProperty(mixed, async ([play, switches]) => {
      // A condition on a result that was only assumed is a matter of its own.
      const files = filesFrom({ ...play, tasks: play.tasks.map((task) => ({ ...task, when: undefined })) }, switches);
      const request: RunRequest = { files, modules: [guest], forks: 1 };
      const check = await runSite({ ...request, check: true, world: world.copy() });
      expect(check.after).toBe(check.before);
      const run = await runSite({ ...request, world: world.copy() });
      const done = new Map(run.results.map((result) => [result.id, result]));
      for (const foretold of check.results) {
        const real = done.get(foretold.id);
        // A host that failed at something uncertain never came to it.
        if (foretold.certainty !== "certain" || !real) continue;
        // A loop is as certain as its items, which are compared one by one.
        if (real.kind !== "item" && done.has(`${real.id}[0]`)) continue;
        certain += 1;
        expect({ id: real.id, ...tellingOf(real) }).toEqual({ id: foretold.id, ...tellingOf(foretold) });
      }
    }),
    { numRuns: plays },
  );
  expect(certain).toBeGreaterThan(plays);
});
