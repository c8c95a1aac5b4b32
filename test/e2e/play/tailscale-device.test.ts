import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { joinTailnet } from "../../../engine/sim/tailnet/join-tailnet.ts";
import { LAB_AUTH_KEY } from "../../../engine/sim/tailnet/new-tailnet.ts";
import type { TailnetDevice } from "../../../engine/sim/tailnet/state.ts";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import { startTailnetServer, type TailnetServer } from "../../support/tailnet-server.ts";

// The module through the real transport, against a server that answers as Tailscale's API does.
let site: CliSite;
let server: TailnetServer;
const key = "planted-key-0123456789";
const secret = "planted-secret-9876543210";
const list = "GET /devices?fields=all";

beforeAll(() => {
  site = createCliSite();
  writeFileSync(join(site.folder, "hosts.yml"), "all:\n  hosts:\n    here: { lab_connection: local }\n");
  writeFileSync(join(site.folder, "lab.yml"), "inventory: hosts.yml\n");
});
beforeEach(async () => {
  server = await startTailnetServer();
  server.tailnet.apiKeys = { [key]: { expiresAt: null, scopes: "all" } };
  server.tailnet.oauthClients = { client: { secret, scopes: ["devices:core"], tags: [] } };
  server.tailnet.policy = '{"tagOwners": {"tag:router": ["autogroup:admin"]}}';
});
afterEach(() => server.stop());
afterAll(() => site.remove());

function enter(hostname: string, routes: readonly string[] = ["10.7.0.0/24"]): TailnetDevice {
  const nodeKey = `nodekey:${hostname}${Object.keys(server.tailnet.devices).length}`;
  const device = joinTailnet(
    server.tailnet,
    { nodeKey, hostname, tags: [], routes, authKey: LAB_AUTH_KEY },
    Date.now(),
  );
  if ("error" in device) throw new Error(device.error);
  return device;
}
async function play(task: object, ...args: readonly string[]) {
  const full = { auth: { api_key: key }, api_url: server.url, ...task };
  writeFileSync(
    join(site.folder, "t.yml"),
    JSON.stringify([{ name: "p", hosts: "all", gather_facts: false, tasks: [{ name: "it", tailscale_device: full }] }]),
  );
  return site.play(join(site.folder, "t.yml"), ...args);
}
const reasonOf = async (task: object) => {
  const run = await play(task);
  const [only] = resultsOf(run);
  return { status: only?.status, text: `${only?.reason} | ${only?.hint}`, run };
};

describe("a device over the API", () => {
  it("is foretold, set, and then only read", async () => {
    const device = enter("router");
    device.authorized = false;
    const wanted = {
      device: "router",
      routes: ["10.7.0.0/24"],
      tags: ["tag:router"],
      key_expiry: false,
      authorized: true,
    };
    const check = await play(wanted, "--check", "--diff");
    expectExit(check, 0);
    expect(server.news()).toEqual([list]);
    expect(device).toMatchObject({ enabledRoutes: [], tags: [], authorized: false });
    const run = await play(wanted);
    expectExit(run, 0);
    expect(expectForetold(check, run)).toMatchObject({ assumed: 0, deferred: 0 });
    const at = `/device/${device.nodeId}`;
    expect(server.news()).toEqual([
      list,
      `POST ${at}/authorized`,
      `POST ${at}/tags`,
      `POST ${at}/key`,
      `POST ${at}/routes`,
      list,
    ]);
    expect(device).toMatchObject({
      enabledRoutes: ["10.7.0.0/24"],
      tags: ["tag:router"],
      authorized: true,
      keyExpiryDisabled: true,
    });
    const again = await play(wanted);
    expectExit(again, 0);
    expect(resultsOf(again).map(({ status, warnings }) => [status, warnings])).toEqual([["ok", []]]);
    expect(server.news()).toEqual([list]);
    // Somebody takes the route back in the admin console.
    device.enabledRoutes = [];
    expect(resultsOf(await play(wanted))[0]?.status).toBe("changed");
    expect(device.enabledRoutes).toEqual(["10.7.0.0/24"]);
  });

  it("works with an OAuth client as far as its scopes go, and says where they end", async () => {
    enter("router");
    const auth = { oauth_client: { id: "client", secret } };
    expect(resultsOf(await play({ auth, device: "router", key_expiry: false }))[0]?.status).toBe("changed");
    const ended = await reasonOf({ auth, device: "router", routes: ["10.7.0.0/24"] });
    expect(ended.status).toBe("failed");
    expect(ended.text).toMatch(/403: calling actor does not have enough permissions/);
    const wrong = await reasonOf({
      auth: { oauth_client: { id: "client", secret: "not-this-one" } },
      device: "router",
      key_expiry: false,
    });
    expect(wrong.text).toMatch(/does not accept the OAuth client: client authentication failed/);
  });

  it("is removed when that is confirmed, and a name that two bear is refused", async () => {
    const [old, young] = [enter("router"), enter("router")];
    const both = await reasonOf({ device: "router", state: "absent", confirm: true });
    expect(both.text).toContain(`${old.nodeId} (router.`);
    expect(both.text).toContain(`${young.nodeId} (router-1.`);
    expect((await reasonOf({ device: old.nodeId, state: "absent" })).text).toContain("confirm: true");
    expect(Object.keys(server.tailnet.devices)).toHaveLength(2);
    expect(resultsOf(await play({ device: old.nodeId, state: "absent", confirm: true }))[0]?.status).toBe("changed");
    expect(Object.keys(server.tailnet.devices)).toEqual([young.nodeId]);
    expect(resultsOf(await play({ device: old.nodeId, state: "absent", confirm: true }))[0]?.status).toBe("ok");
  });
});

describe("what goes wrong on the way", () => {
  const wanted = { device: "router", key_expiry: false };
  it.each([
    ["a server that is busy at first", { kind: "status", status: 429, headers: { "retry-after": "1" } }, "changed", ""],
    ["a server that is broken at first", { kind: "status", status: 503 }, "changed", ""],
    ["a log-in page of the network", { kind: "html" }, "failed", "something for browsers"],
    ["an answer that ends in the middle", { kind: "cut" }, "failed", ""],
  ] as const)("%s", async (_, fault, status, text) => {
    enter("router");
    server.fail(list, fault);
    const seen = await reasonOf(wanted);
    expect(seen.status).toBe(status);
    expect(seen.text).toContain(text);
    expect(Object.values(server.tailnet.devices)[0]?.keyExpiryDisabled).toBe(status === "changed");
  });

  it("a change that is refused is a failure in the server's words, and nothing is sent after it", async () => {
    const device = enter("router");
    server.fail(`POST /device/${device.nodeId}/key`, { kind: "status", status: 400, body: '{"message":"not today"}' });
    const seen = await reasonOf({ ...wanted, routes: ["10.7.0.0/24"] });
    expect(seen.text).toContain("the server answers 400: not today");
    expect(server.news().filter((each) => each.includes("/routes"))).toEqual([]);
  });

  it("nobody answers", async () => {
    const { url } = server;
    await server.stop();
    expect((await reasonOf({ ...wanted, api_url: url })).text).toMatch(/does not answer .*machine that runs lab/s);
  });

  it("no key is printed or kept", async () => {
    enter("router");
    const bad = await reasonOf({ ...wanted, auth: { api_key: "planted-but-wrong-key" } });
    expect(bad.text).toContain("does not accept the key: API token invalid");
    const good = await play(wanted, "--diff");
    expectExit(good, 0);
    for (const run of [bad.run, good]) {
      expect(run.stdout + run.stderr).not.toMatch(/planted-/);
    }
  });
});
