import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { randomServiceTasks } from "../../support/random-service-plays.ts";
import { runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 40);

const play = (world: ReturnType<typeof createWorld>, tasks: readonly object[], check = false, lookAhead = 400) =>
  runSite({
    files: {
      "site.yml": JSON.stringify([
        { name: "play", hosts: "all", tasks: tasks.map((each) => ({ ...each, ignore_errors: true })) },
      ]),
    },
    world,
    check,
    lookAhead,
  });
/** Why something fails a check may know before a tool says it, in other words. */
const tellingOf = (result: ResultEvent) => (result.status === "failed" ? { status: "failed" } : allOf(result));
const allOf = ({ status, changed, before, after, diff, steps, reason }: ResultEvent) => ({
  status,
  changed,
  before,
  after,
  diff,
  steps,
  reason,
});
const ready = { h1: { packages: ["curl", "git", "acl", "samba", "cron"] } };

test("what a check of a host's services calls certain the run does, from any state, however far it looks ahead, and what it changes holds", {
  timeout: 900_000,
}, async () => {
  let certain = 0;
  await fc.assert(
    fc.asyncProperty(fc.boolean(), randomServiceTasks, randomServiceTasks, async (equipped, earlier, tasks) => {
      const world = createWorld(equipped ? ready : {});
      const first = await play(world, earlier);
      const check = await play(world, tasks, true);
      // Parameters that contradict each other are an error before anything is sent.
      fc.pre([...first.diagnostics, ...check.diagnostics].every(({ severity }) => severity === "warning"));
      expect(check.faults).toEqual([]);
      expect(check.after).toBe(check.before);
      const blindly = await play(world.copy(), tasks, false, 0);
      const run = await play(world, tasks);
      expect(run.faults).toEqual([]);
      // Looking ahead is the strictly sequential run, without the waiting.
      expect(run.results.map(tellingOf)).toEqual(blindly.results.map(tellingOf));
      for (const { reason, name } of run.results)
        expect(`${name}: ${reason}`).not.toMatch(/was applied, but|makes no progress|after the change/);
      const done = new Map(run.results.map((result) => [result.id, result]));
      for (const foretold of check.results) {
        const real = done.get(foretold.id);
        if (!real || foretold.certainty !== "certain") continue;
        certain += 1;
        expect({ id: real.id, ...tellingOf(real) }).toEqual({ id: foretold.id, ...tellingOf(foretold) });
      }
    }),
    { numRuns: plays },
  );
  expect(certain).toBeGreaterThan(plays);
});
