import { describe, expect, test } from "vitest";
import { Secret } from "../../../engine/value/secret.ts";
import { tailscale } from "../../../modules/tailscale/index.ts";
import { changeOf, commandsOf, exec, looksOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const tun = stat({ type: "char" });
const status = (more: object = {}, self: object = {}) =>
  exec(
    JSON.stringify({
      Version: "1.98.9",
      TUN: true,
      BackendState: "Running",
      HaveNodeKey: true,
      TailscaleIPs: ["100.64.0.1"],
      Self: { ID: "n1CNTRL", HostName: "edge", DNSName: "edge.tail1.ts.net.", AllowedIPs: ["100.64.0.1/32"], ...self },
      Health: [],
      Peer: {},
      ...more,
    }),
  );
const prefs = (more: object = {}) =>
  exec(
    JSON.stringify({
      WantRunning: true,
      CorpDNS: true,
      NetfilterMode: 2,
      ControlURL: "https://controlplane.tailscale.com",
      ...more,
    }),
  );
const seen = (some: object = {}, self: object = {}, settings: object = {}) => ({
  status: status(some, self),
  prefs: prefs(settings),
  tun,
});
const key = "tskey-auth-test";

describe("connected", () => {
  test.each([
    ["nothing declared", {}, seen(), []],
    ["as declared", { hostname: "edge", ssh: false }, seen({}, {}, { Hostname: "edge" }), []],
    ["one setting", { ssh: true }, seen(), ["tailscale set --ssh=true"]],
    [
      "several in one command",
      {
        hostname: "edge",
        accept_dns: false,
        shields_up: true,
        snat: false,
        netfilter_mode: "off",
        operator: "anna",
        auto_update: true,
      },
      seen(),
      [
        "tailscale set --hostname=edge --accept-dns=false --shields-up=true --snat-subnet-routes=false --netfilter-mode=off --operator=anna --auto-update=true",
      ],
    ],
    [
      "networks in another order",
      { advertise_routes: ["fd00:0::/64", "10.0.0.0/8"], approve: "none" },
      seen({}, {}, { AdvertiseRoutes: ["10.0.0.0/8", "fd00::/64"] }),
      [],
    ],
    [
      "no networks",
      { advertise_routes: [] },
      seen({}, {}, { AdvertiseRoutes: ["10.0.0.0/8"] }),
      ["tailscale set --advertise-routes="],
    ],
    [
      "networks beside an exit node",
      { advertise_routes: ["10.0.0.0/8"], approve: "none" },
      seen({}, {}, { AdvertiseRoutes: ["0.0.0.0/0", "10.0.0.0/8", "::/0"] }),
      [],
    ],
    ["no exit node any more", { exit_node: "" }, seen({}, {}, { ExitNodeID: "n9" }), ["tailscale set --exit-node="]],
    ["any exit node", { exit_node: "auto:any" }, seen({}, {}, { AutoExitNode: "any", ExitNodeID: "n9" }), []],
    [
      "the exit node by its name",
      { exit_node: "gate" },
      seen(
        { Peer: { k: { ID: "n9", DNSName: "gate.tail1.ts.net.", TailscaleIPs: ["100.64.0.9"] } } },
        {},
        { ExitNodeID: "n9" },
      ),
      [],
    ],
    ["tags from the tailnet", { advertise_tags: ["tag:b", "tag:a"] }, seen({}, { Tags: ["tag:a", "tag:b"] }), []],
    ["the server by another of its names", { login_server: "https://login.tailscale.com" }, seen(), []],
    [
      "risks that are accepted",
      { ssh: true, accept_lost_ssh: true },
      seen(),
      ["tailscale set --ssh=true --accept-risk=lose-ssh"],
    ],
    ["down", { state: "down" }, seen(), ["tailscale down"]],
    ["down already", { state: "down" }, seen({ BackendState: "Stopped" }, {}, { WantRunning: false }), []],
    ["logged in", { state: "absent" }, seen(), ["tailscale logout"]],
    ["logged out", { state: "absent" }, seen({ BackendState: "NeedsLogin", HaveNodeKey: false }), []],
    ["expired is not logged out", { state: "absent" }, seen({ BackendState: "NeedsLogin" }), ["tailscale logout"]],
  ])("%s", (_, raw, answers, commands) => {
    expect(commandsOf(changeOf(tailscale, raw, answers).steps)).toEqual(commands);
  });
});

describe("not connected", () => {
  test.each([
    [
      "never logged in",
      { auth_key: key, hostname: "edge" },
      seen({ BackendState: "NeedsLogin", HaveNodeKey: false }, { ID: "" }, { WantRunning: false, ControlURL: "" }),
      "tailscale up --timeout=60s [object Object] --hostname=edge",
      { state: "logged out", hostname: "" },
    ],
    [
      "its key has expired: what is in force stays so",
      { auth_key: key, accept_dns: false, timeout: 90 },
      seen(
        { BackendState: "NeedsLogin" },
        {},
        { RunSSH: true, AdvertiseRoutes: ["10.0.0.0/8"], AdvertiseTags: ["tag:a"] },
      ),
      "tailscale up --timeout=90s [object Object] --advertise-routes=10.0.0.0/8 --advertise-tags=tag:a --ssh=true --accept-dns=false",
      { state: "key expired", accept_dns: true },
    ],
    [
      "stopped by hand: without the key",
      { auth_key: key, ssh: true },
      seen({ BackendState: "Stopped" }, {}, { WantRunning: false, ShieldsUp: true }),
      "tailscale up --timeout=60s --shields-up=true --ssh=true",
      { state: "stopped", ssh: false },
    ],
    [
      "just started, and never logged in",
      { auth_key: key },
      seen({ BackendState: "NoState", HaveNodeKey: false }, { ID: "" }, { WantRunning: false }),
      "tailscale up --timeout=60s [object Object]",
      { state: "logged out" },
    ],
    [
      "other tags",
      { auth_key: key, advertise_tags: ["tag:b"] },
      seen({}, { Tags: ["tag:a"] }, { AdvertiseTags: ["tag:a"], RouteAll: true }),
      "tailscale up --timeout=60s --force-reauth [object Object] --advertise-tags=tag:b --accept-routes=true",
      { state: "running", advertise_tags: ["tag:a"] },
    ],
    [
      "another server",
      { auth_key: key, login_server: "https://headscale.example" },
      seen(),
      "tailscale up --timeout=60s --force-reauth [object Object] --login-server=https://headscale.example",
      { state: "running", login_server: "https://controlplane.tailscale.com" },
    ],
  ])("%s", (_, raw, answers, command, before) => {
    const plan = changeOf(tailscale, raw, answers);
    expect(commandsOf(plan.steps)).toEqual([command]);
    expect(plan.before).toEqual(before);
    expect(plan.after).toMatchObject({ state: "running" });
    expect(plan.again).toBe(false);
  });

  test.each([
    [key, key],
    ["tskey-client-a-b", "tskey-client-a-b?ephemeral=false&preauthorized=true"],
    ["tskey-client-a-b?ephemeral=true", "tskey-client-a-b?ephemeral=true"],
  ])("the key %s travels in a file, as %s", (given, text) => {
    const plan = changeOf(
      tailscale,
      { auth_key: given, advertise_tags: ["tag:a"] },
      seen({ BackendState: "NeedsLogin", HaveNodeKey: false }, { ID: "" }),
    );
    const [step] = plan.steps;
    const file = step?.kind === "exec" ? step.argv.find((word) => typeof word !== "string") : undefined;
    expect(file).toMatchObject({ kind: "secret-file", prefix: "--auth-key=file:" });
    expect(typeof file === "object" && file.content instanceof Secret && file.content.reveal()).toBe(text);
    expect(JSON.stringify(plan)).not.toContain(given);
  });

  test("what the node does not know of its tags yet shows in a second round", () => {
    const plan = changeOf(
      tailscale,
      { advertise_tags: ["tag:a"] },
      seen({ BackendState: "Stopped" }, { ID: "" }, { WantRunning: false }),
    );
    expect(plan.again).toBe(true);
    expect(plan.before).toEqual({ state: "stopped" });
  });
});

describe("approval", () => {
  const routed = (self: object, more: object = {}) => seen(more, self, { AdvertiseRoutes: ["10.0.0.0/8"] });
  const raw = { advertise_routes: ["10.0.0.0/8"] };
  test("by what the node may route", () => {
    expect(changeOf(tailscale, raw, routed({ AllowedIPs: ["100.64.0.1/32", "10.0.0.0/8"] })).steps).toEqual([]);
    expect(changeOf(tailscale, raw, routed({ PrimaryRoutes: ["10.0.0.0/8"] })).steps).toEqual([]);
    expect(planOf(tailscale, raw, routed({ Tags: ["tag:r"] }))).toMatchObject({
      kind: "refuse",
      why: expect.stringContaining("has not approved 10.0.0.0/8"),
      hint: expect.stringContaining('"autoApprovers": {"routes": {"10.0.0.0/8": ["tag:r"]}}'),
    });
    // An exit node is let route everything, and no network by that.
    expect(planOf(tailscale, raw, routed({ AllowedIPs: ["100.64.0.1/32", "0.0.0.0/0", "::/0"] })).kind).toBe("refuse");
  });
  test("an exit node has approvers of its own", () => {
    const exit = seen({}, {}, { AdvertiseRoutes: ["0.0.0.0/0", "::/0"] });
    expect(planOf(tailscale, { advertise_exit_node: true }, exit)).toMatchObject({
      hint: expect.stringContaining('"autoApprovers": {"exitNode": ["tag:subnet-router"]}'),
    });
  });
  test("a version that does not tell is warned of", () => {
    expect(changeOf(tailscale, raw, routed({ AllowedIPs: undefined })).warnings).toEqual([
      expect.stringContaining("give `api`"),
    ]);
  });
  test("a change of routes waits for the tailnet's word", () => {
    const kinds = (more: object) => changeOf(tailscale, { ...raw, ...more }, seen()).steps.map(({ kind }) => kind);
    expect(kinds({})).toEqual(["exec", "wait-until"]);
    expect(kinds({ approve: "none" })).toEqual(["exec"]);
    const set = { ...raw, approve: "set", api: { auth: { api_key: "k" } } };
    const plan = changeOf(tailscale, set, { ...seen(), ...device([]) });
    expect([plan.steps.map(({ kind }) => kind), plan.again]).toEqual([["exec"], true]);
  });
  const api = { auth: { api_key: "k" } };
  const device = (enabledRoutes: readonly string[], statusCode = 200) => ({
    device: {
      status: statusCode,
      headers: { "content-type": "application/json" },
      body: JSON.stringify(statusCode === 200 ? { enabledRoutes } : { message: "said" }),
    },
  });
  test("by the tailnet's word where there is a key", () => {
    const answers = { ...routed({}), ...device(["10.0.0.0/8"]) };
    expect(changeOf(tailscale, { ...raw, api }, answers).steps).toEqual([]);
    expect(looksOf(tailscale, { ...raw, api }, answers).device).toMatchObject({
      url: "https://api.tailscale.com/api/v2/device/n1CNTRL?fields=all",
      at: "controller",
    });
    const other = { ...routed({ AllowedIPs: ["10.0.0.0/8"] }), ...device(["172.16.0.0/12"]) };
    expect(planOf(tailscale, { ...raw, api }, other).kind).toBe("refuse");
    const plan = changeOf(tailscale, { ...raw, api, approve: "set" }, other);
    expect(plan.steps).toMatchObject([
      { kind: "http", method: "POST", body: '{"routes":["10.0.0.0/8","172.16.0.0/12"]}', okStatuses: [200] },
    ]);
    expect([plan.before.approved, plan.after.approved]).toEqual([[], ["10.0.0.0/8"]]);
  });
  test.each([
    [401, /does not accept the key: said/],
    [403, /may not do this/],
    [404, /has no device n1CNTRL/],
    [500, /broken at the moment/],
  ])("an answer of %d is told", (code, why) => {
    expect(planOf(tailscale, { ...raw, api }, { ...routed({}), ...device([], code) })).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
});

describe("what cannot be", () => {
  test.each([
    ["no tailscale", { auth_key: key }, { ...seen(), status: exec("", 127) }, /no tailscale/],
    [
      "no daemon",
      { auth_key: key },
      { ...seen(), status: exec("", 1, "failed to connect to local tailscaled; it doesn't appear to be running\n") },
      /does not answer/,
    ],
    [
      "no daemon, no device",
      {},
      {
        ...seen(),
        tun: null,
        status: exec("", 1, "failed to connect to local tailscaled; it doesn't appear to be running\n"),
      },
      /no \/dev\/net\/tun/,
    ],
    ["no answer to be read", {}, { ...seen(), status: exec("{", 0) }, /does not answer/],
    [
      "no settings to be read",
      {},
      { ...seen(), prefs: exec("", 1, "Access denied\n") },
      /does not tell its settings: Access denied/,
    ],
    [
      "logged out, no key",
      {},
      seen({ BackendState: "NeedsLogin", HaveNodeKey: false }, {}, { LoggedOut: true }),
      /it is logged out/,
    ],
    ["expired, no key", {}, seen({ BackendState: "NeedsLogin" }), /its key has expired/],
    ["waits for an admin", { auth_key: key }, seen({ BackendState: "NeedsMachineAuth" }), /waits for an admin/],
    ["tags, no key", { advertise_tags: ["tag:b"] }, seen({}, { Tags: ["tag:a"] }), /tag:a → tag:b/],
    ["server, no key", { login_server: "https://x.example" }, seen(), /login_server cannot be changed/],
    ["no interface", {}, seen({ TUN: false }), /TUN is false/],
    ["no interface, no device", {}, { ...seen({ TUN: false }), tun: null }, /there is no \/dev\/net\/tun/],
    ["a state of tomorrow", {}, seen({ BackendState: "Dreaming" }), /Dreaming/],
    [
      "a device that is wanted",
      { userspace: false },
      { ...seen(), tun: null, defaults: null },
      /there is no \/dev\/net\/tun/,
    ],
    ["no file for flags", { userspace: true }, { ...seen(), defaults: null }, /no \/etc\/default\/tailscaled/],
  ])("%s", (_, raw, answers, why) => {
    const plan = planOf(tailscale, raw, answers);
    expect(plan).toMatchObject({ kind: "refuse", why: expect.stringMatching(why), hint: expect.stringMatching(/\w/) });
  });

  test("a check foretells the log-in where an earlier task brings the package", () => {
    const plan = planOf(tailscale, { auth_key: key, hostname: "edge" }, { ...seen(), status: exec("", 127) });
    expect(plan.kind === "refuse" && plan.otherwise).toMatchObject({
      before: { state: "logged out", hostname: "" },
      after: { state: "running", hostname: "edge" },
    });
    expect(changeOf(tailscale, { state: "absent" }, { ...seen(), status: exec("", 127) }).steps).toEqual([]);
  });
  test("starting is waited for", () => {
    expect(planOf(tailscale, {}, seen({ BackendState: "Starting" })).kind).toBe("waiting");
    expect(planOf(tailscale, {}, seen({ BackendState: "NoState" })).kind).toBe("waiting");
    expect(commandsOf(changeOf(tailscale, { ssh: true }, seen({ BackendState: "Starting" })).steps)).toEqual([
      "tailscale set --ssh=true",
    ]);
  });
});

test("userspace is the daemon's flag and a restart", () => {
  const at = (raw: unknown, device: unknown, defaults: string) =>
    planOf(tailscale, { userspace: raw }, { ...seen(), tun: device, defaults });
  const on = 'FLAGS="--tun=userspace-networking"\n';
  const steps = (plan: ReturnType<typeof at>) =>
    plan.kind === "change" ? plan.steps.map(({ kind }) => kind) : plan.kind;
  expect(steps(at("auto", tun, 'FLAGS=""\n'))).toEqual([]);
  expect(steps(at("auto", null, 'FLAGS=""\n'))).toEqual(["write-file", "exec"]);
  expect(steps(at("auto", tun, on))).toEqual(["write-file", "exec"]);
  expect(steps(at(true, tun, 'FLAGS=""\n'))).toEqual(["write-file", "exec"]);
  expect(steps(at(false, tun, on))).toEqual(["write-file", "exec"]);
});

test("what it finds wrong with itself is told, but not what is meant so", () => {
  const health = ["Some peers are advertising routes but --accept-routes is false", "no network"];
  expect(changeOf(tailscale, { accept_routes: false }, seen({ Health: health })).warnings).toEqual([
    "tailscale says: no network",
  ]);
  expect(changeOf(tailscale, {}, seen({ Health: health })).warnings).toHaveLength(2);
});

test("the result has the same fields whatever the state", () => {
  const connected = resultOf(tailscale, {}, seen(), new Date(0));
  expect(connected).toMatchObject({
    state: "Running",
    node_id: "n1CNTRL",
    name: "edge.tail1.ts.net",
    ips: ["100.64.0.1"],
    tun: true,
  });
  expect(Object.keys(resultOf(tailscale, {}, { ...seen(), status: exec("", 127) }, new Date(0)) ?? {})).toEqual(
    Object.keys(connected ?? {}),
  );
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{ state: "up" }, "expected present, down or absent"],
    [{ auth_key: "" }, "expected an auth key"],
    [{ auth_key: "tskey auth" }, "on one line"],
    [{ auth_key: "tskey-auth-\nx" }, "on one line"],
    [{ auth_key: 12345678 }, "auth_key"],
    [{ auth_key: "tskey-client-a-b" }, "an OAuth client's secret needs tags"],
    [{ hostname: "-a" }, "host name"],
    [{ hostname: "a_b" }, "host name"],
    [{ hostname: "a\n" }, "host name"],
    [{ hostname: "a;id" }, "host name"],
    [{ hostname: "ü" }, "host name"],
    [{ hostname: `${"a".repeat(64)}` }, "host name"],
    [{ advertise_routes: "10.0.0.0/8" }, "advertise_routes"],
    [{ advertise_routes: ["192.168.1.1/24"] }, "write 192.168.1.0/24"],
    [{ advertise_routes: ["fd00::1/64"] }, "write fd00::/64"],
    [{ advertise_routes: ["192.168.1.0"] }, "expected a network"],
    [{ advertise_routes: ["10.0.0.0/8,11.0.0.0/8"] }, "expected a network"],
    [{ advertise_routes: ["--reset"] }, "expected a network"],
    [{ advertise_routes: [8] }, "expected a network"],
    [{ advertise_routes: ["0.0.0.0/0"] }, "exit node"],
    [{ advertise_routes: ["10.0.0.0/8", "10.0.0.0/8"] }, "twice"],
    [{ advertise_tags: ["router"] }, "tag:subnet-router"],
    [{ advertise_tags: ["tag:"] }, "tag:subnet-router"],
    [{ advertise_tags: ["tag:1a"] }, "tag:subnet-router"],
    [{ advertise_tags: ["tag:a,tag:b"] }, "tag:subnet-router"],
    [{ advertise_tags: ["tag:a", "tag:a"] }, "twice"],
    [{ accept_dns: "yes" }, "accept_dns"],
    [{ netfilter_mode: "auto" }, "expected on, nodivert or off"],
    [{ netfilter_mode: true }, "expected on, nodivert or off"],
    [{ exit_node: "--reset" }, "expected the Tailscale address"],
    [{ exit_node: "a b" }, "expected the Tailscale address"],
    [{ exit_node: "gate", advertise_exit_node: true }, "cannot use one"],
    [{ operator: "$(id)" }, "name of a user"],
    [{ login_server: "headscale.example" }, "control server"],
    [{ login_server: "https://a b" }, "control server"],
    [{ login_server: "https://u:p@x.example" }, "control server"],
    [{ timeout: 0 }, "timeout"],
    [{ timeout: "2h" }, "from 5 to 600 seconds"],
    [{ approve: "api" }, "expected check, set or none"],
    [{ approve: "set" }, "approve: set needs it"],
    [{ api: {} }, "api.auth"],
    [{ api: { auth: {} } }, "either api_key or oauth_client"],
    [{ userspace: "yes" }, "expected true, false or auto"],
    [{ userspace: true, accept_routes: true }, "cannot use routes"],
    [{ state: "absent", hostname: "edge" }, "no settings"],
    [{ state: "absent", auth_key: key }, "no settings"],
    [{ state: "down", auth_key: key }, "does not log in"],
    [{ routes: [] }, "routes"],
    [
      {
        advertise_routes: Array.from(
          { length: 501 },
          (_, index) => `10.${index % 250}.${Math.floor(index / 250)}.0/24`,
        ),
      },
      "advertise_routes",
    ],
  ])("%j", (bad, message) => {
    expect(problemsOf(tailscale, bad).join("\n")).toContain(message);
  });
});
