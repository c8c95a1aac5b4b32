import { describe, expect, test } from "vitest";
import { isSameDisk, wholeDisk } from "../../../engine/formats/disk-names.ts";
import { diskUse, parseLsblk } from "../../../engine/formats/disk-use.ts";
import { parseZfsGet, parseZfsGetOne } from "../../../engine/formats/zfs-get.ts";
import {
  datasetNameFault,
  datasetsAbove,
  poolNameFault,
  snapshotNameFault,
} from "../../../engine/formats/zfs-names.ts";
import { zfsProperty } from "../../../engine/formats/zfs-properties.ts";
import { parseZfsSize, printZfsSize } from "../../../engine/formats/zfs-size.ts";
import { meansSame, shownZfsValue, wantedZfsValue } from "../../../engine/formats/zfs-value.ts";
import { parsePoolImport } from "../../../engine/formats/zpool-import.ts";
import { parsePoolScan } from "../../../engine/formats/zpool-scan.ts";
import { parsePoolStatus } from "../../../engine/formats/zpool-status.ts";
import { readZfsRecording } from "../../support/recordings.ts";

test.each([
  ["10G", 10_737_418_240],
  ["10g", 10_737_418_240],
  ["10GB", 10_737_418_240],
  ["10GiB", 10_737_418_240],
  ["1.5G", 1_610_612_736],
  ["10.3G", 11_059_540_787],
  ["1000000", 1_000_000],
  ["512B", 512],
  ["0", 0],
  ["10X", null],
  ["10 G", null],
  ["1e9", null],
  ["0x10", null],
  ["-5", null],
  ["", null],
  ["none", null],
  ["16E", null],
])("a size: %s", (text, bytes) => {
  expect(parseZfsSize(text)).toBe(bytes);
});
test.each([
  [0, "0"],
  [1024, "1K"],
  [1_610_612_736, "1536M"],
  [100_007_936, "97664K"],
  [549_755_813_888_000, "500T"],
  [7, "7"],
])("%d bytes are told as %s, exactly", (bytes, text) => {
  expect(printZfsSize(bytes)).toBe(text);
  expect(parseZfsSize(text)).toBe(bytes);
});

describe("answers of zfs get", () => {
  test("a value may hold tabs, and a user's newlines, too", () => {
    const text =
      "type\tfilesystem\t-\nsharenfs\trw\tsec=sys\tlocal\nquota\t0\tdefault\nlab:x\ta\nquota\t5\tlocal\tlocal\n";
    const all = parseZfsGet(text);
    expect(all.get("sharenfs")).toEqual({ value: "rw\tsec=sys", source: "local" });
    expect(all.get("quota")).toEqual({ value: "0", source: "default" });
    expect(parseZfsGetOne("a\nquota\t5\tlocal\tinherited from tank\n")).toEqual({
      value: "a\nquota\t5\tlocal",
      source: "inherited from tank",
    });
    expect(parseZfsGetOne("-\t-\n")).toEqual({ value: "-", source: "-" });
    expect(parseZfsGetOne("")).toBeNull();
  });
});

/** Every `zfs set P=V` of the transcripts that was followed by a look: what was set, and what was read then. */
describe.each([
  ["2.3", "zfs/recordings.md", "sa"],
  ["2.1", "zfs/recordings-2.1.md", "dir"],
] as const)("values of OpenZFS %s as they were recorded", (_, file, xattrOn) => {
  const steps = readZfsRecording(file);
  const pairs = steps.flatMap((step, index) => {
    const [, name, value, dataset] = /^zfs set ([a-z_0-9]+)=(\S+) (tank\/p)$/.exec(step.command) ?? [];
    const next = steps[index + 1];
    if (name === undefined || value === undefined || step.code !== 0) return [];
    if (next?.command !== `zfs get -Hp -o property,value,source ${name} ${dataset}`) return [];
    return [{ name, value: value.replaceAll("'", ""), read: parseZfsGet(next.stdout).get(name) }];
  });
  test("there are many", () => expect(pairs.length).toBeGreaterThan(80));
  test.each(pairs.map((pair) => [`${pair.name}=${pair.value}`, pair] as const))(
    "%s",
    (_pair, { name, value, read }) => {
      // Such a mount hides what was set, and a path with .. is refused here.
      if (read?.source !== "local" || value.includes("..")) return expect(read).toBeDefined();
      const wanted = wantedZfsValue(name, value);
      if (!("set" in wanted)) throw new Error(wanted.error);
      expect(meansSame(name, wanted.set, read.value, xattrOn)).toBe(true);
      // As it is shown it can be declared again, and means the same.
      const shown = wantedZfsValue(name, shownZfsValue(name, read.value));
      expect("set" in shown && meansSame(name, shown.set, read.value, xattrOn)).toBe(true);
    },
  );
});

