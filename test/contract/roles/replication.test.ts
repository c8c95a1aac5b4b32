import { beforeAll, describe, expect, it } from "vitest";
import {
  changedIn,
  clusterOf,
  clusterWithGuest,
  guest,
  onAll,
  playRole,
  playRoles,
  saidBy,
  textOf,
  threeNodes,
} from "../../support/cluster-lab.ts";
import { put, type TestWorld } from "../../support/world.ts";

let clustered: TestWorld;
beforeAll(async () => {
  clustered = await clusterWithGuest();
});
const jobs = {
  jobs: [
    { guest: 103, target: "mini1", comment: "router" },
    { guest: 103, target: "mini2", schedule: "22:30", rate: 50 },
  ],
};
const play = (world: TestWorld, vars: object = jobs, from?: string) =>
  playRole(world, "replication", { vars, on: ["main"], ...(from !== undefined && { from }) });
const cfg = (world: TestWorld) => textOf(world, "/etc/pve/replication.cfg", "mini2");

describe("role replication", () => {
  it("has a guest copied to two nodes, and takes a job away again", async () => {
    const world = clustered.copy();
    const run = await play(world);
    expect([run.exitCode, saidBy(run)]).toEqual([0, ""]);
    expect(cfg(world)).toContain("local: 103-0\n\tcomment router\n\ttarget mini1\n");
    expect(cfg(world)).toContain("local: 103-1\n\ttarget mini2\n\trate 50\n\tschedule 22:30\n");
    expect(changedIn(await play(world))).toEqual([]);
    const verified = await play(world, jobs, "verify");
    expect([verified.exitCode, saidBy(verified), verified.after === verified.before]).toEqual([0, "", true]);
  });

  it("leaves the jobs of a guest that has moved as they are", async () => {
    const world = clustered.copy();
    await play(world);
    const conf = textOf(world, "/etc/pve/nodes/main/lxc/103.conf");
    onAll(world, "/etc/pve/nodes/main/lxc/103.conf", null);
    guest(world, "103", conf, "mini1");
    // As Proxmox VE turns them round.
    const turned = cfg(world).replace("target mini1", "target main").replaceAll("source main", "source mini1");
    onAll(world, "/etc/pve/replication.cfg", turned);
    const again = await play(world);
    expect([again.exitCode, saidBy(again), changedIn(again)]).toEqual([0, "", []]);
    expect(cfg(world)).toBe(turned);
  });

  it("is foretold where its target is yet to join the cluster", async () => {
    const world = threeNodes();
    // A run that was cut off when the first node had made the cluster.
    await playRole(world, "pve_cluster", { vars: clusterOf(3), on: ["main"] });
    world.host("main").files["/etc/pve/nodes/main/lxc/103.conf"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: "hostname: router\nrootfs: local-zfs:subvol-103-disk-0,size=4G\n",
    };
    const check = await playRoles(
      world,
      [
        ["pve_cluster", clusterOf(3), "main,mini1,mini2"],
        ["replication", jobs, "main"],
      ],
      true,
    );
    expect([check.exitCode, saidBy(check)]).toEqual([0, ""]);
    const copies = check.results.filter(
      ({ name, kind }) => name === "Guests are copied to other nodes" && kind !== "item",
    );
    expect(copies.map(({ status, certainty }) => [status, certainty])).toEqual([["changed", "assumed"]]);
    const run = await playRoles(world, [
      ["pve_cluster", clusterOf(3), "main,mini1,mini2"],
      ["replication", jobs, "main"],
    ]);
    expect([run.exitCode, saidBy(run)]).toEqual([0, ""]);
    expect(cfg(world)).toContain("target mini2");
  });

  it("reports a copy that was not made, in Proxmox VE's own words", async () => {
    const world = clustered.copy();
    await play(world);
    const state = (count: number) =>
      put(
        world,
        "/var/lib/pve-manager/pve-replication-state.json",
        JSON.stringify({
          103: {
            "local/mini1": {
              last_try: 1748779200,
              last_sync: 1748778300,
              fail_count: count,
              ...(count > 0 && { error: "no space left" }),
            },
          },
        }),
        "main",
      );
    state(2);
    const failed = await play(world, jobs, "verify");
    expect(saidBy(failed)).toContain("A copy was not made");
    expect(saidBy(failed)).toContain("no space left");
    expect(saidBy(failed)).toContain('"fail_count":2');
    // The node that has not got the guest knows nothing of it.
    const elsewhere = await playRole(world, "replication", { vars: jobs, on: ["mini1"], from: "verify" });
    expect(elsewhere.exitCode).toBe(0);
    state(0);
    expect((await play(world, jobs, "verify")).exitCode).toBe(0);
  });

  it("refuses a disk that the target could not have, and names the storage", async () => {
    const world = clustered.copy();
    onAll(
      world,
      "/etc/pve/storage.cfg",
      `${textOf(world, "/etc/pve/storage.cfg")}\nzfspool: VM-SSD\n\tpool VM-SSD\n\tcontent rootdir,images\n\tnodes main\n`,
    );
    guest(world, "103", "hostname: router\nrootfs: VM-SSD:subvol-103-disk-0,size=4G\n");
    expect(saidBy(await play(world))).toContain(
      "VM-SSD:subvol-103-disk-0 of guest 103 is on VM-SSD, which mini1 does not have (it is for main)",
    );
    expect(cfg(world)).toBe("");
  });

  it.each<[string, object, string]>([
    [
      "one target twice",
      {
        jobs: [
          { guest: 103, target: "mini1" },
          { guest: 103, target: "mini1" },
        ],
      },
      "same node twice",
    ],
    ["a schedule that is none", { jobs: [{ guest: 103, target: "mini1", schedule: "often" }] }, "schedule"],
    ["a node that is none", { jobs: [{ guest: 103, target: "attic" }] }, "no node attic"],
  ])("refuses %s", async (_, vars, why) => {
    const run = await play(clustered.copy(), vars);
    expect(saidBy(run)).toContain(why);
    expect(run.after).toBe(run.before);
  });
});
