import { expect } from "vitest";
import type { ResultEvent } from "../../engine/run/events.ts";
import { type RunRequest, runSite, type SiteRun } from "./run-site.ts";
import { createWorld, type TestWorld } from "./world.ts";

/** A site that is checked and run. */
export interface BothWays {
  readonly check: SiteRun;
  readonly run: SiteRun;
}

/**
 * Checks a site and runs it, each with and without looking ahead: what is told must be the same, a check must change
 * nothing, and what it calls certain the run must do.
 */
export async function runBothWays(
  request: Omit<RunRequest, "check" | "lookAhead" | "world">,
  makeWorld: () => TestWorld = () => createWorld(),
): Promise<BothWays> {
  const go = (check: boolean, lookAhead: number) => runSite({ ...request, check, lookAhead, world: makeWorld() });
  const check = await go(true, 400);
  const run = await go(false, 400);
  expect(told(await go(true, 0))).toEqual(told(check));
  expect(told(await go(false, 0))).toEqual(told(run));
  expect(check.world.trips.filter(({ way }) => way === "send")).toEqual([]);
  expect([check.faults, run.faults]).toEqual([[], []]);
  const certain = check.results.filter((each) => each.certainty === "certain" && each.kind !== "item");
  for (const foretold of certain) {
    const did = run.results.find((each) => each.id === foretold.id && each.kind !== "item");
    // A command that would be run may fail, and how often something is tried a check cannot know.
    if (did?.status === "failed" && did.steps) continue;
    expect([foretold.id, foretold.name, did?.status ?? "not run"]).toEqual([
      foretold.id,
      foretold.name,
      did === undefined ? "not run" : foretold.status,
    ]);
  }
  return { check, run };
}

/** All that is told but for what it costs, hosts of one task in their order. */
function told({ results, recap, diagnostics, exitCode }: SiteRun) {
  const order = (a: ResultEvent, b: ResultEvent): number => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0);
  const statuses = Object.entries(recap?.hosts ?? {}).map(([name, { ok, changed, failed, skipped, deferred }]) => [
    name,
    { ok, changed, failed, skipped, deferred },
  ]);
  return { results: [...results].sort(order), statuses, diagnostics, exitCode };
}
