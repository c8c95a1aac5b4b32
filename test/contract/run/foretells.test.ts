import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResultEvent } from "../../../engine/run/events.ts";
import { filesOf, randomPlay } from "../../support/random-plays.ts";
import { runSite } from "../../support/run-site.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 40);

/** What a result that is certain says of the run. How a command ends nobody can know, only that it is run. */
const tellingOf = ({ module, status, changed, before, after, diff, steps, reason }: ResultEvent) => {
  if (module === "command" && steps) return { steps };
  return { status, changed, before, after, diff, steps, reason };
};

test("what a check calls certain the run does, in random plays, and it writes nothing", {
  timeout: 600_000,
}, async () => {
  let certain = 0;
  await fc.assert(
    fc.asyncProperty(randomPlay, async (play) => {
      // A condition on a result that was only assumed is a matter of its own.
      const files = filesOf({ ...play, tasks: play.tasks.map((task) => ({ ...task, when: undefined })) });
      const check = await runSite({ files, check: true });
      expect(check.after).toBe(check.before);
      const run = await runSite({ files });
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
