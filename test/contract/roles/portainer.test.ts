import { beforeEach, describe, expect, it } from "vitest";
import { roleFiles } from "../../support/role-site.ts";
import { runSite, type SiteRun } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const password = "planted-password-of-portainer";
const files = roleFiles("docker", "portainer");
let world: TestWorld;
beforeEach(() => {
  world = createWorld();
});
const play = (vars: object = {}, tasksFrom?: string): Promise<SiteRun> => {
  const given = { admin_password: password, ...vars };
  const tasks =
    tasksFrom === undefined
      ? [
          { name: "docker", include_role: { name: "docker" }, vars: { smoke_test: false } },
          { name: "portainer", include_role: { name: "portainer" }, vars: given },
        ]
      : [{ name: "it", include_role: { name: "portainer", tasks_from: tasksFrom }, vars: given }];
  return runSite({ files: { ...files, "site.yml": JSON.stringify([{ name: "p", hosts: "all", tasks }]) }, world });
};
const changed = ({ results }: SiteRun) => results.filter((result) => result.changed).map(({ name }) => name);
const said = ({ results, diagnostics }: SiteRun) =>
  [...results.map(({ reason }) => reason), ...diagnostics.map(({ message }) => message)].join("\n");

describe("role portainer", () => {
  it("sets the administrator right after the start, and makes no noise the second time", async () => {
    const run = await play();
    expect(run.exitCode).toBe(0);
    expect(changed(run).slice(-2)).toEqual(["Portainer", "Its administrator"]);
    const again = await play();
    expect([again.exitCode, changed(again)]).toEqual([0, []]);
    expect(again.results.flatMap(({ warnings }) => warnings)).toEqual([]);
    const verified = await play({}, "verify");
    expect([verified.exitCode, verified.after === verified.before]).toEqual([0, true]);
  });

  it("has the password in no file, no definition, no result and no inspection", async () => {
    const run = await play();
    const inspected = await play({}, "verify");
    expect(JSON.stringify([run.events, inspected.events])).not.toContain("planted");
    const { files: on, docker } = world.host("h1");
    expect(JSON.stringify([on, docker])).not.toContain("planted");
  });

  it("restarts one that has locked itself because a run was cut off", async () => {
    await play();
    // As a run leaves it that ends between the two tasks: started, and nobody came for an hour.
    for (const path of Object.keys(world.host("h1").files).filter((each) => each.endsWith("portainer.db")))
      delete world.host("h1").files[path];
    world.host("h1").clockMs += 60 * 60_000;
    expect((await play({}, "verify")).exitCode).toBe(2);
    expect(changed(await play())).toEqual(["Its administrator"]);
    expect((await play({}, "verify")).exitCode).toBe(0);
  });

  it("fails with another password instead of changing it", async () => {
    await play();
    const run = await play({ admin_password: "another-password-of-it" });
    expect(run.exitCode).toBe(2);
    expect(said(run)).toContain("does not let admin in with this password");
    expect((await play()).exitCode).toBe(0);
  });

  it.each<[string, object, RegExp]>([
    ["a short password", { admin_password: "short" }, /expected 12 to 72 characters/],
    ["two ports that are one", { http_port: 9443 }, /must differ/],
    ["a version that is none", { version: "latest" }, /must match|does not match|\[0-9\]/],
  ])("refuses %s", async (_, vars, message) => {
    const run = await play(vars);
    expect(run.exitCode).not.toBe(0);
    expect(said(run)).toMatch(message);
  });

  it("opens the further ports that are asked for, and no others", async () => {
    const ports = () =>
      Object.values(world.host("h1").docker?.containers ?? {}).flatMap((each) => each.ports.map(({ port }) => port));
    await play();
    expect(ports()).toEqual(["9443"]);
    await play({ http_port: 9000, edge_port: 8000, listen: "127.0.0.1" });
    expect(ports().sort()).toEqual(["8000", "9000", "9443"]);
  });
});
