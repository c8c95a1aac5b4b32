import { describe, expect, test } from "vitest";
import { zpool } from "../../../modules/zpool/index.ts";
import { zpoolReplace } from "../../../modules/zpool-replace.ts";
import { zpoolScrub } from "../../../modules/zpool-scrub.ts";
import {
  type Answers,
  actOf,
  changeOf,
  commandsOf,
  exec,
  looksOf,
  plain,
  planOf,
  problemsOf,
  resultOf,
  stat,
} from "../../support/plan-module.ts";

const A = "/dev/disk/by-id/ata-A";
const B = "/dev/disk/by-id/ata-B";
const C = "/dev/disk/by-id/ata-C";
const D = "/dev/disk/by-id/ata-D";
const status = (rows: string, head = " state: ONLINE\n", foot = "errors: No known data errors\n") =>
  exec(`  pool: tank\n${head}config:\n\n\tNAME  STATE     READ WRITE CKSUM\n${rows}\n${foot}`);
const row = (depth: number, name: string, state = "ONLINE     0     0     0") =>
  `\t${"  ".repeat(depth)}${name}  ${state}\n`;
const MIRROR = row(0, "tank") + row(1, "mirror-0") + row(2, `${A}-part1`) + row(2, `${B}-part1`);
const get = exec(
  "ashift\t12\tlocal\nautotrim\toff\tdefault\ncomment\t-\tdefault\nfeature@zstd_compress\tactive\tlocal\nfree\t5\t-\n",
);
const is = (rows = MIRROR, more: object = {}) => ({ status: status(rows), get, ...more });
const mirror = { name: "tank", vdevs: [{ type: "mirror", disks: [A, B] }] };

