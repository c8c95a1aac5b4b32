import { expect } from "vitest";
import type { ComposeHost, Played } from "./compose-host.ts";
import type { Scenario, Stage } from "./compose-scenarios.ts";

/**
 * Plays a scenario: a check that changes nothing and tells exactly what the run does, the run, and the same once more, which has
 * nothing left to do. What the embedded lab has shown to be refused, a real engine is not asked twice about.
 */
export async function runComposeScenario(host: ComposeHost, { stages, on }: Scenario): Promise<void> {
  for (const stage of stages) {
    try {
      await runStage(host, stage, host.kind === "embedded" || on === "real");
    } catch (error) {
      if (error instanceof Error) error.message = `${stage.what}: ${error.message}`;
      throw error;
    }
  }
}

async function runStage(host: ComposeHost, stage: Stage, thorough: boolean): Promise<void> {
  await stage.hand?.(host);
  const params = stage.params(host);
  const tasks = stage.tasks?.(host) ?? [];
  const { want } = stage;
  // The first steps of a scenario are those of the others.
  if (stage.ground && host.kind === "real") {
    expect((await host.play(params, { tasks })).result?.status).toBe("changed");
    return;
  }
  const state = await host.state();
  const checked = thorough || !("refused" in want) ? await host.play(params, { check: true, tasks }) : null;
  expect(await host.state()).toBe(state);
  const before = await containersOf(host);
  if ("refused" in want) {
    const run = await host.play(params, { tasks });
    expect(run.result?.reason ?? run.text).toMatch(want.refused);
    expect(run.code).not.toBe(0);
    if (want.late === undefined) {
      expect(await host.state()).toBe(state);
      if (checked !== null) expect(checked.result?.reason ?? checked.text).toBe(run.result?.reason ?? run.text);
    }
    return;
  }
  const run = await host.play(params, { tasks, again: true });
  expect(run.result?.reason ?? (run.result === null ? run.text : undefined)).toBeUndefined();
  expect(checked?.result?.certainty).toBe("certain");
  expect(promise(run)).toEqual(checked === null ? null : promise(checked));
  const services = (run.result?.diff ?? []).filter(({ path }) => !path.startsWith("/"));
  expect(services.map(({ path }) => path).sort()).toEqual(Object.keys(want.services).sort());
  for (const { path, before: was } of services) {
    if (path !== "restart") expect(String(was)).toMatch(want.services[path] ?? /^$/);
  }
  if (want.warning !== undefined) expect(run.result?.warnings?.join("\n")).toMatch(want.warning);
  else expect(run.result?.warnings).toEqual([]);
  if (want.always) expect(run.again?.status).toBe("changed");
  else expect(run.again).toMatchObject({ status: "ok", changed: false });
  const after = await containersOf(host);
  const touched = [...after].filter(([name, started]) => before.get(name) !== started).map(([name]) => name);
  expect(touched.sort()).toEqual([...want.touched].sort());
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
