import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runSite } from "../support/run-site.ts";
import { createWorld } from "../support/world.ts";

const playbook = (name: string) => readFileSync(join(import.meta.dirname, "../../playbooks", name), "utf8");
const inventory = "all:\n  children:\n    proxmox:\n      hosts:\n        pve1: { lab_connection: lab }\n";
const play = (name: string, world: ReturnType<typeof createWorld>, check = false) =>
  runSite({ files: { "site.yml": playbook(name), "inventory/hosts.yml": inventory }, world, check });

test.each(["gateway-passthrough.yml"])("%s: checked, made, made again", async (name) => {
  const world = createWorld({ pve1: { kind: "proxmox" } });
  const checked = await play(name, world, true);
  expect(checked.diagnostics).toEqual([]);
  expect(checked.after).toBe(checked.before);
  expect(checked.results.filter(({ status }) => status === "failed")).toEqual([]);
  const made = await play(name, world);
  expect(made.results.map(({ status, reason }) => [status, reason])).toEqual(
    made.results.map(() => ["changed", undefined]),
  );
  const again = await play(name, world);
  expect(again.results.map(({ status, warnings }) => [status, warnings])).toEqual(again.results.map(() => ["ok", []]));
});

test("the gateway's configuration has the lines as they stand in the playbook, and they are in force", async () => {
  const world = createWorld({ pve1: { kind: "proxmox" } });
  await play("gateway-passthrough.yml", world);
  const node = world.host("pve1");
  const conf = node.files["/etc/pve/nodes/pve1/lxc/100.conf"];
  const raw = (text: string) =>
    text
      .split("\n")
      .map((line) => line.trim())
      .filter((line) => line.startsWith("lxc."));
  const wanted = raw(playbook("gateway-passthrough.yml"));
  expect(wanted).toHaveLength(5);
  expect(conf?.type === "file" ? raw(conf.content) : []).toEqual(wanted);
  expect(raw(node.pve?.containers["100"]?.running?.conf ?? "")).toEqual(wanted);
});
