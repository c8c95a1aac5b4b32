import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, it } from "vitest";
import {
  changedIn,
  clusterWithGuest,
  guest,
  NODES,
  onAll,
  playRole,
  playTasks,
  saidBy,
  textOf,
  withoutOthers,
} from "../../support/cluster-lab.ts";
import type { TestWorld } from "../../support/world.ts";

let eight: TestWorld;
let nine: TestWorld;
beforeAll(async () => {
  [eight, nine] = await Promise.all([clusterWithGuest(), clusterWithGuest("9.0")]);
  for (const world of [eight, nine])
    guest(world, "104", "hostname: dns\nrootfs: local-zfs:subvol-104-disk-0,size=4G\n");
});

const placement = { nodes: { main: 3, mini1: 2, mini2: 1 } };
const ONE = { guests: [{ guest: 103, placement }] };
const play = (world: TestWorld, vars: object = ONE, from?: string, check = false) =>
  playRole(world, "ha", { vars, on: ["main"], check, ...(from !== undefined && { from }) });
const resources = (world: TestWorld) => textOf(world, "/etc/pve/ha/resources.cfg", "mini2");
const groups = (world: TestWorld) => textOf(world, "/etc/pve/ha/groups.cfg", "mini2");
const rules = (world: TestWorld) => textOf(world, "/etc/pve/ha/rules.cfg", "mini2");
async function converges(world: TestWorld, vars: object = ONE) {
  const run = await play(world, vars);
  expect([run.exitCode, saidBy(run)]).toEqual([0, ""]);
  expect(changedIn(await play(world, vars))).toEqual([]);
  const verified = await play(world, vars, "verify");
  expect([verified.exitCode, saidBy(verified), verified.after === verified.before]).toEqual([0, "", true]);
}

