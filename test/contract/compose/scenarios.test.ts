import { it } from "vitest";
import { openEmbeddedHost } from "../../support/compose-host.ts";
import { scenarios } from "../../support/compose-scenarios.ts";
import { runComposeScenario } from "../../support/run-compose-scenario.ts";

it.each(scenarios.filter(({ on = "embedded" }) => on === "embedded"))("$name", async (scenario) => {
  await runComposeScenario(await openEmbeddedHost(), scenario);
});
