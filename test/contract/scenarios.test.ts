import { expect, test } from "vitest";
import { embeddedNode } from "../support/embedded-node.ts";
import { loadScenarios } from "../support/scenario.ts";
import { findGround, runScenario } from "../support/scenario-run.ts";

/** The embedded node, as `npm run scenarios` finds a real one. */
const storages = [
  { name: "dir", storage: "local" },
  { name: "btrfs", storage: "btr" },
  { name: "zfs", storage: "local-zfs" },
];

for (const { name, storage } of storages) {
  test.each(loadScenarios())(`on ${name}: $file`, async (scenario) => {
    const player = embeddedNode(storage);
    const verdict = await runScenario(scenario, player, await findGround(player));
    if (verdict.kind === "skipped") expect(verdict.why).toMatch(/storage/);
    else expect(verdict).toEqual({ kind: "passed" });
  });
}

test("there are scenarios for every parameter", () => {
  expect(loadScenarios().length).toBeGreaterThan(40);
});
