import { beforeAll, describe, expect, it } from "vitest";
import { assertFine } from "../../support/role-lab.ts";
import { roleFiles, rolePlay } from "../../support/role-site.ts";
import { resultOf, runSite, type SiteRun, tasksSite } from "../../support/run-site.ts";
import { createWorld, type TestWorld } from "../../support/world.ts";
import { run as sh } from "../../unit/sim/lab-host.ts";

const files = roleFiles("rollback");
const inventory = "all: { vars: { lab_connection: lab }, hosts: { pve: {}, box: { lab_node: pve, lab_vmid: 103 } } }\n";
const task = (world: TestWorld, text: string, check = false): Promise<SiteRun> => {
  const site = tasksSite(`- name: it\n  ${text}`)["site.yml"]?.replace("hosts: all", "hosts: pve") ?? "";
  return runSite({ files: { "site.yml": site, "inventory/hosts.yml": inventory }, world, check });
};
const role = (world: TestWorld, vars: object, tasksFrom?: string): Promise<SiteRun> =>
  runSite({
    files: {
      ...files,
      "inventory/hosts.yml": inventory,
      "site.yml": rolePlay("rollback", { ...vars }, tasksFrom).replace('"hosts":"all"', '"hosts":"pve"'),
    },
    world,
  });
const told = (world: TestWorld, line: string) => sh(world.host("pve"), line).stdout;
const outcome = (run: SiteRun) => {
  const { status, reason, warnings } = resultOf(run, "it", "pve");
  return { status, said: [reason ?? "", ...warnings].join("\n") };
};
/** Time goes by, in seconds. */
const wait = (world: TestWorld, seconds: number) => {
  world.host("pve").clockMs += seconds * 1000;
};
const write = (world: TestWorld, path: string, text: string) => sh(world.host("pve"), `tee ${path}`, { stdin: text });
const DAY = 86_400;

let base: TestWorld;
beforeAll(async () => {
  base = createWorld({ pve: { kind: "proxmox" } });
  const made = await task(base, "zfs: { name: rpool/archive, properties: { mountpoint: /archive } }");
  assertFine(made);
  assertFine(await task(base, "file: { path: /srv/shared, state: directory }"));
  assertFine(
    await task(
      base,
      "pct: { vmid: 103, template: debian-12, rootfs: { storage: local-zfs, size: 4G }, hostname: box }",
    ),
  );
});

describe("a dataset", () => {
  let world: TestWorld;
  beforeAll(() => {
    world = base.copy();
    write(world, "/archive/plan", "yesterday\n");
    sh(world.host("pve"), "zfs snapshot rpool/archive@lab-daily-1");
    wait(world, DAY);
    write(world, "/archive/plan", "today\n");
  });

  it("is as it was yesterday, after a check has said what is lost; and then there is nothing left to do", async () => {
    const here = world.copy();
    const check = await task(here, "zfs_rollback: { name: rpool/archive, to: yesterday }", true);
    expect(outcome(check)).toMatchObject({
      status: "changed",
      said: expect.stringMatching(/lost is what was written.*lab-daily-1 .*KiB/),
    });
    expect(check.after).toBe(check.before);
    assertFine(await task(here, "zfs_rollback: { name: rpool/archive, to: yesterday }"));
    expect(told(here, "cat /archive/plan")).toBe("yesterday\n");
    const again = await task(here, "zfs_rollback: { name: rpool/archive, to: yesterday }");
    expect(outcome(again)).toMatchObject({ status: "ok", said: expect.stringContaining("nothing has been written") });
  });

  it("has later snapshots in the way, which are named, and go only when that is said", async () => {
    const here = world.copy();
    sh(here.host("pve"), "zfs snapshot rpool/archive@later");
    const refused = await task(here, "zfs_rollback: { name: rpool/archive, to: lab-daily-1 }");
    expect(outcome(refused)).toMatchObject({ status: "failed", said: expect.stringContaining("rpool/archive@later") });
    expect(told(here, "cat /archive/plan")).toBe("today\n");
    const done = await task(here, "zfs_rollback: { name: rpool/archive, to: lab-daily-1, destroy_newer: true }");
    expect(outcome(done)).toMatchObject({
      status: "changed",
      said: expect.stringContaining("destroyed are rpool/archive@later"),
    });
    expect(told(here, "cat /archive/plan")).toBe("yesterday\n");
  });

  it("stays, with what it was beside it, and that is made once", async () => {
    const here = world.copy();
    const beside = "zfs_rollback: { name: rpool/archive, to: yesterday, into: rpool/then }";
    assertFine(await task(here, beside));
    expect(told(here, "cat /rpool/then/plan")).toBe("yesterday\n");
    expect(told(here, "cat /archive/plan")).toBe("today\n");
    expect(outcome(await task(here, beside)).status).toBe("ok");
    const taken = await task(here, "zfs_rollback: { name: rpool/archive, to: yesterday, into: rpool/data }");
    expect(outcome(taken).said).toContain("there is a dataset rpool/data already");
  });

  it.each([
    ["a hold", "zfs hold keep rpool/archive@later", /later snapshots are held: rpool\/archive@later/],
    ["a clone", "zfs clone rpool/archive@later rpool/c", /clones hang on later snapshots: rpool\/c/],
  ])("is left alone where %s stands against it", async (_, line, why) => {
    const here = world.copy();
    for (const each of ["zfs snapshot rpool/archive@later", line]) sh(here.host("pve"), each);
    const run = await task(here, "zfs_rollback: { name: rpool/archive, to: lab-daily-1, destroy_newer: true }");
    expect(outcome(run)).toMatchObject({ status: "failed", said: expect.stringMatching(why) });
    expect(told(here, "cat /archive/plan")).toBe("today\n");
  });

  it("that is a guest's disk is the guest's business; and what is too long ago is said to be", async () => {
    const run = await task(world.copy(), "zfs_rollback: { name: rpool/data/subvol-103-disk-0, to: latest }");
    expect(outcome(run).said).toContain("is a disk of guest 103");
    const old = await task(world.copy(), "zfs_rollback: { name: rpool/archive, to: 30d }");
    expect(outcome(old).said).toMatch(/the oldest, lab-daily-1, is from/);
  });
});

