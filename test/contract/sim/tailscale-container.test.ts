import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const playbook = readFileSync(join(import.meta.dirname, "../../../playbooks/tailscale-router.yml"), "utf8");
const inventory = `all:
  vars:
    lab_connection: lab
    tailscale_auth_key: auth-key-of-the-embedded-lab
    tailscale_api_key: key-of-the-embedded-lab
  children:
    proxmox:
      hosts: { pve1: }
    routers:
      hosts: { tailscale-router: { lab_node: pve1, lab_vmid: 103 } }
`;
const files = { "site.yml": playbook, "inventory/hosts.yml": inventory };

test("the router's playbook, from an empty node", async () => {
  const world = createWorld({ pve1: { kind: "proxmox" } });
  const checked = await runSite({ files, world, check: true });
  expect(checked.diagnostics).toEqual([]);
  expect(checked.after).toBe(checked.before);
  expect(checked.results.filter(({ status }) => status === "failed")).toEqual([]);
  const made = await runSite({ files, world });
  expect(made.results.map(({ name, reason }) => [name, reason]).filter(([, reason]) => reason !== undefined)).toEqual(
    [],
  );
  expect(made.exitCode).toBe(0);
  const device = Object.values(world.internet.tailnet?.devices ?? {})[0];
  expect(device).toMatchObject({
    hostname: "tailscale-router",
    advertisedRoutes: ["192.0.2.0/24"],
    enabledRoutes: ["192.0.2.0/24"],
    keyExpiryDisabled: true,
  });
  const again = await runSite({ files, world });
  expect(again.results.map(({ status, warnings }) => [status, warnings])).toEqual(again.results.map(() => ["ok", []]));
  expect(again.after).toBe(again.before);
  // Once the container is there, a check is certain of all.
  const certain = await runSite({ files, world, check: true });
  expect(new Set(certain.results.map(({ certainty }) => certainty))).toEqual(new Set(["certain"]));
});

test("without its device the daemon does not come up, and the task says why", async () => {
  const world = createWorld({ pve1: { kind: "proxmox" } });
  const without = {
    ...files,
    "site.yml": playbook
      .replace(/ {4}- name: Its way to make[\s\S]*?\n\n/, "")
      .replace(/ {4}- name: Its daemon[\s\S]*?\n\n/, ""),
  };
  const run = await runSite({ files: without, world });
  const failed = run.results.filter(({ status }) => status === "failed");
  expect(failed.map(({ name, reason }) => [name, reason])).toEqual([
    ["Into the tailnet, with the network behind it", expect.stringContaining("there is no /dev/net/tun on the host")],
  ]);
  expect(failed[0]?.hint).toContain("lxcconf: { preset: tun }");
});
