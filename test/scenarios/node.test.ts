import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadScenarios } from "../support/scenario.ts";
import { commandPlayer } from "../support/scenario-command.ts";
import { destroyRange, findGround, type Ground, runScenario } from "../support/scenario-run.ts";

/** The scenarios on the node of an inventory, with the built command. Started by `npm run scenarios` alone. */
const inventory = process.env.LAB_SCENARIO_INVENTORY ?? "";
const names = (process.env.LAB_SCENARIO_NAMES ?? "").split(" ").filter((name) => name !== "");
const scenarios = loadScenarios(names);

describe.runIf(inventory !== "")("on the node", () => {
  const player = commandPlayer(inventory);
  let ground: Ground;
  beforeAll(async () => {
    ground = await findGround(player);
  });
  afterAll(async () => {
    await destroyRange(player, ground);
    player.close();
  });
  test.each(scenarios)("$file: $name", async (scenario) => {
    const verdict = await runScenario(scenario, player, ground);
    if (verdict.kind === "skipped") process.stdout.write(`${scenario.file}: not played, ${verdict.why}\n`);
    else expect(verdict.kind === "failed" ? verdict.problems : []).toEqual([]);
  });
});
