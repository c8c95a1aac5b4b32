import { afterAll, afterEach, beforeAll, it } from "vitest";
import { type ComposeHost, openRealHost } from "../../support/compose-host.ts";
import { scenarios } from "../../support/compose-scenarios.ts";
import { runComposeScenario } from "../../support/run-compose-scenario.ts";

let host: ComposeHost;
beforeAll(async () => {
  host = await openRealHost();
});
afterAll(() => host?.stop());
afterEach(() => host.clear("media", "data", "jobs", "bad"));

it.each(scenarios.filter(({ on = "real" }) => on === "real"))("$name", (scenario) =>
  runComposeScenario(host, scenario),
);