test("what zfs refused, we refuse before", () => {
  const refused = readZfsRecording("zfs/recordings.md").flatMap(({ command, code }) => {
    const [, name, value] = /^zfs set ([a-z_0-9]+)="?([^" ]*(?: G)?)"? tank\/p$/.exec(command) ?? [];
    return name === undefined || value === undefined || code === 0 ? [] : [{ name, value }];
  });
  expect(refused.length).toBeGreaterThan(60);
  // What hangs on the dataset and its pool is looked at later.
  const later = new Set([
    "quota=512",
    "quota=1K",
    "reservation=10T",
    "refreservation=10T",
    "refreservation=auto",
    "keylocation=prompt",
  ]);
  const accepted = refused.filter(({ name, value }) => {
    const property = zfsProperty(name);
    const wanted = wantedZfsValue(name, value);
    // No limit is 0 to a reader and none to zfs: that is what it gets.
    const sent = "set" in wanted && !(value === "0" && wanted.set === "none");
    return sent && !property?.atCreation && !later.has(`${name}=${value}`);
  });
  expect(accepted.map(({ name, value }) => `${name}=${value}`)).toEqual([]);
});

test.each<[string, (name: string) => string | null, boolean]>([
  ["tank", poolNameFault, true],
  ["Tank-Archive", poolNameFault, true],
  ["VM-SSD", poolNameFault, true],
  ["raidz", poolNameFault, false],
  ["log", poolNameFault, false],
  ["logs", poolNameFault, true],
  ["9p", poolNameFault, false],
  ["tank/a b", datasetNameFault, true],
  ["tank/a ", datasetNameFault, false],
  ["tank/ü", datasetNameFault, false],
  ["s-2026.01.02", snapshotNameFault, true],
  ["a/b", snapshotNameFault, false],
])("the name %s", (name, fault, fine) => {
  expect(fault(name) === null).toBe(fine);
});
test("what is above", () => expect(datasetsAbove("a/b/c")).toEqual(["a", "a/b"]));

