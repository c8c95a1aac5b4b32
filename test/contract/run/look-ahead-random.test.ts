import fc from "fast-check";
import { expect, test } from "vitest";
import { lookBothWays } from "../../support/look-both-ways.ts";
import { labWorlds, randomLab } from "../../support/random-labs.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=10000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 200);

test("looking ahead tells and leaves the same as looking at each task in its turn", {
  timeout: 21_600_000,
}, async () => {
  const worlds = await labWorlds();
  const modules = new Set<string>();
  const became = new Map<string, number>();
  const trips = { inTurn: 0, ahead: 0 };
  let rescued = 0;
  await fc.assert(
    fc.asyncProperty(randomLab, async (lab) => {
      const { inTurn, ahead, difference } = await lookBothWays(lab, worlds);
      if (difference !== null) throw new Error(difference);
      trips.inTurn += inTurn.world.trips.length;
      trips.ahead += ahead.world.trips.length;
      for (const result of inTurn.results) {
        modules.add(result.module);
        became.set(result.status, (became.get(result.status) ?? 0) + 1);
        if (result.rescued) rescued += 1;
      }
    }),
    { numRuns: plays },
  );
  // Plays that never change anything, fail or are rescued would prove nothing.
  expect(modules.size).toBeGreaterThan(25);
  for (const status of ["ok", "changed", "failed", "skipped"]) expect(became.get(status)).toBeGreaterThan(plays / 2);
  expect(rescued).toBeGreaterThan(plays / 40);
  expect(trips.ahead).toBeLessThan(trips.inTurn * 0.85);
});
