import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openZfsRig, type ZfsRig, zfsVm } from "../../support/zfs-rig.ts";

const named = (...numbers: readonly number[]) => numbers.map((number) => `virtio-LABDISK${number}`);
const storage = {
  name: "Storage",
  include_role: { name: "zfs_storage" },
  vars: {
    pools: [
      { name: "Tank-Archive", topology: "raidz1", disks: named(1, 2, 3), allow_create: true },
      { name: "VM-SSD", topology: "mirror", disks: named(4, 5), autotrim: true, allow_create: true },
    ],
    datasets: [{ name: "Tank-Archive/family/plans", properties: { quota: "500M" }, mode: "2770" }],
    // As the guest was built with: making its initial ramdisk anew takes minutes.
    arc_max: "256M",
  },
};
const schedule = {
  name: "Schedule",
  include_role: { name: "rollback" },
  vars: {
    datasets: [{ name: "Tank-Archive", hourly: 2, daily: 2, weekly: 1, monthly: 0, exclude: ["Tank-Archive/scratch"] }],
    guests: [],
    keep_before: 1,
  },
};
const PLANS = "Tank-Archive/family/plans";
const FOLDER = `/${PLANS}`;

describe.skipIf(zfsVm().kind === "missing")("the roles of storage and of going back, on real OpenZFS", () => {
  let rig: ZfsRig;
  beforeAll(async () => {
    rig = await openZfsRig();
    rig.blank();
  });
  afterAll(() => rig?.stop());
  const names = (dataset: string) =>
    rig
      .sh(`zfs list -H -d 1 -t snapshot -s createtxg -o name ${dataset}`)
      .split("\n")
      .map((name) => name.slice(name.indexOf("@") + 1))
      .filter((name) => name !== "");

  it("pools, datasets, scrubs and the schedule come about from blank disks, and then nothing is left to do", async () => {
    // Nothing is to be had from an archive of packages in the guest: what sends mails is left out.
    const without = ["--skip-tags", "alerts"];
    const run = await rig.play([storage, schedule], ...without);
    expectExit(run, 0);
    const again = await rig.play([storage, schedule], ...without);
    expectExit(again, 0);
    expect(resultsOf(again).filter(({ status }) => status === "changed")).toEqual([]);
    expect(rig.sh("zpool status Tank-Archive")).toMatch(/raidz1-0(.*\n.*LABDISK){3}/);
    expect(rig.sh("cat /sys/module/zfs/parameters/zfs_arc_max")).toBe("268435456\n");
    expect(rig.sh(`stat -c %a ${FOLDER}; systemctl is-active lab-scrub@Tank-Archive.timer lab-snapshots.timer`)).toBe(
      "2770\nactive\nactive\n",
    );
    rig.sh("systemctl start lab-scrub@VM-SSD.service; zpool wait -t scrub VM-SSD");
    expect(rig.sh("zpool status VM-SSD")).toContain("scrub repaired 0B");
  });

  it("the schedule makes what is due once, clears its own alone, and lets be what is held or cloned", () => {
    // At a full hour the timer's own run would hold the lock, and make snapshots of today.
    rig.sh("systemctl stop lab-snapshots.timer lab-snapshots.service");
    rig.sh(
      "zfs create Tank-Archive/scratch; zfs snapshot Tank-Archive@by-hand; zfs snapshot Tank-Archive@lab-hourly-0",
    );
    const at = (when: string) => rig.sh(`LAB_SNAPSHOTS_NOW='${when}' lab-snapshots`);
    at("2026-11-20 10:05");
    const first = ["lab-hourly-20261120T1000", "lab-daily-20261120", "lab-weekly-2026W47"];
    expect(names(PLANS)).toEqual(first);
    expect(names("Tank-Archive/scratch")).toEqual([]);
    at("2026-11-20 10:40");
    expect(names(PLANS)).toEqual(first);
    rig.sh(
      `zfs hold keep ${PLANS}@lab-hourly-20261120T1000; zfs clone Tank-Archive@lab-daily-20261120 Tank-Archive/scratch/c`,
    );
    for (const when of ["2026-11-20 11:05", "2026-11-21 11:05", "2026-11-22 12:05"]) at(when);
    expect(names(PLANS).sort()).toEqual(
      [
        // Held.
        "lab-hourly-20261120T1000",
        "lab-hourly-20261121T1100",
        "lab-hourly-20261122T1200",
        "lab-daily-20261121",
        "lab-daily-20261122",
        "lab-weekly-2026W47",
      ].sort(),
    );
    // One that only bears its name, one of a hand, and one that has a clone.
    expect(names("Tank-Archive")).toEqual(expect.arrayContaining(["by-hand", "lab-hourly-0", "lab-daily-20261120"]));
    rig.sh(`zfs release keep ${PLANS}@lab-hourly-20261120T1000; zfs destroy Tank-Archive/scratch/c`);
    // What fails does not keep the rest from its turn, and is told.
    rig.sh("echo 'dataset nope true 1 1 1 1' >>/etc/lab-snapshots.conf");
    expect(() => at("2026-11-22 13:05")).toThrow(/there is no dataset nope/);
    expect(names(PLANS)).not.toContain("lab-hourly-20261120T1000");
    expect(names("Tank-Archive")).not.toContain("lab-daily-20261120");
    expect(names(PLANS)).toContain("lab-hourly-20261122T1300");
  });

  it("a dataset is as it was, or what it was stands beside it; what would be lost is said before", async () => {
    const to = (more: object) => ({ zfs_rollback: { name: PLANS, ...more } });
    rig.sh(
      `echo then >${FOLDER}/plan; zfs snapshot ${PLANS}@then; echo now >${FOLDER}/plan; head -c 2M /dev/urandom >${FOLDER}/more; sync`,
    );
    const check = await rig.play([to({ to: "then" })], "--check");
    expect(resultsOf(check)[0]).toMatchObject({
      status: "changed",
      warnings: [expect.stringMatching(/lost is .* 2\.\d MiB/)],
    });
    const beside = await rig.play([to({ to: "latest", into: "Tank-Archive/beside" })]);
    expectExit(beside, 0);
    expect(rig.sh(`cat /Tank-Archive/beside/plan ${FOLDER}/plan`)).toBe("then\nnow\n");
    const back = await rig.play([to({ to: "then" }), to({ to: "then" })]);
    expectExit(back, 0);
    expect(resultsOf(back).map(({ status }) => status)).toEqual(["changed", "ok"]);
    expect(rig.sh(`cat ${FOLDER}/plan; ls ${FOLDER}`)).toBe("then\nplan\n");
    rig.sh(`zfs snapshot ${PLANS}@later`);
    const refused = await rig.play([to({ to: "lab-daily-20261121", destroy_newer: true })]);
    expect(resultsOf(refused)[0]).toMatchObject({
      status: "failed",
      reason: expect.stringContaining("clones hang on later snapshots"),
    });
    rig.sh("zfs destroy Tank-Archive/beside");
    const runs = await rig.play([
      { ...to({ to: "lab-daily-20261121" }), ignore_errors: true },
      to({ to: "lab-daily-20261121", destroy_newer: true }),
    ]);
    expect(resultsOf(runs).map(({ status }) => status)).toEqual(["failed", "changed"]);
    expect(resultsOf(runs)[0]?.reason).toContain(`${PLANS}@later`);
    expect(names(PLANS).at(-1)).toBe("lab-daily-20261121");
  });

  it("a pool that fills up is told", async () => {
    rig.sh("zfs set compression=off VM-SSD; head -c 820M /dev/zero >/VM-SSD/fill; zpool sync VM-SSD");
    const run = await rig.play([{ zpool: { name: "VM-SSD" } }]);
    expect(resultsOf(run)[0]?.warnings?.join()).toMatch(/the pool VM-SSD is 8\d % full/);
  });
});