describe("role ha", () => {
  it("makes groups on Proxmox VE 8 and rules on 9 of the same words", async () => {
    const vars = { guests: [{ guest: 103, placement: { ...placement, strict: true }, max_restart: 3 }] };
    const [old, young] = [eight.copy(), nine.copy()];
    await converges(old, vars);
    expect(groups(old)).toMatch(/^group: lab-103\n/);
    expect(groups(old)).toContain("\trestricted 1\n");
    expect(groups(old).match(/(main:3|mini1:2|mini2:1)/g)).toHaveLength(3);
    expect(resources(old)).toContain("ct: 103\n\tgroup lab-103\n\tmax_restart 3\n");
    expect(rules(old)).toBe("");
    await converges(young, vars);
    expect(rules(young)).toBe(
      "node-affinity: lab-103\n\tnodes main:3,mini1:2,mini2:1\n\tresources ct:103\n\tstrict 1\n\n",
    );
    expect(resources(young)).toContain("ct: 103\n\tmax_restart 3\n");
    expect(groups(young)).toBe("");
  });

  it("says failback the way round that each release has it", async () => {
    for (const failback of [true, false]) {
      const vars = { guests: [{ guest: 103, placement: { ...placement, failback } }] };
      const [old, young] = [eight.copy(), nine.copy()];
      await converges(old, vars);
      expect(groups(old).includes("\tnofailback 1\n")).toBe(!failback);
      expect(resources(old)).not.toContain("failback");
      await converges(young, vars);
      expect(resources(young).includes("\tfailback 0\n")).toBe(!failback);
      // And back again.
      const other = { guests: [{ guest: 103, placement: { ...placement, failback: !failback } }] };
      await converges(old, other);
      expect(groups(old).includes("\tnofailback 1\n")).toBe(failback);
      await converges(young, other);
      expect(resources(young).includes("\tfailback 0\n")).toBe(failback);
    }
  });

  it("takes over what Proxmox VE 9 has made of its groups", async () => {
    // As its manager does once the last node has release 9.
    const young = nine.copy();
    onAll(young, "/etc/pve/ha/resources.cfg", "ct: 103\n\tfailback 0\n\tstate started\n\n");
    onAll(
      young,
      "/etc/pve/ha/rules.cfg",
      "node-affinity: ha-group-lab-103\n\tcomment Generated from HA group 'lab-103'.\n\tnodes main:3,mini1:2\n\tresources ct:103\n\n",
    );
    await converges(young, { guests: [{ guest: 103, placement: { ...placement, failback: false } }] });
    expect(rules(young)).toMatch(/^node-affinity: lab-103\n/);
    expect(rules(young)).not.toContain("ha-group-");
    // As long as there are groups they are what counts.
    const mixed = nine.copy();
    onAll(mixed, "/etc/pve/ha/groups.cfg", "group: lab-103\n\tnodes main\n\n");
    const run = await play(mixed);
    expect([run.exitCode, saidBy(run)]).toEqual([0, ""]);
    expect([groups(mixed).includes("mini1:2"), rules(mixed)]).toEqual([true, ""]);
  });

  it("refuses a guest that is tied to its node, and names what ties it", async () => {
    for (const [line, world] of [
      ["mp0: /tank/photos,mp=/photos", eight.copy()],
      ["dev0: /dev/dri/renderD128,gid=104", nine.copy()],
    ] as const) {
      guest(world, "103", `hostname: nas\n${line}\nrootfs: local-zfs:subvol-103-disk-0,size=4G\n`);
      const run = await play(world);
      expect(saidBy(run)).toContain(`ct:103 uses what only its node has, and would start on no other: ${line}`);
      expect(resources(world)).toBe("");
    }
  });

  it("reports a rule that cannot hold together with another one", async () => {
    const world = nine.copy();
    const by = { guests: [{ guest: 103 }, { guest: 104 }] };
    await converges(world, by);
    onAll(world, "/etc/pve/ha/rules.cfg", "node-affinity: mine\n\tnodes mini1\n\tresources ct:103\n\n");
    const refused = await play(world);
    expect(saidBy(refused)).toContain("ct:103 is in the rule mine already, and a guest can be in one of the kind only");
    // Written past all tools: Proxmox VE ignores it without a word, verify does not.
    onAll(
      world,
      "/etc/pve/ha/rules.cfg",
      "node-affinity: mine\n\tnodes mini1\n\tresources ct:103\n\nnode-affinity: lab-104\n\tnodes main\n\tresources ct:103,ct:104\n\n",
    );
    expect(saidBy(await play(world, by, "verify"))).toContain("Proxmox VE ignores a rule");
    expect(saidBy(await play(eight.copy(), { ...by, apart: [{ name: "dns", guests: [103, 104] }] }))).toContain(
      "has groups and no rules yet",
    );
  });

  it("keeps guests apart and together, and refuses both at once", async () => {
    const world = nine.copy();
    const guests = [{ guest: 103 }, { guest: 104 }];
    await converges(world, { guests, apart: [{ name: "dns", guests: [103, 104] }] });
    expect(rules(world)).toBe("resource-affinity: dns\n\taffinity negative\n\tresources ct:103,ct:104\n\n");
    const both = {
      guests,
      apart: [{ name: "aa", guests: [103, 104] }],
      together: [{ name: "tt", guests: [103, 104] }],
    };
    expect(saidBy(await play(world, both))).toContain("Two guests are to stay together and apart");
  });

  it("keeps stopped and disabled apart, and takes guests out again", async () => {
    const world = eight.copy();
    await converges(world, {
      guests: [
        { guest: 103, state: "stopped", placement },
        { guest: 104, state: "disabled" },
      ],
    });
    expect(resources(world)).toBe("ct: 103\n\tgroup lab-103\n\tstate stopped\n\nct: 104\n\tstate disabled\n\n");
    await converges(world, {
      guests: [
        { guest: 103, state: "absent" },
        { guest: 104, state: "started" },
      ],
    });
    expect([resources(world), groups(world)]).toEqual(["ct: 104\n\tstate started\n\n", ""]);
  });

  it.each<[string, object, string]>([
    ["a guest twice", { guests: [{ guest: 103 }, { guest: 103 }] }, "A guest is named twice"],
    [
      "one node with strict",
      { guests: [{ guest: 103, placement: { nodes: { main: 1 }, strict: true } }] },
      "one node alone",
    ],
    ["a rule about a stranger", { ...ONE, apart: [{ name: "xx", guests: [103, 777] }] }, "not among `guests`"],
  ])("refuses %s before anything is touched", async (_, vars, why) => {
    const run = await play(eight.copy(), vars);
    expect(saidBy(run)).toContain(why);
    expect(run.after).toBe(run.before);
  });

  it("sends no command while there is no majority, nor where there is no cluster", async () => {
    const world = eight.copy();
    withoutOthers(world, "main", ["mini1", "mini2"]);
    const run = await play(world);
    expect(saidBy(run)).toContain("The cluster has no majority of its nodes");
    expect(run.after).toBe(run.before);
    // The modules by themselves as well.
    const alone = await playTasks(world, "main", [{ name: "it", pve_ha: { guest: 103 } }]);
    expect(saidBy(alone)).toContain(
      "the cluster homelab has no quorum, so nothing below /etc/pve can be changed; off: mini1, mini2",
    );
    expect(alone.after).toBe(alone.before);
    onAll(world, "/etc/pve/corosync.conf", null);
    expect(saidBy(await play(world))).toContain("main is in no cluster");
  });

  it("has nothing to do after the drill, in which the large node was off and its guest has moved", async () => {
    const world = eight.copy();
    const jobs = { jobs: [{ guest: 103, target: "mini1" }] };
    await playRole(world, "replication", { vars: jobs, on: ["main"] });
    await converges(world);
    // main is off: the others are a majority. The manager has the configuration moved, and the copy goes the other way.
    for (const name of ["mini1", "mini2"] as const) withoutOthers(world, name, ["main"]);
    const conf = textOf(world, "/etc/pve/nodes/main/lxc/103.conf");
    onAll(world, "/etc/pve/nodes/main/lxc/103.conf", null);
    guest(world, "103", conf, "mini1");
    onAll(world, "/etc/pve/replication.cfg", "local: 103-0\n\ttarget main\n\tschedule */15\n\tsource mini1\n\n");
    const meanwhile = await playRole(world, "ha", { vars: ONE, on: ["mini1"] });
    expect([meanwhile.exitCode, changedIn(meanwhile)]).toEqual([0, []]);
    // main is back.
    for (const name of NODES) withoutOthers(world, name, []);
    for (const [role, vars] of [
      ["replication", jobs],
      ["ha", ONE],
    ] as const) {
      const again = await playRole(world, role, { vars, on: ["main"] });
      expect([role, again.exitCode, saidBy(again), changedIn(again)]).toEqual([role, 0, "", []]);
    }
    // The drill is written down, with the simulator that runs Proxmox VE's own manager.
    const page = readFileSync(new URL("../../../docs/ha.md", import.meta.url), "utf8");
    for (const step of ["pve-ha-simulator", "node-maintenance enable", "lab play verify.yml", "network cable"])
      expect(page).toContain(step);
  });
});
