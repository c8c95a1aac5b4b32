import { expect, test } from "vitest";
import { recordedNode } from "../support/recorded-node.ts";
import { runSite } from "../support/run-site.ts";
import { loadScenarios } from "../support/scenario.ts";
import { findGround, type Player, runScenario } from "../support/scenario-run.ts";
import { createWorld } from "../support/world.ts";

/** The embedded node, as `npm run scenarios` finds a real one. */
const storages = [
  { name: "dir", storage: "local" },
  { name: "btrfs", storage: "btr" },
];

function embedded(storage: string): Player {
  const host = recordedNode();
  host.files["/opt"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  const world = createWorld({}, { pve1: host });
  const inventory = `all:
  vars:
    lab_connection: lab
    scenario_vmids: 9000-9099
    scenario_storage: ${storage}
    scenario_template: local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst
    scenario_bridge: vmbr0
  hosts: { pve1: }
`;
  return {
    async play(playbook, { check = false, vars }) {
      const run = await runSite({
        files: { "site.yml": playbook, "inventory/hosts.yml": inventory },
        world,
        check,
        extraVars: [JSON.stringify(vars)],
      });
      const errors = run.diagnostics.filter(({ severity }) => severity !== "warning").map(({ message }) => message);
      return { results: run.results, trouble: errors.length > 0 ? errors.join("\n") : run.faults[0] ?? null };
    },
  };
}

for (const { name, storage } of storages) {
  test.each(loadScenarios())(`on ${name}: $file`, async (scenario) => {
    const player = embedded(storage);
    const verdict = await runScenario(scenario, player, await findGround(player));
    if (verdict.kind === "skipped") expect(verdict.why).toMatch(/storage/);
    else expect(verdict).toEqual({ kind: "passed" });
  });
}

test("there are scenarios for every parameter", () => {
  expect(loadScenarios().length).toBeGreaterThan(40);
});
