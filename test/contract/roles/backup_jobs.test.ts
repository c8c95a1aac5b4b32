import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  changed,
  dump,
  failures,
  JOBS,
  playRole,
  playTasks,
  said,
  savedLab,
  saveFolders,
  textAt,
} from "../../support/backup-site.ts";
import { put, type TestWorld } from "../../support/world.ts";

const HOUR = 3_600_000;
const DRILL = { vmid: 101, spare: 901, target_storage: "local" };

let saved: TestWorld;
beforeAll(async () => {
  saved = await savedLab();
});
let world: TestWorld;
beforeEach(() => {
  world = saved.copy();
});
const jobs = (vars: object = {}, tasksFrom?: string) => playRole(world, "backup_jobs", { ...JOBS, ...vars }, tasksFrom);
const drill = (vars: object = {}, runId = "first") =>
  playRole(world, "backup_jobs", { ...DRILL, ...vars }, "restore_test", { runId });
const later = (hours: number) => {
  for (const host of ["node1", "vault1"]) world.host(host).clockMs += hours * HOUR;
};
const cfg = () => textAt(world, "node1", "/etc/pve/jobs.cfg") ?? "";

describe("role backup_jobs", () => {
  it("changes nothing when it is played again", async () => {
    const again = await jobs();
    expect([again.exitCode, changed(again)]).toEqual([0, []]);
    expect(cfg()).toMatch(/vzdump: lab-nightly/);
    expect(cfg()).toMatch(/all 1/);
    expect(cfg()).toMatch(/prune-backups keep-all=1/);
    expect(cfg()).toMatch(/notes-template \{\{guestname\}\}/);
  });

  it("keeps what others have set in a job, and takes away what the role sets no more", async () => {
    await playTasks(world, "node1", [{ name: "by hand", pve_backup_job: { id: "lab-nightly", bwlimit: 50_000 } }]);
    const run = await jobs({
      jobs: [{ id: "lab-nightly", schedule: "03:15", all: true }],
      change_detection: "default",
    });
    expect(changed(run)).toEqual(["The jobs"]);
    expect(cfg()).toMatch(/schedule 03:15/);
    expect(cfg()).toMatch(/bwlimit 50000/);
    expect(cfg()).not.toMatch(/pbs-change-detection-mode/);
  });

  it("leaves the backup server itself out, and removes a job that is no longer wanted", async () => {
    expect(changed(await jobs({ never: [102] }))).toEqual(["The jobs"]);
    expect(cfg()).toMatch(/exclude 102/);
    const gone = { jobs: [{ id: "other", schedule: "sat 04:00", vmids: [101] }], removed_jobs: ["lab-nightly"] };
    expect((await jobs(gone)).exitCode).toBe(0);
    expect(cfg()).not.toMatch(/lab-nightly/);
  });

  it("names a guest that no job saves, unless it may be lost", async () => {
    const some = { jobs: [{ id: "lab-nightly", schedule: "02:30", vmids: [101] }] };
    expect((await jobs(some)).exitCode).toBe(0);
    expect(failures(await jobs(some, "verify"))).toMatch(/No job saves 102/);
    expect((await jobs({ ...some, unsaved: [102] }, "verify")).exitCode).toBe(0);
  });

  it("says whose newest backup is too old, or was never made; a guest of today has time until tomorrow", async () => {
    expect((await jobs({}, "verify")).exitCode).toBe(0);
    later(40);
    expect(failures(await jobs({}, "verify"))).toMatch(
      /newest backup of guest 101 in Backup-Vault is older than 30 hours, or there is none/,
    );
    await dump(world, 101, 102);
    const passed = await jobs({}, "verify");
    expect([passed.exitCode, failures(passed)]).toEqual([0, ""]);
    later(29);
    await dump(world, 102);
    later(2);
    expect(failures(await jobs({}, "verify"))).toMatch(/guest 101/);
    expect(failures(await jobs({}, "verify"))).not.toMatch(/guest 102/);
  });

  it("says so where a job is switched off or gone", async () => {
    await playTasks(world, "node1", [{ name: "off", pve_backup_job: { id: "lab-nightly", enabled: false } }]);
    expect(failures(await jobs({}, "verify"))).toMatch(/lab-nightly is missing, switched off/);
    expect(changed(await jobs())).toEqual(["The jobs"]);
  });

  it.each([
    ["a job for nobody", { jobs: [{ id: "a1", schedule: "02:30" }] }],
    ["two selections", { jobs: [{ id: "a1", schedule: "02:30", all: true, vmids: [101] }] }],
    ["a guest that is never saved", { jobs: [{ id: "a1", schedule: "02:30", vmids: [101] }], never: [101] }],
  ])("refuses %s", async (_, vars) => {
    const run = await jobs(vars);
    expect(said(run)).toMatch(/one of the three|a job saves one of these/);
    expect(run.after).toBe(run.before);
  });
});

