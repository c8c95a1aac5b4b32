import { expect } from "vitest";
import type { ComposeHost, Played } from "./compose-host.ts";
import type { Scenario, Stage } from "./compose-scenarios.ts";

/** Plays a scenario: a check that changes nothing and tells exactly what the run does, the run, and a run that has nothing left to do. */
export async function runComposeScenario(host: ComposeHost, { stages }: Scenario): Promise<void> {
  for (const stage of stages) {
    try {
      await runStage(host, stage);
    } catch (error) {
      if (error instanceof Error) error.message = `${stage.what}: ${error.message}`;
      throw error;
    }
  }
}

async function runStage(host: ComposeHost, stage: Stage): Promise<void> {
  await stage.hand?.(host);
  const params = stage.params(host);
  const tasks = stage.tasks?.(host) ?? [];
  const state = await host.state();
  const check = await host.play(params, { check: true, tasks });
  expect(await host.state()).toBe(state);
  const before = await containersOf(host);
  const run = await host.play(params, { tasks });
  const { want } = stage;
  if ("refused" in want) {
    expect(run.result?.reason ?? run.text).toMatch(want.refused);
    expect(run.code).not.toBe(0);
    if (want.late === undefined) {
      expect(await host.state()).toBe(state);
      expect(check.result?.reason ?? check.text).toBe(run.result?.reason ?? run.text);
    }
    return;
  }
  expect(run.result?.reason ?? (run.result === null ? run.text : undefined)).toBeUndefined();
  expect(check.result?.certainty).toBe("certain");
  expect(promise(run)).toEqual(promise(check));
  const services = (run.result?.diff ?? []).filter(({ path }) => !path.startsWith("/"));
  expect(services.map(({ path }) => path).sort()).toEqual(Object.keys(want.services).sort());
  for (const { path, before: was } of services) {
    if (path !== "restart") expect(String(was)).toMatch(want.services[path] ?? /^$/);
  }
  if (want.warning !== undefined) expect(run.result?.warnings?.join("\n")).toMatch(want.warning);
  else expect(run.result?.warnings).toEqual([]);
  const after = await containersOf(host);
  const touched = [...after].filter(([name, started]) => before.get(name) !== started).map(([name]) => name);
  expect(touched.sort()).toEqual([...want.touched].sort());
  const settled = await host.state();
  const again = await host.play(params, { tasks });
  if (want.always) expect(again.result?.status).toBe("changed");
  else {
    expect(again.result).toMatchObject({ status: "ok", changed: false });
    expect(await host.state()).toBe(settled);
  }
  await stage.after?.(host, (holds, what) => expect(holds, what).toBe(true));
}

function promise({ result }: Played): unknown {
  if (result === null) return null;
  const { status, before, after, diff, steps, reason } = result;
  return { status, before, after, diff, steps, reason };
}

/** Every container by name: which one it is, and when it was started. */
async function containersOf(host: ComposeHost): Promise<ReadonlyMap<string, string>> {
  const ids = (await host.docker("ps", "-aq", "--no-trunc")).split("\n").filter((id) => id !== "");
  if (ids.length === 0) return new Map();
  const found: unknown = JSON.parse(await host.docker("inspect", "--type", "container", "--", ...ids));
  if (!Array.isArray(found)) throw new Error("docker inspect gave no list");
  return new Map(found.map((each) => [String(each.Name).slice(1), `${each.Id} ${each.State.StartedAt}`]));
}
