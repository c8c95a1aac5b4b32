import { expect, it } from "vitest";
import { inventoryOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const files = {
  "inventory/hosts.yml": inventoryOf("h1", "h2", "h3"),
  ...tasksSite(`
    - file: { path: /srv/a, state: directory }
    - command: { argv: [touch, /srv/a/b] }
  `),
};

it("sends no step before its intent is kept, and looks without waiting for it", async () => {
  const world = createWorld();
  const sent = () => world.trips.filter(({ way }) => way === "send").map(({ host }) => host);
  const gates: (() => void)[] = [];
  const running = runSite({ files, world, kept: () => new Promise((resolve) => void gates.push(resolve)) });
  await expect.poll(() => gates.length).toBe(3);
  expect(world.trips.map(({ way }) => way)).toEqual(["look", "look", "look"]);
  gates[1]?.();
  await expect.poll(() => sent().length).toBe(1);
  gates[0]?.();
  gates[2]?.();
  await expect.poll(() => gates.length).toBe(6);
  expect(sent().toSorted()).toEqual(["h1", "h2", "h3"]);
  for (const open of gates.slice(3)) open();
  const run = await running;
  expect(run.exitCode).toBe(0);
  expect(sent()).toHaveLength(6);
});

it("never asks whether a check is kept", async () => {
  const run = await runSite({ files, check: true, kept: () => Promise.reject(new Error("asked")) });
  expect(run.faults).toEqual([]);
  expect(run.results.filter(({ status }) => status === "failed")).toEqual([]);
});