describe("the restore test", () => {
  it("brings a container and a file back bit for bit, and leaves nothing", async () => {
    put(world, "/tank/family/summer.jpg", "a photo\n", "node1");
    await dump(world, 101);
    await saveFolders(world, "family.pxar:/tank/family", "--change-detection-mode=metadata");
    const run = await drill({ folder: { archive: "family", path: "/tank/family", file: "summer.jpg" } });
    expect([run.exitCode, failures(run)]).toEqual([0, ""]);
    expect(run.results.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["The container came back as it was", "The file came back as it was"]),
    );
    const left = Object.keys(world.host("node1").files).filter((path) => /901|lab-restore-test/.test(path));
    expect(left.filter((path) => !/^\/(run\/lock|var\/log)\//.test(path))).toEqual([]);
    expect(world.host("node1").pve?.containers["901"]).toBeUndefined();
    expect(world.host("node1").pve?.containers["101"]?.running).not.toBeNull();
  });

  it("the spare container never has a network, nor a folder of the real one", async () => {
    await playTasks(world, "node1", [
      {
        name: "bound",
        pct: {
          vmid: 101,
          nets: [{ name: "eth0", bridge: "vmbr0", ip: "dhcp" }],
          mounts: [{ target: "/srv/family", source: "/tank/family" }],
          restart: "if_needed",
        },
      },
    ]);
    await dump(world, 101);
    const started: string[] = [];
    world.onTrip = ({ batch }) => {
      for (const { operations } of batch.sections)
        for (const each of operations)
          if (each.kind === "exec" && each.argv.join(" ").startsWith("pct start 901"))
            started.push(
              textAt(world, "node1", "/etc/pve/lxc/901.conf") ??
                textAt(world, "node1", "/etc/pve/nodes/node1/lxc/901.conf") ??
                "",
            );
    };
    const run = await drill();
    expect([run.exitCode, failures(run)]).toEqual([0, ""]);
    expect(started).toHaveLength(1);
    expect(started[0]).toMatch(/hostname: lab-restore-test/);
    expect(started[0]).not.toMatch(/^(net0|mp0)/m);
  });

  it("fails where what comes back is not what was saved", async () => {
    await dump(world, 101);
    const { inside } = world.host("node1").pve?.containers["101"] ?? {};
    const file = inside?.files["/etc/passwd"];
    if (file?.type === "file") file.content += "mallory:x:0:0::/root:/bin/sh\n";
    expect(failures(await drill())).toMatch(/\/etc\/passwd in the restored container is not what it is in 101/);
    expect(world.host("node1").pve?.containers["901"]).toBeUndefined();
  });

  it("says that there is nothing to restore, and never touches a guest of that number", async () => {
    expect(failures(await drill())).toMatch(/has no backup of 101: nothing can be restored/);
    await dump(world, 101);
    const run = await drill({ spare: 102 });
    expect(failures(run)).toMatch(/The number 102 belongs to a guest that is none of a restore test/);
    expect(run.after).toBe(run.before);
  });

  it("begins anew where an earlier one was cut off", async () => {
    await dump(world, 101);
    let sent = 0;
    world.lostAfter = ({ way }) => {
      sent += way === "send" ? 1 : 0;
      return way === "send" && sent > 1 ? 0 : null;
    };
    await drill();
    world.lostAfter = null;
    const next = await drill({}, "second");
    expect([next.exitCode, failures(next)]).toEqual([0, ""]);
  });
});
