import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { putTemplates } from "../../support/guests.ts";
import { randomNodeTasks } from "../../support/random-node-plays.ts";
import { runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 25);

const play = (world: ReturnType<typeof createWorld>, tasks: readonly object[], check = false) =>
  runSite({
    files: {
      "site.yml": JSON.stringify([
        { name: "play", hosts: "all", tasks: tasks.map((each) => ({ ...each, ignore_errors: true })) },
      ]),
      "inventory/hosts.yml": "all:\n  hosts:\n    pve1: { lab_connection: lab }\n",
    },
    world,
    check,
  });
const tellingOf = ({ status, changed, before, after, diff, steps, reason }: ResultEvent) => ({
  status,
  changed,
  before,
  after,
  diff,
  steps,
  reason,
});

test("what a check of a node calls certain the run does, from any state", {
  timeout: 900_000,
}, async () => {
  let certain = 0;
  await fc.assert(
    fc.asyncProperty(randomNodeTasks, randomNodeTasks, async (earlier, tasks) => {
      const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
      await play(world, earlier);
      const check = await play(world, tasks, true);
      expect(check.faults).toEqual([]);
      expect(check.after).toBe(check.before);
      const run = await play(world, tasks);
      expect(run.faults).toEqual([]);
      const done = new Map(run.results.map((result) => [result.id, result]));
      for (const foretold of check.results) {
        const real = done.get(foretold.id);
        if (!real) continue;
        if (foretold.certainty !== "certain") continue;
        certain += 1;
        expect({ id: real.id, ...tellingOf(real) }).toEqual({ id: foretold.id, ...tellingOf(foretold) });
      }
    }),
    { numRuns: plays },
  );
  expect(certain).toBeGreaterThan(plays);
});
