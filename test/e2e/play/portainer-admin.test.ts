import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import { journals, openRig, type Rig } from "../../support/e2e-rig.ts";
import { type PortainerServer, startPortainerServer } from "../../support/portainer-server.ts";

// Over a real sshd and the host's own curl, TLS with a certificate that nobody vouches for.
let rig: Rig;
let server: PortainerServer;
const password = 'planted "quoted" pass\\word $(id) ü';
beforeAll(async () => {
  rig = await openRig();
}, 60_000);
beforeEach(async () => {
  server = await startPortainerServer();
});
afterEach(() => server.stop());
afterAll(() => rig?.stop());

const play = (task: object, ...args: readonly string[]) => {
  const full = { url: server.url, password, ...task };
  rig.write(
    "site.yml",
    JSON.stringify([{ name: "p", hosts: "all", gather_facts: false, tasks: [{ name: "it", portainer_admin: full }] }]),
  );
  return rig.play("site.yml", ...args);
};
const failure = async (task: object) => {
  const run = await play(task);
  const [only] = resultsOf(run);
  expect(only?.status).toBe("failed");
  return `${only?.reason} | ${only?.hint}`;
};

it("is foretold, made, and then only looked at; neither password nor token is kept anywhere", async () => {
  const check = await play({}, "--check", "--diff");
  expectExit(check, 0);
  expect(server.users.size).toBe(0);
  const run = await play({});
  expectExit(run, 0);
  expect(expectForetold(check, run)).toMatchObject({ assumed: 0, deferred: 0 });
  expect([...server.users]).toEqual([["admin", password]]);
  const before = server.asked.length;
  const again = await play({});
  expectExit(again, 0);
  expect(resultsOf(again).map(({ status, warnings }) => [status, warnings])).toEqual([["ok", []]]);
  expect(server.asked.slice(before)).toEqual([
    "GET /api/system/status",
    "GET /api/users/admin/check",
    "POST /api/auth",
  ]);
  const said = [check, run, again].map(({ stdout, stderr }) => stdout + stderr).join() + journals(rig);
  expect(said).not.toContain("planted");
});

it("another password, a locked one, a certificate that shall be right, and nobody", async () => {
  server.users.set("admin", "somebody-was-faster");
  expect(await failure({})).toMatch(/does not let admin in with this password/);
  expect(resultsOf(await play({ verify: false }))[0]?.status).toBe("ok");
  server.locked = true;
  expect(await failure({})).toMatch(/has locked itself.*restart its container/);
  server.locked = false;
  expect(await failure({ insecure: false })).toMatch(/certificate/i);
  const { url } = server;
  await server.stop();
  expect(await failure({ url })).toMatch(/does not answer/);
});
