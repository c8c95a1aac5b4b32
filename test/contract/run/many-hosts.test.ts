import { expect, it } from "vitest";
import type { Host } from "../../../engine/sim/world.ts";
import { liveBytes } from "../../support/live-bytes.ts";
import { inventoryOf, runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** Folders, contents and jobs. */
function siteOf(hosts: number, tasks: number, strategy = "linear"): Readonly<Record<string, string>> {
  const lines = Array.from({ length: tasks }, (_, index) => {
    const kinds = [
      `file: { path: /srv/d${index}, state: directory }`,
      `copy: { dest: /srv/d${index - 1}/f, content: "of {{ role }}, ${index}\\n" }`,
      `cron: { name: job${index}, minute: "5", job: "true {{ role }}" }`,
    ];
    return `    - ${kinds[index % 3]}\n`;
  });
  const names = Array.from({ length: hosts }, (_, index) => `h${index}`);
  return {
    "inventory/hosts.yml": inventoryOf(...names),
    "site.yml": `- hosts: all\n  strategy: ${strategy}\n  vars: { role: server }\n  tasks:\n${lines.join("")}`,
  };
}

it("200 converged hosts × 50 tasks: each costs as many trips as if it were alone, and little memory", async () => {
  const [hosts, tasks] = [200, 50];
  const first = createWorld();
  expect((await runSite({ files: siteOf(1, tasks), world: first })).recap?.hosts.h0).toMatchObject({ changed: tasks });
  const alone = await runSite({ files: siteOf(1, tasks), world: first });
  // The others are like it: to make each of them from nothing would take most of the time.
  const host = first.host("h0");
  const named = (name: string): Host => ({ ...host, hostname: name, description: { ...host.description, name } });
  const all = Array.from({ length: hosts }, (_, index) => `h${index}`);
  const world = createWorld({}, Object.fromEntries(all.map((name) => [name, named(name)])));

  const before = liveBytes();
  let most = before;
  let asked = 0;
  const run = await runSite({
    files: siteOf(hosts, tasks),
    world,
    forks: hosts,
    // Asked before each entry of the play: the moment at which all connections stand.
    interrupted: () => {
      asked += 1;
      if (asked % 20 === 0) most = Math.max(most, liveBytes());
      return false;
    },
  });
  expect(run.exitCode).toBe(0);
  expect(run.results.length).toBe(hosts * tasks);
  expect(run.after).toBe(run.before);
  const each = alone.recap?.hosts.h0;
  expect(each?.roundTrips).toBeLessThanOrEqual(3);
  for (const counts of Object.values(run.recap?.hosts ?? {})) {
    expect(counts).toMatchObject({ ok: tasks, changed: 0, failed: 0, roundTrips: each?.roundTrips });
  }
  expect(world.trips.length).toBe(hosts * (each?.roundTrips ?? 0));
  expect(asked).toBeGreaterThanOrEqual(tasks);
  expect(most).toBeGreaterThan(before);
  // A connection and what was seen through it, and the events, which the test keeps.
  expect((most - before) / hosts).toBeLessThan(400_000);
}, 120_000);

it("with strategy free the slowest of many hosts delays nobody", async () => {
  const [hosts, tasks] = [8, 12];
  const world = createWorld();
  let release: () => void = () => {};
  const slow = new Promise<void>((resolve) => {
    release = resolve;
  });
  world.delay = ({ host }) => (host === "h0" ? slow : undefined);
  // Fewer forks than hosts: the slow one keeps one of them, and the others pass.
  const running = runSite({ files: siteOf(hosts, tasks, "free"), world, forks: 4 });
  const others = Array.from({ length: hosts - 1 }, (_, index) => `h${index + 1}`);
  const changesOf = (name: string) => world.trips.filter(({ host, way }) => host === name && way === "send").length;
  await expect.poll(() => others.filter((name) => changesOf(name) >= tasks), { timeout: 30_000 }).toEqual(others);
  expect(changesOf("h0")).toBe(0);
  release();
  const run = await running;
  expect(run.exitCode).toBe(0);
  const firstOfSlow = run.results.findIndex(({ host }) => host === "h0");
  for (const name of others) expect(run.results.findLastIndex(({ host }) => host === name)).toBeLessThan(firstOfSlow);
}, 60_000);
