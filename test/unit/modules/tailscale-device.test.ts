import { describe, expect, test } from "vitest";
import type { HttpAnswer, Step } from "../../../engine/ops/ir.ts";
import { tailscaleDevice } from "../../../modules/tailscale-device/index.ts";
import { changeOf, looksOf, planOf, problemsOf, resultOf } from "../../support/plan-module.ts";

const auth = { api_key: "k" };
const json = (status: number, body: unknown): HttpAnswer => ({
  status,
  headers: { "content-type": "application/json" },
  body: JSON.stringify(body),
});
const device = (more: object = {}) => ({
  nodeId: "n1CNTRL",
  id: "11",
  name: "router.tail1.ts.net",
  hostname: "router",
  addresses: ["100.64.0.1"],
  user: "anna@example.com",
  tags: ["tag:r"],
  authorized: true,
  keyExpiryDisabled: false,
  expires: "2026-05-01T00:00:00Z",
  advertisedRoutes: ["10.0.0.0/8", "192.168.1.0/24", "0.0.0.0/0", "::/0"],
  enabledRoutes: ["10.0.0.0/8"],
  ...more,
});
const seen = (...devices: readonly object[]) => ({ devices: json(200, { devices }) });
const requests = (steps: readonly Step[]) =>
  steps.map((step) =>
    step.kind === "http"
      ? `${step.method} ${step.url.replace(/.*\/api\/v2/, "")} ${step.body ?? ""}`.trim()
      : step.kind,
  );

describe("a device", () => {
  test.each([
    [
      "as it shall be",
      { routes: ["10.0.0.0/8"], tags: ["tag:r"], key_expiry: true, authorized: true, exit_node: false },
      device(),
      [],
    ],
    [
      "another network",
      { routes: ["192.168.1.0/24"] },
      device(),
      ['POST /device/n1CNTRL/routes {"routes":["192.168.1.0/24"]}'],
    ],
    [
      "one more",
      { routes: ["192.168.1.0/24"], append_routes: true },
      device(),
      ['POST /device/n1CNTRL/routes {"routes":["10.0.0.0/8","192.168.1.0/24"]}'],
    ],
    [
      "one that is there",
      { routes: ["10.0.0.0/8"], append_routes: true },
      device({ enabledRoutes: ["10.0.0.0/8", "9.0.0.0/8"] }),
      [],
    ],
    ["none", { routes: [] }, device(), ['POST /device/n1CNTRL/routes {"routes":[]}']],
    [
      "an exit node keeps its networks",
      { exit_node: true },
      device(),
      ['POST /device/n1CNTRL/routes {"routes":["0.0.0.0/0","10.0.0.0/8","::/0"]}'],
    ],
    [
      "a router stays an exit node",
      { routes: [] },
      device({ enabledRoutes: ["0.0.0.0/0", "::/0", "10.0.0.0/8"] }),
      ['POST /device/n1CNTRL/routes {"routes":["0.0.0.0/0","::/0"]}'],
    ],
    [
      "no exit node",
      { exit_node: false },
      device({ enabledRoutes: ["0.0.0.0/0", "::/0"] }),
      ['POST /device/n1CNTRL/routes {"routes":[]}'],
    ],
    ["tags in another order", { tags: ["tag:b", "tag:a"] }, device({ tags: ["tag:a", "tag:b"] }), []],
    ["other tags", { tags: ["tag:x"] }, device(), ['POST /device/n1CNTRL/tags {"tags":["tag:x"]}']],
    [
      "other tags do not switch the expiry off",
      { tags: ["tag:x"], key_expiry: true },
      device(),
      ['POST /device/n1CNTRL/tags {"tags":["tag:x"]}', 'POST /device/n1CNTRL/key {"keyExpiryDisabled":false}'],
    ],
    ["a key that stays", { key_expiry: false }, device(), ['POST /device/n1CNTRL/key {"keyExpiryDisabled":true}']],
    [
      "let in, first of all",
      { authorized: true, routes: ["10.0.0.0/8"], key_expiry: false },
      device({ authorized: false, enabledRoutes: [] }),
      [
        'POST /device/n1CNTRL/authorized {"authorized":true}',
        'POST /device/n1CNTRL/key {"keyExpiryDisabled":true}',
        'POST /device/n1CNTRL/routes {"routes":["10.0.0.0/8"]}',
      ],
    ],
    ["locked out", { authorized: false }, device(), ['POST /device/n1CNTRL/authorized {"authorized":false}']],
    ["removed", { state: "absent", confirm: true }, device(), ["DELETE /device/n1CNTRL"]],
  ])("%s", (_, raw, is, steps) => {
    const plan = changeOf(tailscaleDevice, { device: "router", auth, ...raw }, seen(is));
    expect(requests(plan.steps)).toEqual(steps);
  });

  test("is not there, and shall not be", () => {
    expect(changeOf(tailscaleDevice, { device: "router", auth, state: "absent" }, seen()).steps).toEqual([]);
  });
  test("does not advertise what is approved", () => {
    const plan = changeOf(tailscaleDevice, { device: "router", auth, routes: ["172.16.0.0/12"] }, seen(device()));
    expect(plan.warnings).toEqual([expect.stringContaining("router does not advertise 172.16.0.0/12")]);
  });
  test("tells of itself", () => {
    expect(
      resultOf(tailscaleDevice, { device: "n1CNTRL", auth, authorized: true }, seen(device()), new Date(0)),
    ).toEqual({
      node_id: "n1CNTRL",
      name: "router.tail1.ts.net",
      hostname: "router",
      addresses: ["100.64.0.1"],
      user: "anna@example.com",
      tags: ["tag:r"],
      authorized: true,
      key_expiry: true,
      expires: "2026-05-01T00:00:00Z",
      advertised_routes: ["10.0.0.0/8", "192.168.1.0/24", "0.0.0.0/0", "::/0"].sort(
        (a, b) => Number(a === "::/0") - Number(b === "::/0") || (a < b ? -1 : 1),
      ),
      enabled_routes: ["10.0.0.0/8"],
    });
  });
});

