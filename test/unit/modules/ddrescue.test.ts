import { describe, expect, test } from "vitest";
import { parseDdrescueMap, printDdrescueMap, summaryOf } from "../../../engine/formats/ddrescue-map.ts";
import { ddrescue } from "../../../modules/ddrescue/index.ts";
import { changeOf, commandsOf, exec, planOf, problemsOf, stat } from "../../support/plan-module.ts";
import { resultOf, runSite, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const MIB = 1024 ** 2;
const source = { by_id: "usb-LAB_DISK_0042-0:0", serial: "0042" };
const device = "/dev/disk/by-id/usb-LAB_DISK_0042-0:0";
const given = { source, image: "/srv/rescue/disk.img" };
const last = `${device} /srv/rescue/disk.img /srv/rescue/disk.img.map`;

const lsblk = (disk: object = {}, children: readonly object[] = []) =>
  exec(
    JSON.stringify({
      blockdevices: [
        {
          name: "sdc",
          path: "/dev/sdc",
          type: "disk",
          size: 8 * MIB,
          serial: "0042",
          ro: false,
          "phy-sec": 512,
          fstype: null,
          mountpoints: [null],
          children,
          ...disk,
        },
      ],
    }),
  );
const part = (more: object = {}) => ({
  name: "sdc1",
  path: "/dev/sdc1",
  type: "part",
  size: 7 * MIB,
  serial: null,
  ro: false,
  fstype: "ntfs",
  mountpoints: [null],
  ...more,
});
const df = (avail = 100 * MIB, filesystem = "/dev/sda1", fstype = "ext4") =>
  exec(`Filesystem Type     Avail\n${filesystem}  ${fstype} ${avail}\n`);
const map = (rows: string, status = "+", options = "-q -d -r3", pass = 3, end = last) =>
  `# Mapfile. Created by GNU ddrescue version 1.27\n# Command line: ddrescue ${options} ${end}\n# current_pos  current_status  current_pass\n0x0     ${status}               ${pass}\n#      pos        size  status\n${rows}`;
const whole = map("0x00000000  0x00800000  +\n");
const partial = map("0x00000000  0x00080000  +\n0x00080000  0x00001000  -\n0x00081000  0x0077F000  +\n");
const seen = (more: object = {}) => ({
  map: null,
  image: null,
  sum: null,
  lsblk: lsblk(),
  df: df(),
  zpools: exec("", 127),
  tool: exec("GNU ddrescue 1.27\n"),
  ...more,
});
const begun = (text: string, more: object = {}) => seen({ map: text, image: stat({ size: 8 * MIB, ...more }) });

describe("what is refused at load", () => {
  test.each([
    [{ ...given, source: { ...source, by_id: "sdc" } }, null],
    [{ ...given, source: { ...source, by_id: "/dev/sdc" } }, /by-id/],
    [{ ...given, source: { ...source, by_id: "usb-X-part1" } }, /whole disk/],
    [{ ...given, source: { ...source, by_id: "usb-X; rm -rf /" } }, /by-id/],
    [{ ...given, source: { ...source, by_id: "--force" } }, /by-id/],
    [{ ...given, source: { ...source, by_id: "../sda" } }, /by-id/],
    [{ ...given, source: { by_id: source.by_id } }, /serial/],
    [{ ...given, source: { ...source, serial: "" } }, /serial number/],
    [{ ...given, source: { ...source, size_bytes: 0 } }, /0 bytes/],
    [{ ...given, image: "disk.img" }, /absolute path/],
    [{ ...given, image: "/dev/sdd" }, /never a device/],
    [{ ...given, image: "/" }, /never a device/],
    [{ ...given, image: "/srv/a\nb" }, /control character/],
    [{ ...given, image: "/srv/a\0b" }, /NUL/],
    [{ ...given, map: "/srv/rescue/disk.img" }, /file of its own/],
    [{ ...given, retries: 1000 }, /at most 100/],
    [{ ...given, retries: -1 }, /retries/],
    [{ ...given, space_factor: 0.5 }, /at least 1/],
    [{ ...given, limit_hours: 10_000 }, /thirty days/],
    [{ ...given, dest: "/x" }, /dest/],
  ])("%j", (raw, wanted) => {
    if (wanted === null) expect(problemsOf(ddrescue, raw)).toEqual([]);
    else expect(problemsOf(ddrescue, raw).join()).toMatch(wanted);
  });
});

describe("what is refused before anything is read", () => {
  test.each([
    ["no disk", { lsblk: exec("", 32, "not a block device") }, /there is no disk/],
    ["an answer that is none", { lsblk: exec("{") }, /there is no disk/],
    ["another serial number", { lsblk: lsblk({ serial: "0043" }) }, /serial number 0043, not 0042: nothing was read/],
    ["no serial number", { lsblk: lsblk({ serial: null }) }, /has no serial number/],
    ["a disk that has gone", { lsblk: lsblk({ size: 0 }) }, /tells no size/],
    ["a mounted partition", { lsblk: lsblk({}, [part({ mountpoints: ["/mnt/usb"] })]) }, /mounted at \/mnt\/usb/],
    ["swap on it", { lsblk: lsblk({}, [part({ mountpoints: ["[SWAP]"] })]) }, /in use/],
    [
      "a volume on it",
      { lsblk: lsblk({}, [part({ children: [{ name: "vg-lv", path: "/dev/mapper/vg-lv", type: "lvm" }] })]) },
      /\(lvm\)/,
    ],
    [
      "an array",
      { lsblk: lsblk({}, [part({ children: [{ name: "md0", path: "/dev/md0", type: "raid1" }] })]) },
      /\(raid1\)/,
    ],
    [
      "an imported pool",
      { lsblk: lsblk({}, [part()]), zpools: exec("  pool: tank\n\t/dev/sdc1  ONLINE 0 0 0\n") },
      /ZFS pool/,
    ],
    ["too little room", { df: df(8 * MIB - 1) }, /8388608 are needed/],
    ["no folder", { df: exec("", 1, "df: /srv/rescue: No such file") }, /folder \/srv\/rescue/],
    ["the source itself", { df: df(100 * MIB, "/dev/sdc1"), lsblk: lsblk({}, [part()]) }, /on the source itself/],
    ["memory", { df: df(100 * MIB, "tmpfs", "tmpfs") }, /in memory/],
    ["FAT", { lsblk: lsblk({ size: 2 ** 33 }), df: df(2 ** 40, "/dev/sdd1", "vfat") }, /less than 4 GiB/],
    ["no ddrescue", { tool: exec("", 127) }, /package: gddrescue/],
    ["an image without a map", { image: stat() }, /nobody knows what of it was read/],
    ["a map without an image", { map: whole }, /not the image/],
    [
      "a map of another disk",
      begun(
        map(
          "0x0 0x00800000 +\n",
          "+",
          "-q",
          1,
          "/dev/disk/by-id/usb-OTHER /srv/rescue/disk.img /srv/rescue/disk.img.map",
        ),
      ),
      /of another rescue/,
    ],
    ["a map of another size", begun(map("0x0 0x00400000 ?\n", "?")), /of 4194304 bytes/],
    ["a torn map", begun("0x0 ?\n0x0 0x10 ?\n0x20 0x10 ?\n"), /no map of ddrescue/],
  ])("%s", (_, more, wanted) => {
    const plan = planOf(ddrescue, given, seen(more));
    expect(plan.kind).toBe("refuse");
    expect(`${plan.kind === "refuse" ? `${plan.why} ${plan.hint}` : ""}`).toMatch(wanted);
  });
  test("another size than was said", () => {
    const raw = { ...given, source: { ...source, size_bytes: 9 * MIB } };
    expect(planOf(ddrescue, raw, seen())).toMatchObject({ why: expect.stringContaining("8388608 bytes, not 9437184") });
  });
});

describe("what is done", () => {
  test("a new rescue: read-only first, proven, then what reads well, then the rest", () => {
    const plan = changeOf(ddrescue, given, seen({ lsblk: lsblk({}, [part()]) }));
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["exec", "wait-until", "exec", "exec"]);
    expect(commandsOf(plan.steps)).toEqual([
      "blockdev --setro /dev/sdc /dev/sdc1",
      `ddrescue -q --mapfile-interval=10 -d -n ${last}`,
      `ddrescue -q --mapfile-interval=10 -d -r3 ${last}`,
    ]);
    expect(plan.before).toEqual({ source: "writable", rescued: 0, image: "absent" });
    const jobs = plan.steps.flatMap((step) => (step.kind === "wait-until" || !step.job ? [] : [step.job.limitMs]));
    expect(jobs).toEqual([864_000_000, 864_000_000]);
  });
  test("the proof wants every part read-only, and the serial number", () => {
    const wait = changeOf(ddrescue, given, seen()).steps[1];
    if (wait?.kind !== "wait-until") throw new Error("no proof");
    const holds = wait.holds as (answer: unknown) => boolean;
    expect(holds(lsblk())).toBe(false);
    expect(holds(lsblk({ ro: true }, [part()]))).toBe(false);
    expect(holds(lsblk({ ro: true }, [part({ ro: true })]))).toBe(true);
    expect(holds(lsblk({ ro: true, serial: "0043" }))).toBe(false);
    expect(holds(exec("", 32))).toBe(false);
  });
  test("options reach both passes; sectors of 4 KiB are told", () => {
    const raw = { ...given, direct: false, sparse: true, reverse: true, min_read_rate: 5, retries: 0 };
    const plan = changeOf(ddrescue, raw, seen({ lsblk: lsblk({ ro: true, "phy-sec": 4096 }) }));
    expect(commandsOf(plan.steps)).toEqual([
      `ddrescue -q --mapfile-interval=10 -S -a5 -n -b4096 ${last}`,
      `ddrescue -q --mapfile-interval=10 -S -a5 -r0 -R -b4096 ${last}`,
    ]);
  });
  test("one that was cut off goes on where it was", () => {
    const copying = map("0x0 0x00400000 +\n0x00400000 0x00400000 ?\n", "?", "-q -n", 1);
    const trimming = map("0x0 0x007F0000 +\n0x007F0000 0x00010000 *\n", "*", "-q -n", 1);
    expect(commandsOf(changeOf(ddrescue, given, begun(copying)).steps)).toHaveLength(3);
    expect(commandsOf(changeOf(ddrescue, given, begun(trimming)).steps).at(-1)).toContain(" -r3 ");
    expect(commandsOf(changeOf(ddrescue, given, begun(trimming)).steps)).toHaveLength(2);
    expect(changeOf(ddrescue, given, begun(copying)).before.rescued).toBe(4 * MIB);
  });
  test("bad areas that were not yet tried again are; more retries than last time are made", () => {
    const onlyCopied = map("0x0 0x00080000 +\n0x00080000 0x00780000 -\n", "+", "-q -n", 1);
    expect(commandsOf(changeOf(ddrescue, given, begun(onlyCopied)).steps).at(-1)).toContain(" -r3 ");
    expect(commandsOf(changeOf(ddrescue, { ...given, retries: 9 }, begun(partial)).steps).at(-1)).toContain(" -r9 ");
    const retrying = map("0x0 0x00080000 +\n0x00080000 0x00780000 -\n", "-");
    expect(commandsOf(changeOf(ddrescue, given, begun(retrying)).steps).at(-1)).toContain(" -r3 ");
  });
  test("a partial image is a failure to the byte, unless that is good enough", () => {
    expect(planOf(ddrescue, given, begun(partial))).toMatchObject({
      kind: "refuse",
      why: "the image is partial: 4096 of 8388608 bytes, in 1 area, could not be read in 3 retries",
    });
    expect(commandsOf(changeOf(ddrescue, { ...given, allow_partial: true }, begun(partial)).steps)).toEqual([]);
  });
  test("a rescue that is done needs no disk any more, and no room", () => {
    const gone = { lsblk: exec("", 32), df: exec("", 1), tool: exec("", 127) };
    const done = { ...begun(whole, { mode: "0444" }), ...gone };
    expect(changeOf(ddrescue, given, done).steps).toEqual([]);
    const loose = changeOf(ddrescue, given, { ...done, image: stat({ size: 8 * MIB }) });
    expect(loose.steps).toMatchObject([{ kind: "attributes", mode: "0444" }]);
    const summed = changeOf(ddrescue, { ...given, sha256: true }, done);
    expect(summed.steps).toMatchObject([{ kind: "exec", job: {} }]);
    expect(changeOf(ddrescue, { ...given, sha256: true }, { ...done, sum: stat() }).steps).toEqual([]);
  });
});