describe("the layout of a pool", () => {
  test.each(["zfs/recordings.md", "zfs/recordings-2.1.md"])("as it was recorded in %s", (file) => {
    const all = readZfsRecording(file).filter(
      ({ command, code }) => /^zpool status( -[PLvp]+)?( \w+)?$/.test(command) && code === 0,
    );
    expect(all.length).toBeGreaterThan(15);
    for (const { command, stdout } of all) {
      const pools = parsePoolStatus(stdout);
      // Each line of the table but headers and the pool's own is found again, as a group or as a disk.
      const rows = stdout.split("\n").filter((line) => /^\t {2,}\S/.test(line)).length;
      const found = pools.flatMap((pool) =>
        [pool.vdevs, pool.logs, pool.special, pool.cache, pool.spares, pool.dedup].flat(),
      );
      const groups = found.filter(({ type }) => type !== "disk").length;
      const holders = (stdout.match(/^\t +(replacing|spare)-\d+/gm) ?? []).length;
      const disks = found.flatMap(({ slots }) => slots.flatMap(({ paths }) => paths)).length;
      expect([command, groups + disks + holders]).toEqual([command, rows]);
    }
  });
  test("messages of several lines are one", () => {
    const [pool] = parsePoolStatus(
      "  pool: fm\n state: DEGRADED\nstatus: One or more devices could not be opened.  Sufficient replicas exist for\n\tthe pool to continue functioning in a degraded state.\naction: Attach it.\n  scan: scrub in progress since Sun\n    221M scanned, 0B issued\nconfig:\n\n\tNAME  STATE READ WRITE CKSUM\n\tfm  DEGRADED 0 0 0\n\t  mirror-0  DEGRADED 0 0 0\n\t    /v/f1  ONLINE 0 0 0\n\t    9408773088079139353  UNAVAIL 0 0 0  was /v/f2\n\nerrors: 3 data errors, use '-v' for a list\n",
    );
    expect(pool).toMatchObject({
      state: "DEGRADED",
      action: "Attach it.",
      errors: "3 data errors, use '-v' for a list",
    });
    expect(pool?.trouble).toMatch(/exist for the pool to continue/);
    expect(pool?.scan).toBe("scrub in progress since Sun 221M scanned, 0B issued");
    expect(pool?.vdevs[0]?.slots.map(({ paths }) => paths)).toEqual([["/v/f1"], ["/v/f2"]]);
  });
  test("what could be imported", () => {
    const step = readZfsRecording("zfs/recordings.md").find(
      ({ command, stdout }) => command === "zpool import" && stdout !== "",
    );
    expect(parsePoolImport(step?.stdout ?? "")).toMatchObject([
      {
        name: "tank",
        id: expect.stringMatching(/^\d+$/),
        state: "ONLINE",
        parts: expect.arrayContaining(["virtio-LABDISK1", "/v/f7"]),
      },
    ]);
  });
  test.each([
    [null, "none"],
    ["none requested", "none"],
    ["scrub in progress since x", "scrubbing"],
    ["scrub paused since x", "paused"],
    ["resilver in progress since x", "resilvering"],
    ["scrub canceled on x", "done"],
    ["resilvered 160K in 00:00:00 with 0 errors on x", "done"],
  ])("scan: %s", (text, kind) => {
    expect(parsePoolScan(text).kind).toBe(kind);
  });
});

describe("disks", () => {
  test.each([
    ["/dev/disk/by-id/ata-X-part1", "/dev/disk/by-id/ata-X"],
    ["/dev/disk/by-id/ata-X-part3", "/dev/disk/by-id/ata-X-part3"],
    ["/dev/sdb1", "/dev/sdb"],
    ["/dev/vda1", "/dev/vda"],
    ["/dev/nvme0n1p1", "/dev/nvme0n1"],
    ["/dev/nvme0n1", "/dev/nvme0n1"],
    ["/dev/sdb11", "/dev/sdb11"],
    ["/v/f1", "/v/f1"],
  ])("%s is on %s", (path, whole) => expect(wholeDisk(path)).toBe(whole));
  test("are the same behind their links", () => {
    const real = (path: string) =>
      ({ "/dev/disk/by-id/a": "/dev/sda", "/dev/disk/by-path/p-part1": "/dev/sda1" })[path] ?? path;
    expect(isSameDisk("/dev/disk/by-path/p-part1", "/dev/disk/by-id/a", real)).toBe(true);
    expect(isSameDisk("/dev/sda1", "/dev/disk/by-id/a", real)).toBe(true);
    expect(isSameDisk("/dev/sda2", "/dev/disk/by-id/a", real)).toBe(false);
    expect(isSameDisk("/dev/disk/by-id/a-part3", "/dev/disk/by-id/a-part3", real)).toBe(true);
  });
  test("an answer of lsblk that is none is no blank disk", () => {
    expect(parseLsblk("lsblk: not a block device")).toEqual([]);
    expect(parseLsblk('{"blockdevices": [{"name": "sda", "mountpoint": "/", "fstype": ""}]}')).toMatchObject([
      { path: "sda", mountpoints: ["/"], fstype: null },
    ]);
    const [device] = parseLsblk('{"blockdevices": [{"path": "/dev/sda", "mountpoints": [null]}]}');
    expect(device && diskUse(device, { code: 2, stdout: "" })).toBeNull();
    expect(device && diskUse(device, { code: 127, stdout: "" })).toContain("blkid cannot tell");
  });
});