describe("what cannot be", () => {
  const raw = { device: "router", auth, routes: ["10.0.0.0/8"] };
  test.each([
    [
      "two of a name",
      seen(device(), device({ nodeId: "n2CNTRL", name: "router-1.tail1.ts.net" })),
      /2 devices of the tailnet are called router: n1CNTRL \(router\.tail1/,
    ],
    ["none of it", seen(device({ hostname: "nas", name: "nas.tail1.ts.net" })), /no device router/],
    ["none at all", seen(), /no device router/],
    ["somebody else's", seen(device({ isExternal: true })), /no device router/],
    ["a bad key", { devices: json(401, { message: "API token invalid" }) }, /API token invalid/],
    ["no right", { devices: json(403, { message: "no" }) }, /may not do this/],
    ["no tailnet", { devices: json(404, { message: "tailnet not found" }) }, /tailnet not found/],
    ["too much", { devices: json(429, {}) }, /too many requests/],
    ["another server", { devices: json(200, { hello: "world" }) }, /without a list of devices/],
  ])("%s", (_, answers, why) => {
    expect(planOf(tailscaleDevice, raw, answers)).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
      hint: expect.stringMatching(/\w/),
    });
  });
  test("a device goes only if that is confirmed", () => {
    expect(planOf(tailscaleDevice, { device: "router", auth, state: "absent" }, seen(device()))).toMatchObject({
      kind: "refuse",
      hint: expect.stringContaining("confirm: true"),
    });
  });
});

test("an OAuth client's token comes first", () => {
  const raw = { device: "router", auth: { oauth_client: { id: "c", secret: "tskey-client-c-s" } }, authorized: true };
  const looks = looksOf(tailscaleDevice, raw, {
    token: json(200, { access_token: "t" }),
    listed: json(200, { devices: [device()] }),
  });
  expect(looks.devices).toBeUndefined();
  expect(looks.listed).toMatchObject({ url: "https://api.tailscale.com/api/v2/tailnet/-/devices?fields=all" });
  expect(planOf(tailscaleDevice, raw, { token: json(401, { message: "no such client" }) })).toMatchObject({
    kind: "refuse",
    why: expect.stringContaining("does not accept the OAuth client: no such client"),
  });
});

describe("bad parameters", () => {
  const raw = { device: "router", auth, authorized: true };
  test.each<[object, string]>([
    [{}, "device"],
    [{ device: "router" }, "auth"],
    [{ device: "router", auth }, "say what it shall have"],
    [{ ...raw, device: "" }, "expected a device"],
    [{ ...raw, device: "../x" }, "expected a device"],
    [{ ...raw, device: "a\nb" }, "expected a device"],
    [{ ...raw, device: 7 }, "device"],
    [{ ...raw, auth: "k" }, "auth"],
    [{ ...raw, routes: ["10.0.0.1/8"] }, "write 10.0.0.0/8"],
    [{ ...raw, routes: ["10.0.0.0/8", "10.0.0.0/8"] }, "twice"],
    [{ ...raw, routes: ["::/0"] }, "exit node"],
    [{ ...raw, append_routes: true }, "no routes to add"],
    [{ ...raw, tags: ["r"] }, "tag:subnet-router"],
    [{ ...raw, tags: ["tag:a", "tag:a"] }, "twice"],
    [{ ...raw, key_expiry: "off" }, "key_expiry"],
    [{ ...raw, state: "absent" }, "none of it"],
    [{ ...raw, confirm: true }, "nothing to confirm"],
    [{ ...raw, tailnet: "a/b" }, "name of a tailnet"],
    [{ ...raw, api_url: "http://example.com" }, "keys travel there"],
    [{ ...raw, hostname: "x" }, "hostname"],
  ])("%j", (bad, message) => {
    expect(problemsOf(tailscaleDevice, bad).join("\n")).toContain(message);
  });
});