test("a map is read as it is written, and nothing else is one", () => {
  const parsed = parseDdrescueMap(partial);
  if ("error" in parsed) throw new Error(parsed.error);
  expect(summaryOf(parsed)).toEqual({ rescued: 8 * MIB - 4096, bad: 4096, badAreas: 1, left: 0, extent: 8 * MIB });
  expect(parseDdrescueMap(printDdrescueMap(parsed, 0))).toEqual(parsed);
  for (const text of [
    "",
    "# only comments\n",
    "hello\n",
    "0x0 ?\n0x0 -5 +\n",
    "0x0 ?\n0x0 0x5 x\n",
    "0x0 ?\n0x0 0x5 + more\n",
    "0x0 ?\n0x0 0xFFFFFFFFFFFFFFFF +\n",
  ]) {
    expect(parseDdrescueMap(text)).toHaveProperty("error");
  }
});

describe("on the embedded lab", () => {
  const disk = {
    name: "sdc",
    bytes: 64 * 1024 ** 3,
    serial: "0042",
    id: source.by_id,
    fstype: "ntfs",
    lost: { jpg: 3, png: 2 },
  };
  const worldOf = (more: object = {}) =>
    createWorld({
      h1: {
        packages: ["gddrescue", "testdisk"],
        disks: [
          { ...disk, ...more },
          { name: "sdd", bytes: 1024 ** 4 },
        ],
        mounts: [{ source: "/dev/sdd1", target: "/srv", fstype: "ext4", options: "rw" }],
      },
    });
  const tasks = `
    - file: { path: /srv/rescue, state: directory }
    - ddrescue: { source: { by_id: "${source.by_id}", serial: "0042" }, image: /srv/rescue/disk.img, sha256: true }
  `;
  test("a good disk becomes an image, with progress; a second run reads nothing", async () => {
    const world = worldOf();
    const run = await runSite({ files: tasksSite(tasks), world });
    expect(run.faults).toEqual([]);
    expect(storyOf(run)).toEqual(["h1 file: changed", "h1 ddrescue: changed"]);
    const fractions = run.events.flatMap((event) => (event.type === "progress" ? [event.fraction ?? -1] : []));
    expect(fractions.length).toBeGreaterThan(5);
    expect(world.host("h1").files["/srv/rescue/disk.img"]).toMatchObject({
      mode: "0444",
      image: { bytes: disk.bytes },
    });
    expect(world.host("h1").disks?.sdc?.readOnly).toEqual(["sdc"]);
    const again = await runSite({ files: tasksSite(tasks), world });
    expect(storyOf(again)).toEqual(["h1 file: ok", "h1 ddrescue: ok"]);
    expect(again.before).toBe(again.after);
    const check = await runSite({ files: tasksSite(tasks), world: worldOf(), check: true });
    expect(storyOf(check)).toEqual(["h1 file: changed", "h1 ddrescue: deferred"]);
  });
  test("what cannot be read is told to the byte; a run that accepts it goes on", async () => {
    const world = worldOf({
      bad: [
        { at: 1024 ** 3, bytes: 4096 },
        { at: 2 * 1024 ** 3, bytes: 8192, tries: 2 },
      ],
    });
    const run = await runSite({ files: tasksSite(tasks), world });
    expect(resultOf(run, "ddrescue").reason).toMatch(/^the image is partial: 4096 of 68719476736 bytes, in 1 area,/);
    const accepted = tasksSite(tasks.replace("sha256: true", "sha256: true, allow_partial: true"));
    expect(storyOf(await runSite({ files: accepted, world }))).toEqual(["h1 file: ok", "h1 ddrescue: changed"]);
    expect(storyOf(await runSite({ files: accepted, world }))).toEqual(["h1 file: ok", "h1 ddrescue: ok"]);
  });
  test("interrupted, it goes on with the same job", async () => {
    const world = worldOf();
    let asked = 0;
    const interrupted = () => {
      asked += 1;
      return asked > 20;
    };
    const cut = await runSite({ files: tasksSite(tasks), world, interrupted });
    expect(resultOf(cut, "ddrescue").reason).toContain("goes on as job");
    expect(storyOf(await runSite({ files: tasksSite(tasks), world }))).toEqual(["h1 file: ok", "h1 ddrescue: changed"]);
  });
  test("then its deleted files are carved, once", async () => {
    const world = worldOf();
    const all = `${tasks}
    - file: { path: /srv/carved, state: directory }
    - photorec: { image: /srv/rescue/disk.img, dest: /srv/carved, filetypes: [jpg] }
    `;
    const run = await runSite({ files: tasksSite(all), world });
    expect(run.faults).toEqual([]);
    expect(resultOf(run, "photorec")).toMatchObject({ status: "changed", result: { files: 3, by_type: { jpg: 3 } } });
    const names = Object.keys(world.host("h1").files).filter((path) => path.startsWith("/srv/carved/recup_dir.1/f"));
    expect(names).toHaveLength(3);
    const again = await runSite({ files: tasksSite(all), world });
    expect(storyOf(again).every((line) => line.endsWith(": ok"))).toBe(true);
    const other = await runSite({ files: tasksSite(all.replace("[jpg]", "[png]")), world });
    expect(resultOf(other, "photorec").reason).toContain("other options");
    const unknown = all.replace("[jpg]", "[jpg, notatype_x]").replaceAll("/srv/carved", "/srv/carved2");
    expect((await runSite({ files: tasksSite(unknown), world })).faults).toEqual([]);
  });
});
