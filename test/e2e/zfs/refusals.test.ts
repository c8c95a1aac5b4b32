import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { diskUse, LSBLK_COLUMNS, parseLsblk } from "../../../engine/formats/disk-use.ts";
import { parseZfsGet } from "../../../engine/formats/zfs-get.ts";
import { parsePoolImport } from "../../../engine/formats/zpool-import.ts";
import { parsePoolStatus } from "../../../engine/formats/zpool-status.ts";
import { resultsOf } from "../../support/e2e-events.ts";
import { zfsDesignLab } from "../../support/zfs-design-lab.ts";
import { disk, openZfsRig, type ZfsRig, zfsVm } from "../../support/zfs-rig.ts";
import { run } from "../../unit/sim/lab-host.ts";

/** The same on the virtual machine and on the embedded lab. */
const START = [
  `zpool create -o ashift=12 -O compression=lz4 tank mirror ${disk(1)} ${disk(2)}`,
  "zfs create -o quota=100M -o lab:owner=me tank/a",
  "zfs create tank/a/b",
  "zfs snapshot tank/a@s",
  "zfs clone tank/a@s tank/c",
  "zfs create -o mountpoint=none tank/h",
  "zfs snapshot tank/h@kept",
  "zfs hold keep tank/h@kept",
  "zfs create -V 64M tank/v",
  "zfs create -o casesensitivity=insensitive -o xattr=sa -o acltype=posixacl tank/i",
  // A new mountpoint mounts what was unmounted; canmount does not.
  "zfs create -o mountpoint=/srv/u tank/u",
  "zfs unmount tank/u",
  "zfs set mountpoint=/srv/w tank/u",
  "zfs create -o canmount=off tank/w",
  "zfs set canmount=on tank/w",
  `zpool create gone ${disk(4)}`,
  "zpool export gone",
];
const EXT4 = "mkfs.ext4 -q -F";

const pool = (disks: readonly number[], more: object = {}) => ({
  zpool: { name: "new", vdevs: [{ type: "stripe", disks: disks.map(disk) }], allow_create: true, ...more },
});
const REFUSED: readonly (readonly [object, RegExp])[] = [
  [pool([3]), /not all disks are blank: .*LABDISK3: it holds ext4/],
  [pool([6]), /LABDISK6: it has (partitions|a partition table)/],
  [pool([1]), /LABDISK1: it is part of a ZFS pool/],
  [pool([4]), /disks of new belong to the pool gone/],
  [pool([4], { force: true }), /disks of new belong to the pool gone/],
  [pool([99]), /there is no .*LABDISK99/],
  [pool([5], { allow_create: false }), /there is no pool new/],
  [pool([5], { mountpoint: "/etc" }), /\/etc, where new would be mounted, is not empty/],
  [
    {
      zpool: {
        name: "new",
        allow_create: true,
        vdevs: [
          { type: "mirror", disks: [disk(5), disk(7)] },
          { type: "stripe", disks: [disk(8)] },
        ],
      },
    },
    /mismatched replication level/,
  ],
  [{ zpool: { name: "gone" } }, /the pool gone is there but not imported/],
  [
    { zpool: { name: "gone", import: true, vdevs: [{ type: "stripe", disks: [disk(5)] }] } },
    /is on none of these disks/,
  ],
  [
    { zpool: { name: "tank", vdevs: [{ type: "raidz1", disks: [disk(1), disk(2)] }] } },
    /another layout\. vdevs: it has mirror .*lacks raidz1/,
  ],
  [{ zpool: { name: "tank", vdevs: [{ type: "mirror", disks: [disk(1), disk(5)] }] } }, /another layout/],
  [{ zpool: { name: "tank", ashift: 9 } }, /has ashift 12, not 9/],
  [{ zpool_replace: { pool: "tank", old: disk(2), new: disk(3) } }, /LABDISK3 is not blank: it holds ext4/],
  [{ zpool_replace: { pool: "tank", old: disk(7), new: disk(5) } }, /neither .* is in the pool tank/],
  [
    { zfs: { name: "tank/a", state: "absent" } },
    /with tank\/a would go its children: tank\/a\/b; snapshots: tank\/a@s; clones: tank\/c/,
  ],
  [{ zfs: { name: "tank/a", state: "absent", destroy: ["children", "snapshots"] } }, /clones: tank\/c/],
  [{ zfs: { name: "tank/h", state: "absent", destroy: ["snapshots"] } }, /snapshots of tank\/h are held: tank\/h@kept/],
  [{ zfs: { name: "tank/v", size: "32M" } }, /would cut off/],
  [{ zfs: { name: "tank/v", type: "filesystem" } }, /is a volume/],
  [{ zfs: { name: "tank/a", size: "1G" } }, /is a filesystem/],
  [{ zfs: { name: "tank/a", properties: { casesensitivity: "insensitive" } } }, /casesensitivity is sensitive/],
  [{ zfs: { name: "tank/a", properties: { encryption: true, keyformat: "passphrase" } } }, /encryption is off/],
  [{ zfs: { name: "tank/a", properties: { quota: "10K" } } }, /quota 10K is less/],
  [{ zfs: { name: "tank/a", properties: { mountpoint: "/etc" } } }, /\/etc is not empty/],
  [{ zfs: { name: "tank/x/y" } }, /the dataset tank\/x does not exist/],
  [{ zfs: { name: "nopool/x" } }, /there is no pool nopool/],
  [{ zfs: { name: "tank/v/x" } }, /tank\/v is a volume/],
  [{ zfs_snapshot: { name: "tank/a@s", state: "absent" } }, /clones hang on tank\/a@s: tank\/c/],
  [{ zfs_snapshot: { name: "tank/h@kept", state: "absent" } }, /held: tank\/h@kept \(keep\)/],
  [{ zfs_snapshot: "tank/nope@s" }, /the dataset tank\/nope does not exist/],
];

