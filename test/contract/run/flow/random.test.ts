import fc from "fast-check";
import { expect, test } from "vitest";
import type { ResultEvent } from "../../../../engine/run/events.ts";
import { flowFiles, randomFlow } from "../../../support/random-flow.ts";
import { type RunRequest, runSite } from "../../../support/run-site.ts";

/** How many random plays; more of them with LAB_RANDOM_PLAYS=5000. */
const plays = Number(process.env.LAB_RANDOM_PLAYS ?? 60);

function byId(results: readonly ResultEvent[]): ReadonlyMap<string, readonly ResultEvent[]> {
  const found = new Map<string, ResultEvent[]>();
  for (const result of results) found.set(result.id, [...(found.get(result.id) ?? []), result]);
  return found;
}

/** What a result that is certain says of the run. How a command ends nobody can know, only that it is run. */
const tellingOf = ({ module, status, changed, before, after, diff, steps, reason, rescued }: ResultEvent) =>
  module === "command" && steps ? { steps } : { status, changed, before, after, diff, steps, reason, rescued };

test("what a check calls certain the run does, in plays with blocks, orders, batches and strategies", {
  timeout: 600_000,
}, async () => {
  let certain = 0;
  await fc.assert(
    fc.asyncProperty(randomFlow, async (play) => {
      const request: RunRequest = { files: flowFiles(play), apart: play.apart };
      const check = await runSite({ ...request, check: true });
      expect(check.diagnostics.filter(({ severity }) => severity !== "warning")).toEqual([]);
      expect(check.after).toBe(check.before);
      const run = await runSite(request);
      // A handler may run more than once: each time is compared with its own.
      const done = byId(run.results);
      const times = byId(check.results);
      for (const foretold of check.results) {
        const reals = done.get(foretold.id) ?? [];
        const same = times.get(foretold.id) ?? [];
        const real = reals[same.indexOf(foretold)];
        // A host that failed at something uncertain never came to it.
        if (foretold.certainty !== "certain" || !real || reals.length !== same.length) continue;
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
