import { expect, test } from "vitest";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import type { HostRecap } from "../../../engine/run/events.ts";
import { labPlaybook, workItems } from "../../bench/workload.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { randomIds } from "../../support/shell-run.ts";
import type { TestWorld } from "../../support/world.ts";

// What the benchmark measures in seconds is held here in counts: of the embedded lab's trips, and of the scripts that a
// real host would get for them.

const place = { folder: "/srv", user: "root" };

interface Cost {
  readonly recap: HostRecap;
  /** What a script of each trip would be: its length, and how many processes it may start. */
  readonly scripts: readonly { readonly bytes: number; readonly forks: number }[];
}

async function costOf(tasks: number, world?: TestWorld): Promise<Cost & { readonly run: SiteRun }> {
  const before = world?.trips.length ?? 0;
  const run = await runSite({ files: { "site.yml": labPlaybook(tasks, place) }, ...(world && { world }) });
  const recap = run.recap?.hosts.h1;
  if (!recap || run.exitCode !== 0) throw new Error(`the play has failed: ${JSON.stringify(run.diagnostics)}`);
  const scripts = run.world.trips.slice(before).map(({ batch }) => {
    const { script, forks } = compileShell(batch, { ids: randomIds, shell: "sh" });
    return { bytes: Buffer.byteLength(script), forks };
  });
  return { recap, scripts, run };
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

test.each([50, 200])("the workload of %i tasks costs few trips, operations, processes and bytes", async (tasks) => {
  const first = await costOf(tasks);
  expect(first.recap).toMatchObject({ changed: tasks, ok: 0 });
  expect(first.recap.roundTrips).toBeLessThanOrEqual(tasks + 3);
  expect(first.recap.operations).toBeLessThanOrEqual(8 * tasks);
  expect(first.scripts.length).toBe(first.recap.roundTrips);
  expect(sum(first.scripts.map(({ forks }) => forks))).toBeLessThanOrEqual(25 * tasks);
  expect(sum(first.scripts.map(({ bytes }) => bytes))).toBeLessThanOrEqual(15_000 * (tasks + 1));

  const again = await costOf(tasks, first.run.world.copy());
  expect(again.recap).toMatchObject({ changed: 0, ok: tasks, roundTrips: 1 });
  // A folder, and a file, is looked at as itself and as what it leads to; the folder above, the crontab and the time zone once.
  const paths = workItems(tasks, place).filter(({ kind }) => kind !== "cron");
  expect(again.recap.operations).toBe(2 * paths.length + 3);
  const [script, ...others] = again.scripts;
  expect(others).toEqual([]);
  // As many processes for many tasks as for few.
  expect(script?.forks).toBeLessThanOrEqual(20);
  expect(script?.bytes).toBeLessThanOrEqual(10_000 + 50 * tasks);
});