describe.skipIf(zfsVm().kind === "missing")("on real OpenZFS", () => {
  let rig: ZfsRig;
  beforeAll(async () => {
    rig = await openZfsRig();
    rig.blank();
    rig.sh(
      [...START, `${EXT4} ${disk(3)}`, `echo 'label: gpt\n,64M' | sfdisk -q ${disk(6)}`, "udevadm settle"].join("\n"),
    );
  });
  afterAll(() => rig?.stop());

  /** All that there is: pools, datasets with their properties, and the first MiB of every disk. */
  const world = () =>
    rig.sh(`zpool list -H -o name,health; zfs list -H -t all -o name,volsize,mounted,mountpoint,quota,userrefs
for n in 1 2 3 4 5 6 7 8; do echo $n; [ $n -le 2 ] || head -c 1M /dev/disk/by-id/virtio-LABDISK$n | sha256sum; done`);

  it("what must not be is refused with its reason, by a check and by a run, and nothing changes", async () => {
    const tasks = REFUSED.map(([task]) => ({ ...task, ignore_errors: true }));
    const before = world();
    for (const options of [["--check"], []]) {
      const results = resultsOf(await rig.play(tasks, ...options));
      expect(results.map(({ status }) => status)).toEqual(tasks.map(() => "failed"));
      for (const [index, [task, why]] of REFUSED.entries())
        expect(results[index]?.reason, JSON.stringify(task)).toMatch(why);
    }
    expect(world()).toBe(before);
  });

  it("looks alike on the embedded lab: the same commands lead to the same answers", () => {
    const host = zfsDesignLab().host("h1");
    if (host.zfs) host.zfs = { ...host.zfs, version: rig.sh("cat /sys/module/zfs/version").trim() };
    for (const line of START) expect([line, run(host, line)]).toEqual([line, { code: 0, stdout: "", stderr: "" }]);
    // In one go: entering the guest takes longer than any of the looks.
    const script = LOOKS.map(
      ([line]) => `{ ${line}; } 2>/dev/null && code=0 || code=$?; echo "code $code"; printf '\\0'`,
    );
    const answers = rig.sh(script.join("\n")).split("\0");
    const real = LOOKS.map(([line, view], index) => {
      const said = answers[index] ?? "";
      const cut = said.lastIndexOf("code ");
      return [line, Number(said.slice(cut + 5)), view(said.slice(0, cut))];
    });
    const lab = LOOKS.map(([line, view]) => {
      const { code, stdout } = run(host, line);
      return [line, code, view(stdout)];
    });
    expect(lab).toEqual(real);
  });

  it("what would go is named, and then goes", async () => {
    const gone = { zfs: { name: "tank/a", state: "absent", destroy: ["children", "snapshots", "clones"] } };
    const [result] = resultsOf(await rig.play([gone]));
    expect(result).toMatchObject({ status: "changed", before: { children: ["tank/a/b"], clones: ["tank/c"] } });
    expect(resultsOf(await rig.play([gone]))[0]?.status).toBe("ok");
    expect(rig.sh("zfs list -H -o name").trim().split("\n")).toEqual([
      "tank",
      "tank/h",
      "tank/i",
      "tank/u",
      "tank/v",
      "tank/w",
    ]);
  });

  it("a disk that is not blank is taken when that is forced", async () => {
    const run = await rig.play([pool([3], { force: true })]);
    expect(resultsOf(run)[0]).toMatchObject({ status: "changed" });
    expect(resultsOf(await rig.play([pool([3])]))[0]).toMatchObject({ status: "ok" });
  });

  it("an encrypted dataset is made, locked by a hand, and opened again; its key is nowhere", async () => {
    const key = "correct horse battery";
    const task = {
      zfs: { name: "tank/e", key, properties: { encryption: true, keyformat: "passphrase", mountpoint: "/srv/e" } },
    };
    const made = await rig.play([task]);
    expect(resultsOf(made)[0]).toMatchObject({ status: "changed" });
    rig.sh("zfs unmount tank/e; zfs unload-key tank/e");
    const opened = await rig.play([task]);
    expect(resultsOf(opened)[0]).toMatchObject({ status: "changed", before: { key: "not loaded", mounted: false } });
    expect(resultsOf(await rig.play([task]))[0]).toMatchObject({ status: "ok" });
    expect(rig.sh("zfs get -H -o value keystatus,mounted tank/e").trim().split("\n").sort()).toEqual([
      "available",
      "yes",
    ]);
    for (const each of [made, opened]) expect(each.stdout + each.stderr).not.toContain(key);
  });
});

