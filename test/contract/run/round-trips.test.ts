import { describe, expect, test } from "vitest";
import type { HostRecap } from "../../../engine/run/events.ts";
import { runSite, type SiteRun, tasksSite } from "../../support/run-site.ts";
import type { TestWorld } from "../../support/world.ts";

/** Folders, contents of files, cron jobs, in turns. */
function taskOf(index: number): string {
  if (index % 3 === 0) return `- file: { path: /srv/d${index}, state: directory }`;
  if (index % 3 === 1) return `- copy: { dest: /etc/f${index}, content: "${index}\\n" }`;
  return `- cron: { name: j${index}, job: "true ${index}", minute: ${index % 60}, hour: 4 }`;
}

/** Somebody takes away what these tasks have made. */
function drift(world: TestWorld, indices: readonly number[]): void {
  const { files } = world.host("h1");
  const table = files["/var/spool/cron/crontabs/root"];
  for (const index of indices) {
    if (index % 3 === 0) delete files[`/srv/d${index}`];
    else if (index % 3 === 1) delete files[`/etc/f${index}`];
    else if (table?.type === "file") {
      const lines = (table.content ?? "").split("\n");
      table.content = lines.filter((line) => !line.endsWith(` true ${index}`)).join("\n");
    }
  }
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, index) => index);
const patterns: Readonly<Record<string, (tasks: number) => readonly number[]>> = {
  "one in the middle": (tasks) => [Math.floor(tasks / 2)],
  "ten far apart": (tasks) => upTo(10).map((index) => Math.floor((index * tasks) / 10)),
  // A window of few tasks, as after a change, would end before the next one each time.
  "two together, nine between": (tasks) =>
    upTo(Math.floor(tasks / 11)).flatMap((index) => [index * 11, index * 11 + 1]),
  "every third": (tasks) => upTo(Math.floor(tasks / 3)).map((index) => index * 3),
};

function costOf(run: SiteRun): HostRecap {
  const cost = run.recap?.hosts.h1;
  if (!cost || run.exitCode !== 0) throw new Error("the play has failed");
  return cost;
}

const all = Object.keys(patterns);
// A thousand tasks take their time in the lab: what does not hang on their number is left to the others.
describe.each([
  { tasks: 50, most: 3, drifts: all, checks: [false, true] },
  { tasks: 200, most: 3, drifts: all, checks: [false, true] },
  { tasks: 1000, most: 6, drifts: ["ten far apart"], checks: [false] },
])("a play of $tasks tasks", ({ tasks, most, drifts, checks }) => {
  const files = tasksSite(upTo(tasks).map(taskOf).join("\n"));
  let made: TestWorld | null = null;

  test("costs a trip for each change at first, and few looks beside", { timeout: 600_000 }, async () => {
    const run = await runSite({ files });
    const cost = costOf(run);
    made = run.world;
    // The lab counts for itself what the recap tells.
    expect(cost).toMatchObject({ changed: tasks, ok: 0 });
    expect(cost.roundTrips).toBeLessThanOrEqual(tasks + 3);
    expect(cost.roundTrips).toBe(run.world.trips.length);
    expect(cost.operations).toBeLessThanOrEqual(9 * tasks);
  });

  test.each(checks)(`costs at most ${most} trips where nothing changes, check: %s`, async (check) => {
    const world = made?.copy();
    if (!world) throw new Error("the first run has failed");
    const run = await runSite({ files, world, check });
    const cost = costOf(run);
    expect(cost).toMatchObject({ changed: 0, ok: tasks });
    expect(cost.roundTrips).toBeLessThanOrEqual(most);
    expect(cost.roundTrips).toBe(world.trips.length);
    expect(cost.operations).toBeLessThanOrEqual(2 * tasks);
    expect(cost.bytesSent + cost.bytesReceived).toBeLessThanOrEqual(500 * tasks);
    // No script is so large that it would have to be read for long before it begins.
    const looks = world.trips.map(({ batch }) => batch.sections.flatMap(({ operations }) => operations).length);
    expect(Math.max(...looks)).toBeLessThanOrEqual(1_000);
  });

  test.each(drifts)("costs a trip more for each of some changes: %s", { timeout: 600_000 }, async (name) => {
    const world = made?.copy();
    const changes = patterns[name]?.(tasks) ?? [];
    if (!world) throw new Error("the first run has failed");
    drift(world, changes);
    const cost = costOf(await runSite({ files, world }));
    expect(cost).toMatchObject({ changed: changes.length, ok: tasks - changes.length });
    expect(cost.roundTrips).toBeLessThanOrEqual(changes.length + 3);
    // What lies behind the next change that is expected is not looked at for nothing, again and again.
    const most = 2.5 * tasks + 12 * changes.length + 200;
    expect(cost.operations).toBeLessThanOrEqual(most);
  });
});

test("without looking ahead each task makes its own look, and uses no other's", async () => {
  const files = tasksSite(
    upTo(10)
      .map(() => "- stat: /etc/motd")
      .join("\n"),
  );
  expect(costOf(await runSite({ files, lookAhead: 0 })).roundTrips).toBe(10);
  expect(costOf(await runSite({ files })).roundTrips).toBe(1);
});

test("pre_tasks, roles, tasks and post_tasks share their trips while no handler is called for", async () => {
  const more =
    "  pre_tasks: [{ stat: /etc/a }, { stat: /etc/b }]\n  post_tasks: [{ stat: /etc/c }]\n  handlers: [{ name: x, debug: x }]\n";
  expect(costOf(await runSite({ files: tasksSite("- stat: /etc/d", more) })).roundTrips).toBe(1);
});

test("a task with a time limit takes no looks of others along", async () => {
  const files = tasksSite("- { stat: /etc/a, timeout: 60 }\n- stat: /etc/b\n- stat: /etc/c");
  const run = await runSite({ files });
  const looks = run.world.trips.map(({ batch }) => batch.sections.flatMap(({ operations }) => operations).length);
  expect(looks).toEqual([1, 2]);
});