describe("a container", () => {
  const inside = (world: TestWorld, text: string): Promise<SiteRun> => {
    const site = `- hosts: box\n  tasks:\n    - copy: { dest: /etc/motd, content: "${text}" }\n`;
    return runSite({ files: { "site.yml": site, "inventory/hosts.yml": inventory }, world });
  };
  const motd = (world: TestWorld) => told(world, "pct exec 103 -- cat /etc/motd");
  const snapshot = (name: string) => `guest_snapshot: { vmid: 103, name: ${name} }`;

  it("is stopped, taken back with its configuration, and runs again", async () => {
    const world = base.copy();
    assertFine(await inside(world, "then"));
    assertFine(await task(world, snapshot("one")));
    expect(outcome(await task(world, snapshot("one"))).status).toBe("ok");
    wait(world, DAY);
    assertFine(await inside(world, "now"));
    sh(world.host("pve"), "pct set 103 --memory 777");
    const check = await task(world, "guest_rollback: { vmid: 103, to: yesterday }", true);
    expect(outcome(check)).toMatchObject({
      status: "changed",
      said: expect.stringContaining("guest 103 runs, and is stopped for it"),
    });
    expect(check.after).toBe(check.before);
    assertFine(await task(world, "guest_rollback: { vmid: 103, to: yesterday }"));
    expect(motd(world)).toContain("then");
    expect(told(world, "pct config 103")).toMatch(/memory: 512/);
    expect(told(world, "pct status 103")).toBe("status: running\n");
  });

  it("goes back over later snapshots only when that is said, by whomever they were made", async () => {
    const world = base.copy();
    assertFine(await task(world, snapshot("one")));
    wait(world, 60);
    assertFine(await task(world, snapshot("two")));
    wait(world, 60);
    sh(world.host("pve"), "zfs snapshot rpool/data/subvol-103-disk-0@by-hand");
    const refused = await task(world, "guest_rollback: { vmid: 103, to: one }");
    expect(outcome(refused)).toMatchObject({
      status: "failed",
      said: expect.stringMatching(/2 later snapshots .*two, by-hand/),
    });
    assertFine(await task(world, "guest_rollback: { vmid: 103, to: one, destroy_newer: true }"));
    expect(told(world, "zfs list -H -t snapshot -o name -r rpool/data")).toBe("rpool/data/subvol-103-disk-0@one\n");
    expect(told(world, "pct listsnapshot 103")).not.toContain("two");
  });

  it("with folders of the node in it has snapshots of its volumes, and goes back to them", async () => {
    const world = base.copy();
    assertFine(
      await task(
        world,
        "pct: { vmid: 103, mounts: [{ target: /srv/shared, source: /srv/shared }], restart: if_needed }",
      ),
    );
    assertFine(await inside(world, "then"));
    const made = await task(world, snapshot("one"));
    expect(outcome(made)).toMatchObject({
      status: "changed",
      said: expect.stringContaining("without its configuration"),
    });
    wait(world, 60);
    assertFine(await inside(world, "now"));
    const back = await task(world, "guest_rollback: { vmid: 103, to: latest }");
    expect(outcome(back)).toMatchObject({
      status: "changed",
      said: expect.stringContaining("stay as they are: /srv/shared"),
    });
    expect(motd(world)).toContain("then");
    expect(told(world, "pct status 103")).toBe("status: running\n");
    assertFine(await task(world, "guest_snapshot: { vmid: 103, name: one, state: absent }"));
    expect(told(world, "zfs list -H -t snapshot -o name -r rpool/data")).toBe("");
  });

  it.each([
    ["high availability", "ha-manager add ct:103", /ha-manager set ct:103 --state ignored/],
    ["a backup at work", "pct set 103 --lock backup", /locked \(backup\)/],
  ])("is left alone where %s stands against it, and what to do is said", async (_, line, why) => {
    const world = base.copy();
    assertFine(await task(world, snapshot("one")));
    expect(sh(world.host("pve"), line).stderr).toBe("");
    const run = await task(world, "guest_rollback: { vmid: 103, to: one }");
    expect(outcome(run).status).toBe("failed");
    const { hint, reason } = { hint: "", ...resultOf(run, "it", "pve") };
    expect(`${reason} ${hint}`).toMatch(why);
  });
});

