import { expect, it } from "vitest";
import { askNodes } from "../../../engine/cli/ask-nodes.ts";
import { lookAtGuests } from "../../../engine/cli/look-at-guests.ts";
import { readerOf } from "../../../engine/connection/reader-of.ts";
import { loadInventory } from "../../../engine/inventory/load-inventory.ts";
import { openSiteFiles } from "../../../engine/site/files.ts";
import type { Secret } from "../../../engine/value/secret.ts";
import { putTemplates } from "../../support/guests.ts";
import { dedent, runSite, tasksSite } from "../../support/run-site.ts";
import { textFiles } from "../../support/site-fixture.ts";
import { createWorld, put, type TestWorld } from "../../support/world.ts";

const target = { name: "pve1", connection: "lab" };

/** A node with two containers, made by a play, and two VMs of which one runs. */
async function nodeWithGuests(): Promise<TestWorld> {
  const world = putTemplates(createWorld({ pve1: { kind: "proxmox" } }));
  const made = await runSite({
    world,
    files: {
      ...tasksSite(`
        - pct: { vmid: 101, template: debian-12, hostname: sync, tags: [media, family], state: started }
        - pct: { vmid: 1000, template: alpine-3.20, hostname: golden }
      `),
      "inventory/hosts.yml": "all: { hosts: { pve1: { lab_connection: lab } } }\n",
    },
  });
  expect(made.results.map(({ status, reason }) => [status, reason])).toEqual([
    ["changed", undefined],
    ["changed", undefined],
  ]);
  const conf = (path: string, text: string) => put(world, `/etc/pve/nodes/pve1/${path}.conf`, dedent(text), "pve1");
  conf("qemu-server/200", "name: desk\ntags: Media;office\n\n[before]\nname: old\ntags: gone\n");
  conf("qemu-server/201", "#name: not this\nname: win\ntemplate: 1\n");
  const folder = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 } as const;
  for (const path of ["/run", "/run/qemu-server"]) world.host("pve1").files[path] ??= { ...folder };
  put(world, "/run/qemu-server/200.pid", "4242\n", "pve1");
  put(
    world,
    "/etc/pve/user.cfg",
    "user:root@pam:1:0:::::\npool:family:a%3Ab:101,200:local-zfs:\npool:none:::tank:\n",
    "pve1",
  );
  // Of another node of its cluster, which tells of it itself.
  put(world, "/etc/pve/nodes/pve2/lxc/300.conf", "hostname: elsewhere\n", "pve1");
  return world;
}

it("tells of every guest of the node, in two trips that only look", async () => {
  const world = await nodeWithGuests();
  await runSite({
    world,
    files: {
      ...tasksSite("- command: { argv: [pct, stop, '1000'] }\n- command: { argv: [pct, template, '1000'] }\n"),
      "inventory/hosts.yml": "all: { hosts: { pve1: { lab_connection: lab } } }\n",
    },
  });
  const [trips, before] = [world.trips.length, world.state()];
  const guests = await lookAtGuests(readerOf(await world.open(target)), "run");
  const usual = { node: "pve1", through: "pve1", pool: null, tags: [] };
  expect(guests).toEqual([
    {
      ...usual,
      vmid: 101,
      type: "lxc",
      hostname: "sync",
      status: "running",
      tags: ["family", "media"],
      pool: "family",
      template: false,
    },
    {
      ...usual,
      vmid: 200,
      type: "qemu",
      hostname: "desk",
      status: "running",
      tags: ["media", "office"],
      pool: "family",
      template: false,
    },
    { ...usual, vmid: 201, type: "qemu", hostname: "win", status: "stopped", template: true },
    { ...usual, vmid: 1000, type: "lxc", hostname: "golden", status: "stopped", template: true },
  ]);
  expect(world.trips.length - trips).toBe(2);
  expect(world.state()).toBe(before);
});

it("finds nothing on a fresh node, in one trip", async () => {
  const world = createWorld({ pve1: { kind: "proxmox" } });
  expect(await lookAtGuests(readerOf(await world.open(target)), "run")).toEqual([]);
  expect(world.trips).toHaveLength(1);
});

it("says of a host that is no node what it is not", async () => {
  const looked = lookAtGuests(readerOf(await createWorld().open(target)), "run");
  await expect(looked).rejects.toThrow("pve1 is no Proxmox VE node: there is no /etc/pve/.vmlist");
});

it("leaves out a guest that is destroyed while it looks", async () => {
  const world = await nodeWithGuests();
  world.onTrip = ({ batch }) => {
    const second = batch.sections.some(({ operations }) => operations.length > 3);
    if (second) delete world.host("pve1").files["/etc/pve/nodes/pve1/qemu-server/200.conf"];
  };
  const guests = await lookAtGuests(readerOf(await world.open(target)), "run");
  expect(guests.map(({ vmid }) => vmid)).toEqual([101, 201, 1000]);
});

async function ask(world: TestWorld, source: string, hosts = "all: { hosts: { pve1: { lab_connection: lab } } }\n") {
  const files = { "/site/inventory/hosts.yml": hosts, "/site/inventory/lab.proxmox.yml": source };
  const loaded = loadInventory(openSiteFiles(textFiles(files), "/site"), {
    sources: ["/site/inventory"],
    playbookFolders: [],
  });
  expect(loaded.diagnostics).toEqual([]);
  const hidden: Secret[] = [];
  const extraVars = { level: 8, origin: "-e", variables: new Map() } as const;
  const around = { open: world.open, logIn: {}, runId: "run", hide: (secret: Secret) => void hidden.push(secret) };
  const answer = await askNodes({ ...loaded, extraVars }, around);
  return { ...answer, hidden: hidden.map((secret) => secret.reveal()) };
}

it("asks each node once, and gives every source its own", async () => {
  const world = await nodeWithGuests();
  const trips = world.trips.length;
  const { found, diagnostics, hidden } = await ask(
    world,
    "source: proxmox\nnodes: [pve1, pve1]\n",
    "all: { hosts: { pve1: { lab_connection: lab, lab_become_password: opensesame } } }\n",
  );
  expect(diagnostics).toEqual([]);
  expect(found.get("inventory/lab.proxmox.yml")?.length).toBe(8);
  expect(world.trips.length - trips).toBe(2);
  expect(hidden).toEqual(["opensesame"]);
});

it.each([
  [
    "does not answer",
    "unreachable-node",
    "the guests of pve1 are not known: pve1 does not answer",
    "is it on?; without",
  ],
  ["is no node", "no-node", "pve1 is no Proxmox VE node", "pve-cluster"],
  ["is wrongly described", "wrong-type", "`lab_port`: expected a number", ""],
])("tells of a node that %s, at the place that names it", async (what, code, message, hint) => {
  const world = createWorld(what === "is no node" ? {} : { pve1: { kind: "proxmox" } });
  if (what === "does not answer") world.unreachable.add("pve1");
  const port = what === "is wrongly described" ? ", lab_port: '{{ 1 }}'" : "";
  const hosts = `all: { hosts: { pve1: { lab_connection: lab${port} } } }\n`;
  const { diagnostics } = await ask(
    world,
    "source: proxmox\nnode: pve1\n",
    hosts.replace("'{{ 1 }}'", '"{{ name }}", name: x'),
  );
  expect(diagnostics.map((each) => each.code)).toEqual([code]);
  expect(diagnostics[0]?.message).toContain(message);
  expect(diagnostics[0]?.hint ?? "").toContain(hint);
  expect(diagnostics[0]?.place).toMatchObject({ file: "inventory/lab.proxmox.yml", line: 2, column: 7 });
});
