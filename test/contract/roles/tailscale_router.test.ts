import { describe, expect, it } from "vitest";
import { assertFine, roleLab } from "../../support/role-lab.ts";
import { resultOf } from "../../support/run-site.ts";
import type { TestWorld } from "../../support/world.ts";

const lab = roleLab(["lxc_base", "tun_passthrough", "tailnet_policy", "tailscale_router"], { router: 120 });
const KEYS = "auth_key: auth-key-of-the-embedded-lab, api_key: key-of-the-embedded-lab";
const policy = `
- hosts: pve
  tasks:
    - include_role: { name: tailnet_policy }
      vars: { api_key: key-of-the-embedded-lab, admins: [anna@example.com], networks: [192.0.2.0/24] }
`;
const container = `
- hosts: pve
  roles:
    - { role: lxc_base, vmid: 120, hostname: router, rootfs: { storage: local, size: 4G } }
`;
const tun = `
- hosts: pve
  roles:
    - { role: tun_passthrough, vmid: 120 }
`;
const router = (more = "", keys = KEYS) => `
- hosts: router
  roles:
    - { role: tailscale_router, routes: [192.0.2.1/24], ${keys}${more} }
`;
const verify = `
- hosts: router
  tasks:
    - include_role: { name: tailscale_router, tasks_from: verify }
      vars: { routes: [192.0.2.0/24], api_key: key-of-the-embedded-lab }
`;
const inRouter = (line: string) => `- hosts: router\n  tasks:\n    - name: by hand\n      command: ${line}\n`;
const NODE = "The router is connected, and its routes are approved";
const devices = (world: TestWorld) => Object.values(world.internet.tailnet?.devices ?? {});

async function made(): Promise<TestWorld> {
  const world = lab.world();
  await lab.converges(world, policy + container + tun + router());
  return world;
}

describe("a subnet router", () => {
  it("joins with an approved route and an interface, and a second run asks for no change", async () => {
    const world = lab.world();
    const check = await lab.play(world, policy + container + tun + router(), true);
    assertFine(check);
    expect(check.after).toBe(check.before);
    const run = await lab.play(world, policy + container + tun + router());
    assertFine(run);
    expect(resultOf(run, NODE, "router").result).toMatchObject({
      state: "Running",
      tun: true,
      tags: ["tag:subnet-router"],
      primary_routes: ["192.0.2.0/24"],
    });
    expect(devices(world)).toMatchObject([
      {
        hostname: "router",
        advertisedRoutes: ["192.0.2.0/24"],
        enabledRoutes: ["192.0.2.0/24"],
        keyExpiryDisabled: true,
      },
    ]);
    const tailnet = JSON.stringify(world.internet.tailnet);
    const again = await lab.play(world, policy + container + tun + router());
    expect(again.results.filter(({ status }) => status === "changed")).toEqual([]);
    expect(again.results.flatMap(({ warnings }) => warnings)).toEqual([]);
    expect(JSON.stringify(world.internet.tailnet)).toBe(tailnet);
    assertFine(await lab.play(world, verify));
  });

  it("shows its key to nobody", async () => {
    const world = lab.world();
    const run = await lab.play(world, policy + container + tun + router());
    for (const text of [JSON.stringify(run.events), JSON.stringify(world.host("pve"))])
      expect(text).not.toContain("auth-key-of-the-embedded-lab");
  });

  it("gets another route while it goes on, and keeps what was set by hand and is not declared", async () => {
    const world = await made();
    assertFine(await lab.play(world, inRouter("tailscale set --ssh")));
    const [before] = devices(world);
    const both = router(", approve: api").replace("[192.0.2.1/24]", "[192.0.2.0/24, 198.51.100.0/24]");
    const run = await lab.converges(world, both);
    const sent = run.events.filter((event) => event.type === "step").map((event) => JSON.stringify(event));
    expect(sent.some((step) => step.includes("tailscale set --advertise-routes="))).toBe(true);
    expect(sent.some((step) => step.includes("tailscale up"))).toBe(false);
    const [after] = devices(world);
    expect(after).toMatchObject({ nodeKey: before?.nodeKey, enabledRoutes: ["192.0.2.0/24", "198.51.100.0/24"] });
    const prefs = await lab.play(world, inRouter("tailscale debug prefs"));
    expect(resultOf(prefs, "by hand", "router").result).toMatchObject({
      stdout: expect.stringMatching(/"RunSSH": true/),
    });
  });

  it("forwards packets after a restart of its container, too", async () => {
    const world = await made();
    const forwarding = async () => {
      const run = await lab.play(world, inRouter("sysctl -n net.ipv4.ip_forward net.ipv6.conf.all.forwarding"));
      return resultOf(run, "by hand", "router").result;
    };
    expect(await forwarding()).toMatchObject({ stdout: "1\n1" });
    assertFine(await lab.play(world, "- hosts: pve\n  tasks:\n    - pct: { vmid: 120, state: restarted }\n"));
    expect(await forwarding()).toMatchObject({ stdout: "1\n1" });
    const again = await lab.play(world, router());
    expect(again.results.filter(({ status }) => status === "changed")).toEqual([]);
  });

  it("that was logged out, or removed from the tailnet, joins again; without a key that is told", async () => {
    const world = await made();
    assertFine(await lab.play(world, inRouter("tailscale logout")));
    const without = await lab.play(world, router("", "api_key: key-of-the-embedded-lab"));
    expect(resultOf(without, NODE, "router")).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("log"),
    });
    await lab.converges(world, router());
    const tailnet = world.internet.tailnet;
    if (tailnet === undefined) throw new Error("no tailnet");
    tailnet.devices = {};
    await lab.converges(world, router());
    expect(devices(world)).toHaveLength(1);
  });
});