/** Figures and numbers that no two pools have alike. */
const OWN =
  /^(used|available|referenced|guid|creation|createtxg|objsetid|written|logical|usedby|compressratio|refcompress|snapshots_changed)/;
const properties = (text: string) => [...parseZfsGet(text)].filter(([name]) => !OWN.test(name)).sort();
const poolProperties = (text: string) =>
  [...parseZfsGet(text)]
    .filter(([name]) =>
      /^(ashift|auto|health|altroot|comment|delegation|failmode|listsnapshots|multihost|readonly)/.test(name),
    )
    .sort();
const same = (text: string) => text.split("\n").sort();
const all = (name: string) => `zfs get -Hp -o property,value,source all ${name}`;
const LOOKS: readonly (readonly [string, (text: string) => unknown])[] = [
  ...["tank", "tank/a", "tank/a/b", "tank/c", "tank/h", "tank/v", "tank/i", "tank/u", "tank/w", "tank/nope"].map(
    (name) => [all(name), properties] as const,
  ),
  ["zfs get -Hp -o value,source lab:owner tank/a/b", same],
  ["zfs get -Hp -o value,source userquota@root tank/a", same],
  ["zfs list -Hp -o name,type,mountpoint tank tank/x", same],
  ["zfs destroy -n -v -p -R tank/a", same],
  ["zfs list -Hp -r -t snapshot -o name,userrefs tank/h", same],
  ["zfs list -Hp -r -t filesystem,volume,snapshot -o name,userrefs,clones tank", same],
  ["zfs list -Hp -d 1 -t filesystem,volume,snapshot -o name,userrefs,clones tank/a", same],
  ["zpool status -P tank", parsePoolStatus],
  ["zpool status -P nope", parsePoolStatus],
  ["zpool get -Hp -o property,value,source all tank", poolProperties],
  ["zpool get -Hp -o value altroot tank", same],
  ["zpool import", (text) => parsePoolImport(text).map((each) => ({ ...each, id: "" }))],
  [`zpool create -n new ${disk(5)}`, (text) => text.length > 0],
  [`zpool create -n new mirror ${disk(5)} ${disk(7)} ${disk(8)}`, (text) => text.length > 0],
  ...[1, 4, 5].map((number) => {
    const view = (text: string) =>
      parseLsblk(text).map((device) => [device.path, diskUse(device, { code: 2, stdout: "" })]);
    return [`lsblk -J -b -o ${LSBLK_COLUMNS} ${disk(number)}`, view] as const;
  }),
  ...[1, 5].map(
    (number) => [`blkid -p -o export ${disk(number)}`, (text: string) => /PTTYPE=\w+/.exec(text)?.[0]] as const,
  ),
  [`readlink -f ${disk(1)}`, same],
];