describe("the role", () => {
  const schedule = {
    datasets: [{ name: "rpool/archive", exclude: ["rpool/archive/scratch"] }],
    guests: [{ vmid: 103 }],
  };

  it("keeps a schedule, and verify tells when nobody keeps to it", async () => {
    const world = base.copy();
    assertFine(await role(world, schedule));
    expect((await role(world, schedule)).results.filter(({ status }) => status === "changed")).toEqual([]);
    expect(told(world, "cat /etc/lab-snapshots.conf")).toContain(
      "dataset rpool/archive true 24 30 8 12\nexclude rpool/archive/scratch\nguest 103 0 7 4 0\n",
    );
    assertFine(await role(world, schedule, "verify"));
    sh(world.host("pve"), "zfs snapshot rpool/archive@lab-hourly-20260101T0000");
    assertFine(await role(world, schedule, "verify"));
    wait(world, 3 * 3600);
    const late = await role(world, schedule, "verify");
    expect(late.results.map(({ reason }) => reason ?? "").join()).toContain(
      "The newest hourly snapshot of rpool/archive is too old",
    );
  });

  it("of which nothing has ever come, or with another program, is none", async () => {
    const world = base.copy();
    const monthly = { datasets: [{ name: "rpool/archive", hourly: 0, daily: 0, weekly: 0, monthly: 3 }] };
    assertFine(await role(world, monthly));
    assertFine(await role(world, monthly, "verify"));
    wait(world, 90 * DAY);
    const never = await role(world, monthly, "verify");
    expect(never.results.map(({ reason }) => reason ?? "").join()).toContain(
      "The newest monthly snapshot of rpool/archive is too old, or there is none",
    );
    write(world, "/usr/local/sbin/lab-snapshots", "#!/bin/sh\n");
    const other = await role(world, monthly, "verify");
    expect(other.results.map(({ reason }) => reason ?? "").join()).toContain(
      "/usr/local/sbin/lab-snapshots has changed",
    );
  });

  it("takes hold of what is risky to touch, once for each label", async () => {
    const world = base.copy();
    const before = { label: "upgrade", datasets: ["rpool/archive"], guests: [103] };
    assertFine(await role(world, before, "snapshot"));
    const again = await role(world, before, "snapshot");
    expect(again.results.filter(({ status }) => status === "changed")).toEqual([]);
    expect(told(world, "zfs list -H -t snapshot -o name,lab:schedule")).toBe(
      "rpool/archive@lab-before-upgrade\tbefore\nrpool/data/subvol-103-disk-0@lab-before-upgrade\t-\n",
    );
    const points = await task(world, "rollback_points: {}");
    expect(resultOf(points, "it", "pve").result).toMatchObject({
      points: [
        { kind: "dataset", of: "rpool/archive", snapshot: "lab-before-upgrade", by: "zfs" },
        { kind: "guest", of: 103, snapshot: "lab-before-upgrade", by: "proxmox" },
      ],
    });
  });

  it("refuses disks of guests among the datasets, and what stands twice", async () => {
    for (const datasets of [
      [{ name: "rpool/data/subvol-103-disk-0" }],
      [{ name: "rpool/archive" }, { name: "rpool/archive" }],
    ]) {
      const world = base.copy();
      const run = await role(world, { datasets });
      expect(run.results.map(({ reason }) => reason ?? "").join()).toContain("stands twice in the schedule");
      expect(run.after).toBe(run.before);
    }
  });
});
