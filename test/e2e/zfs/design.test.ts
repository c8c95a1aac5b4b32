import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { expectExit, expectForetold, recapOf, resultsOf } from "../../support/e2e-events.ts";
import type { PlayRun } from "../../support/e2e-rig.ts";
import { disk, openZfsRig, type ZfsRig, zfsVm } from "../../support/zfs-rig.ts";

/** An archive on three disks and a fast pool on two, with the datasets of a family's lab. */
const root = { compression: "lz4", atime: false, xattr: "sa", acltype: "posixacl" };
const tasks = [
  {
    zpool: {
      name: "Tank-Archive",
      vdevs: [{ type: "raidz1", disks: [disk(1), disk(2), disk(3)] }],
      ashift: 12,
      filesystem: root,
      allow_create: true,
    },
  },
  {
    zpool: {
      name: "VM-SSD",
      vdevs: [{ type: "mirror", disks: [disk(4), disk(5)] }],
      properties: { autotrim: true },
      filesystem: { compression: "lz4", atime: false },
      mountpoint: "none",
      allow_create: true,
    },
  },
  { zfs: { name: "Tank-Archive", properties: root } },
  {
    zfs: {
      name: "Tank-Archive/Family_Archive",
      properties: { quota: "500M", recordsize: "1M", compression: "zstd", "lab:owner": "family" },
    },
  },
  {
    zfs: {
      name: "Tank-Archive/Personal_Backups/alice",
      parents: true,
      properties: { refquota: "100M", mountpoint: "/srv/backups/alice", snapdir: "visible", "userquota@root": "50M" },
    },
  },
  {
    zfs: { name: "Tank-Archive/Media", properties: { recordsize: "1M", atime: false, dnodesize: "auto", exec: false } },
  },
  { zfs: { name: "VM-SSD/vm-900-disk-0", size: "100000001", properties: { volblocksize: "16K" } } },
  { zfs: { name: "VM-SSD/vm-901-disk-0", size: "128M", sparse: true, properties: { "lab:guest": 901 } } },
  {
    zfs_snapshot: { name: "Tank-Archive@first", recursive: true, properties: { "lab:why": "a test" }, holds: ["keep"] },
  },
];

describe.skipIf(zfsVm().kind === "missing")("the design of a lab, on real OpenZFS", () => {
  let rig: ZfsRig;
  beforeAll(async () => {
    rig = await openZfsRig();
    rig.blank();
  });
  afterAll(() => rig?.stop());

  it("comes about from blank disks in one run, and a second one changes nothing", async () => {
    const check = await rig.play(tasks, "--check", "--diff");
    expect(rig.sh("zpool list -H -o name")).toBe("");
    const first = resultsOf(check)[0];
    expect(first).toMatchObject({ status: "changed", certainty: "certain" });
    const run = await rig.play(tasks);
    expectExit(run, 0);
    expectForetold(check, run);
    expect(recapOf(run).changed).toBe(tasks.length - 1);
    await expectConverged();
    expect(rig.sh("zpool list -H -o name,health,ashift; zpool get -H -o value autotrim VM-SSD")).toBe(
      "Tank-Archive\tONLINE\t12\nVM-SSD\tONLINE\t12\non\n",
    );
    expect(
      rig.sh("zfs get -Hp -o value compression,atime,quota,recordsize,mounted Tank-Archive/Family_Archive").split("\n"),
    ).toEqual(["zstd", "off", "524288000", "1048576", "yes", ""]);
    expect(rig.sh("zfs get -Hp -o value volsize VM-SSD/vm-900-disk-0; zfs list -H -t snapshot -o name | wc -l")).toBe(
      "100007936\n5\n",
    );
  });

  it("says in a check what the run then does, once all is there", async () => {
    rig.sh("zfs set compression=off atime=on Tank-Archive/Family_Archive; zfs destroy VM-SSD/vm-901-disk-0");
    const check = await rig.play(tasks, "--check", "--diff");
    const run = await rig.play(tasks);
    expectExit(run, 0);
    // A pending `zfs` says what it touches, so what other datasets show stays certain.
    const counts = expectForetold(check, run);
    expect(counts.deferred).toBe(0);
    expect(counts.certain).toBeGreaterThanOrEqual(tasks.length - 3);
    expect(recapOf(run).changed).toBe(2);
    await expectConverged();
  });

  const family = "Tank-Archive/Family_Archive";
  const alice = "Tank-Archive/Personal_Backups/alice";
  it.each([
    ["compression", `zfs set compression=off ${family}`, [`compression=zstd ${family}`]],
    ["a quota", `zfs set quota=1G ${family}`, [`quota=500M ${family}`]],
    ["a quota that is gone", `zfs set quota=none ${family}`, [`quota=500M ${family}`]],
    ["recordsize, inherited", `zfs inherit recordsize ${family}`, [`recordsize=1M ${family}`]],
    ["a user property", `zfs set lab:owner="some${"\n"}one	else" ${family}`, [`lab:owner=family ${family}`]],
    ["one of a user property that is gone", `zfs inherit lab:owner ${family}`, [`lab:owner=family ${family}`]],
    [
      "atime and acltype of the root",
      "zfs set atime=on acltype=off Tank-Archive",
      ["atime=off acltype=posixacl Tank-Archive"],
    ],
    ["xattr of the root", "zfs set xattr=dir Tank-Archive", ["xattr=sa Tank-Archive"]],
    ["a user's quota", `zfs set userquota@root=none ${alice}`, [`userquota@root=50M ${alice}`]],
    ["a mountpoint", `zfs set mountpoint=/srv/elsewhere ${alice}`, [`mountpoint=/srv/backups/alice ${alice}`]],
    ["a mountpoint that is none", `zfs set mountpoint=none ${alice}`, [`mountpoint=/srv/backups/alice ${alice}`]],
    ["one that was unmounted", `zfs unmount ${alice}`, [`zfs mount ${alice}`]],
    [
      "snapdir and exec",
      `zfs set snapdir=hidden ${alice}; zfs set exec=on Tank-Archive/Media`,
      [`snapdir=visible ${alice}`, "exec=off Tank-Archive/Media"],
    ],
    ["autotrim of the pool", "zpool set autotrim=off VM-SSD", ["zpool set autotrim=on VM-SSD"]],
    ["a hold that was released", "zfs release keep Tank-Archive@first", ["zfs hold keep Tank-Archive@first"]],
    ["the snapshot of one dataset", `zfs destroy ${family}@first`, [`${family}@first`]],
  ])("drift by hand is repaired, and nothing else: %s", async (_, drift, sent) => {
    rig.sh(drift);
    const run = await rig.play(tasks);
    expectExit(run, 0);
    const commands = stepsOf(run);
    expect(commands).toHaveLength(sent.length);
    for (const [index, words] of sent.entries()) expect(commands[index]).toContain(words);
    await expectConverged();
  });

  async function expectConverged(): Promise<void> {
    const again = await rig.play(tasks);
    expectExit(again, 0);
    expect(resultsOf(again).map(({ status }) => status)).toEqual(tasks.map(() => "ok"));
  }
});

function stepsOf(run: PlayRun): readonly string[] {
  return resultsOf(run).flatMap(({ steps }) => steps ?? []);
}