describe("a pool that is there", () => {
  test.each<[string, object, Answers, readonly string[]]>([
    ["as declared", mirror, is(), []],
    ["its disks in another order", { ...mirror, vdevs: [{ type: "mirror", disks: [B, A] }] }, is(), []],
    ["nothing said of its layout", { name: "tank" }, is(), []],
    [
      "a property that differs",
      { ...mirror, properties: { autotrim: true, comment: "hot" } },
      is(),
      ["zpool set autotrim=on tank", "zpool set comment=hot tank"],
    ],
    [
      "properties as they are",
      { ...mirror, properties: { autotrim: false, comment: "", "feature@zstd_compress": "enabled" } },
      is(),
      [],
    ],
    ["its ashift", { ...mirror, ashift: 12 }, is(), []],
  ])("%s", (_, raw, seen, commands) => {
    expect(commandsOf(changeOf(zpool, raw, seen).steps)).toEqual(commands);
  });

  test("disks are compared by what they are, not by their names", () => {
    const seen = is(row(0, "tank") + row(1, "mirror-3") + row(2, "/dev/sda1") + row(2, "/dev/disk/by-path/x-part1"));
    const links = {
      [`link ${A}`]: exec("/dev/sda\n"),
      [`link ${B}`]: exec("/dev/sdb\n"),
      "link /dev/sda1": exec("/dev/sda1\n"),
      "link /dev/disk/by-path/x-part1": exec("/dev/sdb1\n"),
    };
    expect(changeOf(zpool, mirror, { ...seen, ...links }).steps).toEqual([]);
    expect(Object.keys(looksOf(zpool, mirror, is())).filter((name) => name.startsWith("link"))).toEqual([]);
    expect(planOf(zpool, mirror, { ...seen, ...links, [`link ${B}`]: exec("/dev/sdc\n") })).toMatchObject({
      kind: "refuse",
    });
  });

  test("every class has its place", () => {
    const rows = `${MIRROR}\tspecial\t\n${row(1, "mirror-1")}${row(2, `${C}-part1`)}${row(2, `${D}-part1`)}\tlogs\t\n${row(1, "/dev/nvme0n1p1")}\tcache\n${row(1, "/dev/nvme1n1p1")}\tspares\n${row(1, "/dev/sdz1", "AVAIL")}`;
    const raw = {
      ...mirror,
      special: [{ type: "mirror", disks: [C, D] }],
      logs: [{ type: "stripe", disks: ["/dev/nvme0n1"] }],
      cache: ["/dev/nvme1n1"],
      spares: ["/dev/sdz"],
    };
    expect(changeOf(zpool, raw, is(rows)).before).toMatchObject({
      special: [`mirror ${C} ${D}`],
      logs: ["/dev/nvme0n1"],
      spares: ["/dev/sdz"],
    });
    expect(planOf(zpool, { ...mirror, cache: [] }, is(rows))).toMatchObject({
      why: expect.stringContaining("cache: it has /dev/nvme1n1"),
    });
  });

  test("a disk that is being replaced, or is gone, keeps its place", () => {
    const gone =
      row(0, "tank", "DEGRADED 0 0 0") +
      row(1, "mirror-0", "DEGRADED 0 0 0") +
      row(2, `${A}-part1`) +
      row(2, "940877308", `UNAVAIL 0 0 0  was ${B}-part1`);
    const plan = changeOf(zpool, mirror, {
      status: status(gone, " state: DEGRADED\nstatus: One is missing.\n\tIt is bad.\naction: Replace it.\n"),
      get,
    });
    expect(plan.steps).toEqual([]);
    expect(plan.warnings).toEqual(["the pool tank is DEGRADED: One is missing. It is bad. Replace it."]);
    const replacing =
      row(0, "tank") +
      row(1, "mirror-0") +
      row(2, `${A}-part1`) +
      row(2, "replacing-1") +
      row(3, `${B}-part1`) +
      row(3, `${C}-part1`);
    expect(changeOf(zpool, mirror, is(replacing)).steps).toEqual([]);
    expect(changeOf(zpool, { name: "tank", vdevs: [{ type: "mirror", disks: [A, C] }] }, is(replacing)).steps).toEqual(
      [],
    );
  });

  test.each<[string, object, Answers, RegExp]>([
    [
      "another kind of group",
      { name: "tank", vdevs: [{ type: "raidz1", disks: [A, B] }] },
      is(),
      /vdevs: it has mirror .*, and lacks raidz1/,
    ],
    [
      "more disks",
      { name: "tank", vdevs: [{ type: "mirror", disks: [A, B, C] }] },
      is(MIRROR, { [`link ${C}`]: exec(C) }),
      /another layout/,
    ],
    ["no redundancy", { name: "tank", vdevs: [{ type: "stripe", disks: [A, B] }] }, is(), /lacks .*ata-A and .*ata-B/],
    ["another ashift", { ...mirror, ashift: 9 }, is(), /has ashift 12, not 9/],
    ["suspended", { name: "tank" }, { status: status(MIRROR, " state: SUSPENDED\n"), get }, /is suspended/],
    [
      "degraded, where that is not well",
      { name: "tank", fail_on: "degraded" },
      { status: status(MIRROR, " state: DEGRADED\n"), get },
      /tank is DEGRADED/,
    ],
    ["no zpool", { name: "tank" }, { status: exec("", 127), get }, /no zpool command/],
    [
      "no module",
      { name: "tank" },
      { status: exec("", 1, "The ZFS modules cannot be auto-loaded."), get },
      /kernel has no ZFS/,
    ],
  ])("refuses %s", (_, raw, seen, why) => {
    expect(planOf(zpool, raw, seen)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });

  test("what zpool complains of is passed on", () => {
    const seen = {
      status: status(MIRROR, " state: ONLINE\nstatus: Some features are not enabled.\n", "errors: 3 data errors\n"),
      get,
    };
    expect(changeOf(zpool, { name: "tank" }, seen).warnings).toHaveLength(2);
  });
  test("the result has its health", () => {
    expect(resultOf(zpool, { name: "tank" }, is(), new Date(0))).toMatchObject({
      health: "ONLINE",
      exists: true,
      free: 5,
      errors: null,
    });
  });
});

describe("a pool that is not there", () => {
  const names = { [A]: "sda", [B]: "sdb" } as const;
  const device = (name: string, more: object = {}) => ({
    name,
    path: `/dev/${name}`,
    type: "disk",
    fstype: null,
    pttype: null,
    mountpoints: [null],
    size: 1,
    ...more,
  });
  const seen = (
    more: {
      readonly sda?: object;
      readonly scan?: string;
      readonly blkid?: object;
      readonly root?: readonly string[];
      readonly dry?: object;
    } = {},
  ) => ({
    status: exec("", 1, "cannot open 'tank': no such pool\n"),
    get: exec("", 1),
    scan: exec(more.scan ?? "", 0, "no pools available to import\n"),
    root: more.root ?? null,
    dry: more.dry ?? exec(""),
    lsblk: exec(JSON.stringify({ blockdevices: [device("sda", more.sda), device("sdb")] })),
    ...Object.fromEntries(
      Object.entries(names).flatMap(([path, name]) => [
        [`link ${path}`, exec(`/dev/${name}\n`)],
        [`disk ${path}`, stat({ type: "block" })],
        [`blkid ${path}`, path === A && more.blkid !== undefined ? more.blkid : exec("", 2)],
      ]),
    ),
  });
  const wanted = { ...mirror, allow_create: true };
  const offer = (disks: string, more = "") =>
    `   pool: tank\n     id: 77\n  state: ONLINE\n${more} action: The pool can be imported using its name or numeric identifier.\n config:\n\n\ttank  ONLINE\n\t  mirror-0  ONLINE\n${disks}`;

  test("is made on blank disks", () => {
    const raw = {
      ...wanted,
      properties: { autotrim: true },
      filesystem: { compression: "zstd", atime: false },
      logs: [],
    };
    const plan = changeOf(zpool, raw, seen());
    expect(plan.before).toEqual({ state: "absent", vdevs: null, logs: null, autotrim: null });
    expect(plan.after).toEqual({ state: "present", vdevs: [`mirror ${A} ${B}`], logs: [], autotrim: "on" });
    expect(plan.steps.map(plain)).toEqual([
      {
        kind: "exec",
        argv: [
          "zpool",
          "create",
          "-o",
          "ashift=12",
          "-o",
          "autotrim=on",
          "-O",
          "compression=zstd",
          "-O",
          "atime=off",
          "tank",
          "mirror",
          A,
          B,
        ],
        limitMs: 600_000,
        touches: ["zpool:tank", "zfs:tank", "/dev", "/proc", "/etc/zfs", "/tank"],
      },
    ]);
    // The rehearsal is the same with -n.
    const { dry } = looksOf(zpool, raw, seen());
    expect(dry?.kind === "exec" && dry.argv.slice(0, 3)).toEqual(["zpool", "create", "-n"]);
  });
  test("lone disks go before groups, other classes behind their word", () => {
    const raw = {
      name: "tank",
      allow_create: true,
      vdevs: [{ type: "stripe", disks: [A] }],
      special: [{ type: "stripe", disks: [B] }],
      mountpoint: "none",
      ashift: 13,
    };
    expect(commandsOf(changeOf(zpool, raw, seen()).steps)).toEqual([
      `zpool create -o ashift=13 -m none tank ${A} special ${B}`,
    ]);
  });
  test.each<[string, object, Answers, RegExp]>([
    ["unasked", mirror, seen(), /there is no pool tank on the host/],
    ["on a file system", wanted, seen({ blkid: exec("TYPE=ntfs\n") }), /ata-A: it holds ntfs data/],
    ["on what udev alone knows", wanted, seen({ sda: { fstype: "ext4" } }), /it holds ext4/],
    ["on partitions", wanted, seen({ sda: { children: [device("sda1")] } }), /has partitions: \/dev\/sda1/],
    ["on a partition table", wanted, seen({ blkid: exec("PTTYPE=gpt\n") }), /partition table \(gpt\)/],
    [
      "on another pool's disk",
      wanted,
      seen({ sda: { children: [device("sda1", { fstype: "zfs_member" })] } }),
      /part of a ZFS pool/,
    ],
    ["on what blkid cannot tell", wanted, seen({ blkid: exec("", 8) }), /blkid cannot tell/],
    [
      "on a mounted one, whatever is forced",
      { ...wanted, force: true },
      seen({ sda: { mountpoints: ["/"] } }),
      /it is mounted at \//,
    ],
    ["on one that is not there", wanted, { ...seen(), [`disk ${A}`]: null }, /there is no .*ata-A/],
    ["on no disk", wanted, { ...seen(), [`disk ${A}`]: stat({ type: "char" }) }, /is no disk/],
    ["on one disk under two names", wanted, { ...seen(), [`link ${B}`]: exec("/dev/sda\n") }, /are one disk/],
    ["over files", wanted, seen({ root: ["photos"] }), /\/tank, where tank would be mounted, is not empty/],
    [
      "as zpool would not",
      wanted,
      seen({
        dry: exec(
          "",
          1,
          "invalid vdev specification\nuse '-f' to override the following errors:\nmismatched replication level\n",
        ),
      }),
      /mismatched replication level/,
    ],
    [
      "where it could be imported",
      wanted,
      seen({ scan: offer("\t    ata-A  ONLINE\n\t    ata-B  ONLINE\n") }),
      /is there but not imported \(id 77, ONLINE\)/,
    ],
    [
      "over another's disks, whatever is forced",
      { ...wanted, force: true },
      seen({ scan: offer("\t    sdb  ONLINE\n").replaceAll("tank", "old") }),
      /belong to the pool old/,
    ],
    [
      "importing one of that name elsewhere",
      { ...wanted, import: true },
      seen({ scan: offer("\t    ata-X  ONLINE\n") }),
      /on none of these disks/,
    ],
    [
      "importing one of two",
      { ...wanted, import: true },
      seen({ scan: offer("\t ata-A\n") + offer("\t ata-A\n").replace("77", "78") }),
      /2 pools called tank/,
    ],
    [
      "importing another system's",
      { ...wanted, import: true },
      seen({ scan: offer("\t ata-A\n", " status: The pool was last accessed by another system.\n") }),
      /last used by another system/,
    ],
    [
      "importing a broken one",
      { ...wanted, import: true },
      seen({
        scan: offer("\t ata-A\n").replace(
          "can be imported using its name",
          "cannot be imported. Attach the missing devices",
        ),
      }),
      /cannot be imported/,
    ],
  ])("is not made %s", (_, raw, answers, why) => {
    expect(planOf(zpool, raw, answers)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
  test("what is on a disk is overwritten when that is forced", () => {
    const [command] = commandsOf(
      changeOf(zpool, { ...wanted, force: true }, seen({ blkid: exec("TYPE=ntfs\n") })).steps,
    );
    expect(command).toContain("zpool create -f -o");
  });
  test("is imported when asked, by its number", () => {
    const scan = offer("\t    ata-A  ONLINE\n\t    ata-B  ONLINE\n");
    const plan = changeOf(zpool, { ...mirror, import: true }, seen({ scan }));
    expect(commandsOf(plan.steps)).toEqual(["zpool import -d /dev/disk/by-id 77"]);
    expect(plan.again).toBe(true);
    const foreign = scan.replace(" action", " status: The pool was last accessed by another system.\n action");
    expect(
      commandsOf(changeOf(zpool, { ...mirror, import: true, force: true }, seen({ scan: foreign })).steps)[0],
    ).toContain("import -f");
  });
});

describe("bad parameters", () => {
  test.each<[object, string]>([
    [{}, "name"],
    [{ name: "mirror-x" }, "reserves"],
    [{ name: "1tank" }, "begins with a letter"],
    [{ name: "tank/a" }, "letters, digits"],
    [{ ...mirror, state: "absent" }, "does not destroy pools"],
    [{ name: "tank", vdevs: [] }, "at least one group"],
    [{ name: "tank", vdevs: [{ type: "mirror", disks: [A] }] }, "at least 2 disks"],
    [{ name: "tank", vdevs: [{ type: "raidz3", disks: [A, B, C] }] }, "at least 4 disks"],
    [{ name: "tank", vdevs: [{ type: "raid5", disks: [A, B, C] }] }, "expected mirror, raidz1"],
    [{ name: "tank", vdevs: [{ type: "mirror", disks: ["sda", B] }] }, "absolute path"],
    [{ name: "tank", vdevs: [{ type: "mirror", disks: ["/etc/passwd", B] }] }, "by-id"],
    [{ name: "tank", vdevs: [{ type: "mirror", disks: [A, A] }] }, "named twice"],
    [{ ...mirror, cache: [A] }, "named twice"],
    [{ ...mirror, cache: A }, "list of disks"],
    [{ ...mirror, ashift: 4 }, "ashift"],
    [{ ...mirror, ashift: "12" }, "power of two"],
    [{ ...mirror, properties: { autotrm: true } }, "did you mean autotrim"],
    [{ ...mirror, properties: { autotrim: "yes" } }, "none of its values"],
    [{ ...mirror, properties: { failmode: "panik" } }, "none of its values"],
    [{ ...mirror, properties: { ashift: 12 } }, "parameter of its own"],
    [{ ...mirror, properties: { size: 1 } }, "no property"],
    [{ ...mirror, properties: { comment: "x".repeat(33) } }, "32"],
    [{ ...mirror, properties: { comment: "a\nb" } }, "one line"],
    [{ ...mirror, properties: { cachefile: "x" } }, "absolute path"],
    [{ ...mirror, properties: { "feature@x": "disabled" } }, "only become enabled"],
    [{ ...mirror, filesystem: { compresion: "lz4" } }, "did you mean compression"],
    [{ ...mirror, filesystem: { volblocksize: "8K" } }, "property of volumes"],
    [{ ...mirror, filesystem: { mountpoint: "/a" }, mountpoint: "/b" }, "one of the two"],
    [{ ...mirror, mountpoint: "relative" }, "absolute path"],
    [{ name: "tank", allow_create: true }, "of which disks"],
    [{ ...mirror, fail_on: "faulted" }, "never or degraded"],
  ])("%j", (bad, message) => {
    expect(problemsOf(zpool, bad).join("\n")).toContain(message);
  });
});

describe("zpool_scrub", () => {
  const scanning = (scan: string) => ({ status: status(MIRROR, ` state: ONLINE\n  scan: ${scan}\n`) });
  const none = { status: status(MIRROR) };
  test.each<[string, object, Answers, string | readonly string[]]>([
    ["starts", { name: "tank" }, none, ["zpool scrub tank"]],
    [
      "again after one",
      { name: "tank" },
      scanning("scrub repaired 0B in 00:00:00 with 0 errors on x"),
      ["zpool scrub tank"],
    ],
    ["not while one runs", { name: "tank" }, scanning("scrub in progress since x"), "a scrub is running"],
    ["goes on with a paused one", { name: "tank" }, scanning("scrub paused since x"), ["zpool scrub tank"]],
    ["pauses", { name: "tank", state: "paused" }, scanning("scrub in progress since x"), ["zpool scrub -p tank"]],
    [
      "stops a paused one",
      { name: "tank", state: "stopped" },
      scanning("scrub paused since x"),
      ["zpool scrub -s tank"],
    ],
    ["nothing to stop", { name: "tank", state: "stopped" }, none, "no scrub is running"],
    [
      "nothing to pause",
      { name: "tank", state: "paused" },
      scanning("resilver in progress since x"),
      "no scrub is running",
    ],
  ])("%s", (_, raw, seen, expected) => {
    const act = actOf(zpoolScrub, raw, seen);
    expect(act.kind === "perform" ? commandsOf(act.steps) : "why" in act && act.why).toEqual(expected);
  });
  test("refuses what cannot be", () => {
    expect(actOf(zpoolScrub, { name: "tank" }, scanning("resilver in progress since x"))).toMatchObject({
      kind: "refuse",
    });
    expect(
      actOf(zpoolScrub, { name: "tank" }, { status: exec("", 1, "cannot open 'tank': no such pool") }),
    ).toMatchObject({ kind: "refuse" });
    expect(problemsOf(zpoolScrub, { name: "tank", state: "on" }).join()).toContain("started, paused or stopped");
    expect(problemsOf(zpoolScrub, { name: "-s" }).join()).toContain("letter");
  });
});

describe("zpool_replace", () => {
  const raw = { pool: "tank", old: B, new: C };
  const blank = {
    status: status(MIRROR),
    there: stat({ type: "block" }),
    oldLink: exec("/dev/sdb\n"),
    newLink: exec("/dev/sdc\n"),
    lsblk: exec(
      JSON.stringify({
        blockdevices: [
          { name: "sdc", path: "/dev/sdc", type: "disk", fstype: null, pttype: null, mountpoints: [null] },
        ],
      }),
    ),
    blkid: exec("", 2),
  };
  test("replaces under the name that the pool has for the disk, once", () => {
    expect(commandsOf(changeOf(zpoolReplace, raw, blank).steps)).toEqual([`zpool replace tank ${B}-part1 ${C}`]);
    const done = status(MIRROR.replace(B, C));
    expect(changeOf(zpoolReplace, raw, { ...blank, status: done }).steps).toEqual([]);
  });
  test.each<[string, object, RegExp]>([
    ["neither is in it", { status: status(MIRROR.replace(B, D)) }, /neither/],
    ["the new one is not there", { there: null }, /there is no disk/],
    ["the new one is not blank", { blkid: exec("TYPE=ext4\n") }, /is not blank: it holds ext4/],
    ["no such pool", { status: exec("", 1, "cannot open 'tank': no such pool") }, /is not there/],
  ])("refuses where %s", (_, more, why) => {
    expect(planOf(zpoolReplace, raw, { ...blank, ...more })).toMatchObject({
      kind: "refuse",
      why: expect.stringMatching(why),
    });
  });
  test.each<[object, string]>([
    [{ ...raw, new: B }, "the old disk"],
    [{ ...raw, new: "sdc" }, "absolute path"],
    [{ ...raw, old: "/etc/x" }, "by-id"],
    [{ ...raw, pool: "a/b" }, "letters, digits"],
  ])("%j is no way to say it", (bad, message) => {
    expect(problemsOf(zpoolReplace, bad).join("\n")).toContain(message);
  });
});
