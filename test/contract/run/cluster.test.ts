import { describe, expect, test } from "vitest";
import { nodeText } from "../../../engine/sim/files/node.ts";
import { newHost } from "../../../engine/sim/host/new-host.ts";
import { asRecordedCluster, asVersion9, withGuests } from "../../support/recorded-cluster.ts";
import { runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";

const container = { type: "lxc", conf: "hostname: c\nrootfs: local-zfs:subvol-101-disk-0,size=4G\n" } as const;
const vm = { type: "qemu", conf: "name: v\nscsi0: local-zfs:vm-200-disk-0,size=4G\n" } as const;

/** One of three nodes, with two containers and a VM. */
function clustered(version: "8.4" | "9.0" = "8.4"): TestWorld {
  const host = newHost({ kind: "proxmox", name: "pve1" });
  withGuests(host, { 101: container, 102: container, 200: vm });
  asRecordedCluster(host);
  return createWorld({}, { h1: version === "9.0" ? asVersion9(host) : host });
}
const alone = () => createWorld({}, { h1: newHost({ kind: "proxmox", name: "pve1" }) });
const play = (world: TestWorld, tasks: string, check = false) => runSite({ files: tasksSite(tasks), world, check });
const textOf = (world: TestWorld, path: string) => {
  const node = world.host("h1").files[path];
  return node?.type === "file" ? nodeText(node) : "";
};
const status = (run: Awaited<ReturnType<typeof play>>) => run.results.map((each) => each.status);

/** A check foretells, a run does it, a second run finds nothing to do. */
async function converges(tasks: string, world: TestWorld) {
  const check = await play(world, tasks, true);
  expect(check.diagnostics).toEqual([]);
  expect(check.after).toBe(check.before);
  const run = await play(world, tasks);
  expect(run.results.map(({ reason }) => reason).filter((reason) => reason != null)).toEqual([]);
  // What needs an earlier task's work first (a pool, a managed guest) is deferred by the check, never foretold wrongly.
  expect(status(run)).toEqual(status(check).map((each) => (each === "deferred" ? "changed" : each)));
  expect(new Set(status(run))).toContain("changed");
  const again = await play(world, tasks);
  expect(new Set(status(again))).toEqual(new Set(["ok"]));
  return run;
}
async function refuses(tasks: string, world: TestWorld, why: RegExp) {
  const before = JSON.stringify(world.host("h1").files);
  const run = await play(world, tasks);
  expect(status(run)).toEqual(["failed"]);
  expect(run.results[0]?.reason).toMatch(why);
  expect(JSON.stringify(world.host("h1").files)).toBe(before);
}

describe("backup jobs of an embedded node", () => {
  const jobs = (world: TestWorld) => textOf(world, "/etc/pve/jobs.cfg");

  test("are made, changed and taken away", async () => {
    const world = clustered();
    await converges(
      `
- pve_backup_job:
    id: nightly
    schedule: "02:30"
    all: true
    exclude: [200, 101]
    storage: local
    comment: "all: ünd mehr"
    notes_template: !raw "{{guestname}}\\n{{node}}"
    prune_backups: { keep_weekly: 2, keep_last: 1 }
    fleecing: { storage: local-zfs }
    performance: { max_workers: 2 }
    exclude_paths: [/tmp/?*, /var/cache]
    mailto: [root@pam, a@b.c]
- pve_pool: { pool: media, vmids: [101] }
- pve_backup_job: { id: media, schedule: daily, pool: media, enabled: false }
`,
      world,
    );
    expect(jobs(world)).toContain("\tnotes-template {{guestname}}\\n{{node}}\n");
    expect(jobs(world)).toContain("\tprune-backups keep-last=1,keep-weekly=2\n");
    expect(jobs(world)).toContain("\tcomment all%3A %C3%BCnd mehr\n");
    expect(jobs(world)).toMatch(/vzdump: media\n\tschedule daily\n\tenabled 0\n\tpool media\n/);
    await converges(
      `
- pve_backup_job: { id: nightly, schedule: "sat 2:30", vmids: [102, 101], storage: local, prune_backups: null, fleecing: null, notes_template: !raw "{{vmid}}", exclude_paths: [], mailto: [], comment: "" }
- pve_backup_job: { id: media, all: true, exclude: [200], enabled: true, mode: stop }
`,
      world,
    );
    expect(jobs(world)).toBe(
      "vzdump: nightly\n\tschedule sat 2:30\n\tenabled 1\n\tnotes-template {{vmid}}\n\tperformance max-workers=2\n\tstorage local\n\tvmid 101,102\n\n" +
        "vzdump: media\n\tschedule daily\n\tall 1\n\tenabled 1\n\texclude 200\n\tmode stop\n\n",
    );
    // Another spelling of the same time is no change.
    expect(status(await play(world, '- pve_backup_job: { id: nightly, schedule: "sat 02:30:00" }'))).toEqual(["ok"]);
    await converges(
      "- pve_backup_job: { id: nightly, state: absent }\n- pve_backup_job: { id: media, state: absent }",
      world,
    );
    expect(jobs(world)).toBe("");
  });

  test("are refused where Proxmox VE would take a wrong one", async () => {
    const world = clustered();
    await refuses("- pve_backup_job: { id: jj, all: true }", world, /no backup job jj/);
    await refuses("- pve_backup_job: { id: jj, schedule: daily }", world, /must know what to save/);
    await refuses("- pve_backup_job: { id: jj, schedule: daily, pool: nope }", world, /no pool nope/);
    await refuses(
      "- pve_backup_job: { id: jj, schedule: daily, all: true, protected: true }",
      world,
      /needs a storage/,
    );
    await play(world, "- pve_backup_job: { id: jj, schedule: daily, vmids: [101] }");
    await refuses("- pve_backup_job: { id: jj, exclude: [102] }", world, /does not save all guests/);
  });
});

describe("replication of an embedded node", () => {
  const cfg = (world: TestWorld) => textOf(world, "/etc/pve/replication.cfg");

  test("is made, changed and taken away, and the end of it is waited for", async () => {
    const world = clustered();
    await converges(
      `
- pve_replication: { guest: 101, target: pve2, schedule: "*/5", rate: 10.5, comment: "x: ü" }
- pve_replication: { guest: 101, target: pve3, disable: true }
- pve_replication: { guest: 200, target: pve2, number: 7 }
`,
      world,
    );
    expect(cfg(world)).toContain(
      "local: 101-0\n\tcomment x%3A %C3%BC\n\ttarget pve2\n\trate 10.5\n\tschedule */5\n\tsource pve1\n",
    );
    expect(cfg(world)).toContain("local: 101-1\n\tdisable\n\ttarget pve3\n");
    expect(cfg(world)).toContain("local: 200-7\n");
    await converges(
      `
- pve_replication: { guest: 101, target: pve2, schedule: null, rate: null, comment: "" }
- pve_replication: { guest: 101, target: pve3, disable: false, rate: 5 }
- pve_replication: { guest: 200, target: pve2, state: absent }
`,
      world,
    );
    expect(cfg(world)).toBe(
      "local: 101-0\n\ttarget pve2\n\tsource pve1\n\nlocal: 101-1\n\ttarget pve3\n\trate 5\n\tsource pve1\n\n",
    );
    await refuses("- pve_replication: { guest: 101, target: pve3, number: 0 }", world, /a target cannot be changed/);
    await refuses("- pve_replication: { guest: 102, target: pve1 }", world, /is on pve1 itself/);
    await refuses("- pve_replication: { guest: 101, target: pve9 }", world, /no node pve9/);
    await refuses("- pve_replication: { guest: 999, target: pve2 }", world, /no guest 999/);
    await refuses("- pve_replication: { guest: 101, target: pve2 }", alone(), /in no cluster/);
    await converges("- pve_replication: { guest: 101, target: pve2, state: absent, force: true }", world);
  });
});

describe("high availability of an embedded node", () => {
  const resources = (world: TestWorld) => textOf(world, "/etc/pve/ha/resources.cfg");

  test("has groups on Proxmox VE 8", async () => {
    const world = clustered();
    await converges(
      `
- pve_ha_group: { group: main, nodes: { pve1: 2, pve2: 1, pve3: 0 }, restricted: true, comment: first }
- pve_ha: { guest: 101, group: main, state: stopped, max_restart: 3 }
- pve_ha: { guest: "vm:200", max_relocate: 1 }
`,
      world,
    );
    expect(resources(world)).toBe("ct: 101\n\tgroup main\n\tmax_restart 3\n\tstate stopped\n\nvm: 200\n\n");
    await converges(
      `
- pve_ha_group: { group: main, nodes: [pve2, pve1], restricted: false, nofailback: true, comment: "" }
- pve_ha: { guest: 101, group: null, state: started, max_restart: 1, comment: dns }
- pve_ha: { guest: 200, state: absent }
`,
      world,
    );
    expect(resources(world)).toBe("ct: 101\n\tcomment dns\n\tmax_restart 1\n\tstate started\n\n");
    await refuses("- pve_ha: { guest: 101, group: nope }", world, /no HA group nope/);
    await refuses("- pve_ha: { guest: 101, failback: false }", world, /keeps no failback/);
    await refuses("- pve_ha: { guest: 999 }", world, /no guest 999/);
    await refuses("- pve_ha: { guest: 'vm:101' }", world, /is a container/);
    await refuses(
      "- pve_ha_rule: { rule: r1, type: node-affinity, guests: [101], nodes: [pve1] }",
      world,
      /has no rules/,
    );
    await play(world, "- pve_ha: { guest: 101, group: main }");
    await refuses("- pve_ha_group: { group: main, state: absent }", world, /used by ct:101/);
    await converges("- pve_ha: { guest: 101, state: absent }\n- pve_ha_group: { group: main, state: absent }", world);
  });

  test("has rules on Proxmox VE 9", async () => {
    const world = clustered("9.0");
    await converges(
      `
- pve_ha: { guest: 101, failback: false }
- pve_ha: { guest: 102 }
- pve_ha: { guest: 200 }
- pve_ha_rule: { rule: home, type: node-affinity, guests: [101, "vm:200"], nodes: { pve1: 2, pve2: 1 }, strict: true, disable: true }
- pve_ha_rule: { rule: apart, type: resource-affinity, guests: [101, 102], affinity: negative }
`,
      world,
    );
    expect(resources(world)).toContain("ct: 101\n\tfailback 0\n");
    const rules = () => textOf(world, "/etc/pve/ha/rules.cfg");
    expect(rules()).toBe(
      "node-affinity: home\n\tdisable\n\tnodes pve1:2,pve2:1\n\tresources ct:101,vm:200\n\tstrict 1\n\nresource-affinity: apart\n\taffinity negative\n\tresources ct:101,ct:102\n\n",
    );
    await converges(
      `
- pve_ha: { guest: 101, failback: true }
- pve_ha_rule: { rule: home, guests: [200], nodes: [pve2], strict: false, disable: false, comment: x }
- pve_ha_rule: { rule: apart, affinity: positive }
`,
      world,
    );
    expect(rules()).toContain("node-affinity: home\n\tcomment x\n\tnodes pve2\n\tresources vm:200\n\tstrict 0\n");
    await refuses(
      "- pve_ha_rule: { rule: other, type: node-affinity, guests: [200], nodes: [pve1] }",
      world,
      /in the rule home already/,
    );
    await refuses(
      "- pve_ha_rule: { rule: one, type: resource-affinity, guests: [200], affinity: positive }",
      world,
      /takes two guests/,
    );
    await refuses("- pve_ha_rule: { rule: home, type: resource-affinity }", world, /cannot be changed/);
    await refuses(
      "- pve_ha_rule: { rule: r1, type: node-affinity, guests: [999], nodes: [pve1] }",
      world,
      /not under high availability/,
    );
    await refuses("- pve_ha_group: { group: g1, nodes: [pve1] }", world, /no groups any more/);
    await refuses("- pve_ha: { guest: 101, group: g1 }", world, /no groups any more/);
    // Who is no longer managed leaves the rules.
    await converges("- pve_ha: { guest: 102, state: absent }", world);
    expect(rules()).toContain("resource-affinity: apart\n\taffinity positive\n\tresources ct:101\n");
    await converges(
      "- pve_ha_rule: { rule: apart, state: absent }\n- pve_ha_rule: { rule: home, state: absent }",
      world,
    );
  });

  test("takes no rules on Proxmox VE 9 while there are groups", async () => {
    const world = clustered("9.0");
    world.host("h1").files["/etc/pve/ha/groups.cfg"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: "group: g1\n\tnodes pve1\n\n",
    };
    await refuses(
      "- pve_ha_rule: { rule: r1, type: node-affinity, guests: [101], nodes: [pve1] }",
      world,
      /still are groups/,
    );
    await converges("- pve_ha_group: { group: g1, nodes: [pve1, pve2] }\n- pve_ha: { guest: 101, group: g1 }", world);
  });

  test("leaves alone what is beyond ASCII in its files", async () => {
    const world = clustered();
    world.host("h1").files["/etc/pve/ha/groups.cfg"] = {
      type: "file",
      mode: "0640",
      uid: 0,
      gid: 33,
      mtime: 1,
      content: Buffer.from("group: old\n\tcomment \xfc\n\tnodes pve1\n\n", "latin1").toString("base64"),
      encoding: "base64",
    };
    await converges("- pve_ha_group: { group: main, nodes: [pve1] }", world);
    const node = world.host("h1").files["/etc/pve/ha/groups.cfg"];
    const bytes = node?.type === "file" ? Buffer.from(node.content, node.encoding ?? "utf8") : Buffer.alloc(0);
    expect(bytes.toString("latin1")).toContain("\tcomment \xfc\n");
  });
});

describe("pools of an embedded node", () => {
  test("gather guests and storages", async () => {
    const world = clustered();
    const cfg = () => textOf(world, "/etc/pve/user.cfg");
    await converges(
      `
- pve_pool: { pool: media, comment: "a: b", vmids: [102, 101], storages: [local] }
- pve_pool: { pool: media/inner, vmids: [200] }
`,
      world,
    );
    expect(cfg()).toContain("pool:media:a%3A b:101,102:local:\npool:media/inner::200::\n");
    await refuses("- pve_pool: { pool: media, vmids: [200] }", world, /in another pool: 200 \(media\/inner\)/);
    await converges(
      `
- pve_pool: { pool: media, vmids: [200], exact: false, move: true, comment: "" }
- pve_pool: { pool: media/inner, storages: [local-zfs] }
`,
      world,
    );
    expect(cfg()).toContain("pool:media::101,102,200:local:\npool:media/inner:::local-zfs:\n");
    await converges("- pve_pool: { pool: media, vmids: [200], storages: [] }", world);
    expect(cfg()).toContain("pool:media::200::\n");
    await refuses("- pve_pool: { pool: media, state: absent }", world, /there are pools in pool media/);
    await refuses("- pve_pool: { pool: media/inner, state: absent }", world, /has members: storage local-zfs/);
    await converges(
      "- pve_pool: { pool: media/inner, state: absent, even_if_used: true }\n- pve_pool: { pool: media, state: absent, even_if_used: true }",
      world,
    );
    expect(cfg()).not.toContain("pool:");
    await refuses("- pve_pool: { pool: no/way }", world, /no pool no that/);
  });
});

describe("a cluster of an embedded node", () => {
  test("is made by its first node", async () => {
    const world = alone();
    await converges("- pve_cluster: { name: homelab, links: [192.0.2.10] }", world);
    expect(textOf(world, "/etc/pve/corosync.conf")).toContain("cluster_name: homelab");
    await refuses("- pve_cluster: { name: other }", world, /in the cluster homelab, not in other/);
    await refuses("- pve_cluster: { name: homelab, links: [192.0.2.99] }", world, /links of pve1 are 192.0.2.10/);
    const waits = await play(world, "- pve_cluster: { name: homelab, nodes: [pve1, pve2] }");
    expect(waits.results[0]?.reason).toContain("not in the cluster yet: pve2");
  });

  test("is not joined with guests, nor where nobody lets the node in", async () => {
    const world = alone();
    const run = await play(world, "- pve_cluster: { name: homelab, join: 192.0.2.11 }");
    expect(run.results[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("unable to copy ssh ID"),
    });
    withGuests(world.host("h1"), { 101: container });
    await refuses("- pve_cluster: { name: homelab, join: 192.0.2.11 }", world, /has guests \(101\)/);
  });

  test("tells who is there, and waits where there is no majority", async () => {
    const world = clustered();
    const ok = await play(world, "- pve_cluster: { name: lab, nodes: [pve1, pve2] }");
    expect(status(ok)).toEqual(["ok"]);
    const pve = world.host("h1").pve;
    if (pve) pve.offlinePeers = ["pve2", "pve3"];
    const waits = await play(world, "- pve_cluster: { name: lab }");
    expect(waits.results[0]?.reason).toContain("has no quorum");
  });
});