describe("what is missing", () => {
  it("is the device: that is a failure, or user space where it is allowed", async () => {
    const world = lab.world();
    assertFine(await lab.play(world, policy + container));
    const refused = await lab.play(world, router());
    const failed = refused.results.filter(({ status }) => status === "failed");
    expect(failed.map(({ reason, hint }) => `${reason} ${hint}`).join()).toContain("/dev/net/tun");
    const allowed = await lab.play(world, router(", userspace: auto"));
    assertFine(allowed);
    expect(resultOf(allowed, NODE, "router").result).toMatchObject({ state: "Running", tun: false });
  });

  it("is an approved route: that is a failure, never `ok`, and verify finds it", async () => {
    const world = lab.world();
    const other = policy.replace("192.0.2.0/24", "198.51.100.0/24");
    const run = await lab.play(world, other + container + tun + router());
    expect(resultOf(run, NODE, "router")).toMatchObject({
      status: "failed",
      reason: expect.stringMatching(/approve 192\.0\.2\.0\/24.*"autoApprovers"/),
    });
    expect((await lab.play(world, verify)).exitCode).toBe(2);
    await lab.converges(world, router(", approve: api"));
    assertFine(await lab.play(world, verify));
  });

  it("is the API's key where the role shall approve: told before anything is sent", async () => {
    const world = lab.world();
    assertFine(await lab.play(world, container));
    const run = await lab.play(world, router(", approve: api", "auth_key: auth-key-of-the-embedded-lab"));
    expect(resultOf(run, "What is asked of the router fits together", "router").reason).toContain("no api_key");
    expect(run.after).toBe(run.before);
  });
});

it("verify finds a setting that was changed by hand, and changes nothing", async () => {
  const world = await made();
  assertFine(await lab.play(world, inRouter("tailscale set --accept-dns")));
  const found = await lab.play(world, verify);
  expect(resultOf(found, "They are, and it is", "router").reason).toContain("not connected as declared");
  expect(found.after).toBe(found.before);
});
