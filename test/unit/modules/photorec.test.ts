import { describe, expect, test } from "vitest";
import { parsePhotorecLog } from "../../../engine/formats/photorec-log.ts";
import { photorec } from "../../../modules/photorec/index.ts";
import { changeOf, exec, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const given = { image: "/srv/disk.img", dest: "/srv/out" };
const image = stat({ size: 1000, mtime: 1_700_000_000 });
const command = "/srv/disk.img partition_none,wholespace,search";
const mark = (more: object = {}) =>
  JSON.stringify({ command, size: 1000, mtime: 1_700_000_000, sha256: null, ...more });
const seen = (more: object = {}) => ({
  image,
  sum: null,
  dest: stat({ type: "directory" }),
  names: [],
  begun: null,
  done: null,
  log: null,
  sums: null,
  df: exec("Filesystem Type Avail\n/dev/sdd1 ext4 5000\n"),
  tool: stat(),
  ...more,
});

test.each([
  [{ ...given, image: "/dev/sdb" }, /never a device/],
  [{ ...given, dest: "/dev" }, null],
  [{ ...given, dest: "/" }, /never a device/],
  [{ ...given, image: "/srv/a,b" }, /no comma/],
  [{ ...given, image: "disk.img" }, /absolute/],
  [{ ...given, dest: "/srv/a\nb" }, /control/],
  [{ ...given, filetypes: [] }, /leave `filetypes` out/],
  [{ ...given, filetypes: ["jpg", "jpg"] }, /twice/],
  [{ ...given, filetypes: ["jpg,enable,search"] }, /names of PhotoRec/],
  [{ ...given, filetypes: ["--x"] }, /names of PhotoRec/],
  [{ ...given, filetypes: "jpg" }, /filetypes/],
  [{ ...given, image: "/srv/out/recup_dir.1/x" }, /where the files that are found would go/],
  [{ ...given, limit_hours: 0 }, /limit_hours/],
  [{ image: "/srv/disk.img" }, /dest/],
])("at load: %j", (raw, wanted) => {
  if (wanted === null) expect(problemsOf(photorec, raw)).toEqual([]);
  else expect(problemsOf(photorec, raw).join()).toMatch(wanted);
});

test.each([
  ["no image", { image: null }, /no image/],
  ["a disk", { image: stat({ type: "block" }) }, /carve the image, never the disk/],
  ["an empty image", { image: stat({ size: 0 }) }, /is empty/],
  ["no folder", { dest: null, df: exec("", 1) }, /folder \/srv\/out is not there/],
  ["too little room", { df: exec("F T A\nx ext4 999\n") }, /1000 may be needed/],
  ["no df", { df: exec("", 1, "df: broken") }, /df: broken/],
  ["no photorec", { tool: null }, /package: testdisk/],
  ["files of somebody else", { names: ["recup_dir.1"] }, /nothing says that this task has made it/],
  ["files of another image", { done: mark({ size: 5 }) }, /another image/],
  ["files of other options", { done: mark({ command: "x" }) }, /other options/],
  ["a torn mark", { done: "{" }, /other options/],
  ["an interrupted one of another image", { begun: mark({ mtime: 5 }), names: ["recup_dir.1"] }, /nothing says/],
  ["another hash", { done: mark({ sha256: "a".repeat(64) }), sum: `${"b".repeat(64)}  x\n` }, /another image/],
])("refused: %s", (_, more, wanted) => {
  const plan = planOf(photorec, given, seen(more));
  expect(plan.kind === "refuse" ? `${plan.why} ${plan.hint}` : plan.kind).toMatch(wanted);
});

describe("what is done", () => {
  const words = (raw: object) => {
    const step = changeOf(photorec, raw, seen()).steps[1];
    return step?.kind === "exec" ? step.argv.slice(6).map(String) : [];
  };
  test("a mark, the job, a mark", () => {
    const { steps } = changeOf(photorec, given, seen());
    expect(steps.map(({ kind }) => kind)).toEqual(["write-file", "exec", "write-file"]);
    expect(steps[1]).toMatchObject({
      argv: [
        "sh",
        "-c",
        expect.any(String),
        "photorec",
        "/srv/out/recup_dir",
        "/srv/out/photorec.log",
        "/log",
        "/logname",
        "/srv/out/photorec.log",
        "/d",
        "/srv/out/recup_dir",
        "/cmd",
        "/srv/disk.img",
        "partition_none,wholespace,search",
      ],
      cwd: "/srv/out",
      job: { limitMs: 864_000_000 },
    });
  });
  test("types and options in PhotoRec's own words", () => {
    expect(
      words({ ...given, filetypes: ["jpg", "png"], freespace_only: true, ext: true, keep_corrupted: true }).at(-1),
    ).toBe(
      "partition_none,options,mode_ext2,keep_corrupted_file,fileopt,everything,disable,jpg,enable,png,enable,freespace,search",
    );
  });
  test("one that was cut off starts anew, and says so", () => {
    const plan = changeOf(photorec, given, seen({ begun: mark(), names: ["recup_dir.1"] }));
    expect(plan.before).toEqual({ files: "begun" });
    expect(plan.steps.map(({ kind }) => kind)).toEqual(["exec", "write-file"]);
  });
  test.each([
    ["as it was", {}],
    ["the image has been put away", { image: null }],
    ["it has got a hash since", { sum: `${"b".repeat(64)}  x\n` }],
    [
      "copied, the hash still holds",
      { done: mark({ sha256: "b".repeat(64), mtime: 5 }), sum: `${"b".repeat(64)}  x\n` },
    ],
  ])("done once, it is left alone: %s", (_, more) => {
    expect(changeOf(photorec, given, seen({ done: mark(), ...more })).steps).toEqual([]);
  });
});

test("the log tells what was found, and a syntax error from an end", () => {
  const log =
    "Pass 1 +0 file\njpg: 1/3 recovered\nPass 2\njpg: 3/3 recovered\npng: 2/4 recovered\nTotal: 5 files found\n\nPhotoRec exited normally.\n";
  expect(parsePhotorecLog(log)).toEqual({ finished: true, syntaxError: null, recovered: { jpg: 3, png: 2 } });
  expect(parsePhotorecLog("x\nSyntax error in command line: nonsense,search\nPhotoRec exited normally.\n")).toEqual({
    finished: false,
    syntaxError: "nonsense,search",
    recovered: {},
  });
  expect(parsePhotorecLog("Pass 1\n").finished).toBe(false);
  const sums = ["a", "b", "a"].map((digit, index) => `${digit.repeat(64)}  ./recup_dir.1/f${index}\n`).join("");
  expect(resultOf(photorec, given, seen({ log, sums }), new Date(0))).toEqual({
    dest: "/srv/out",
    log: "/srv/out/photorec.log",
    checksums: "/srv/out/SHA256SUMS",
    files: 5,
    duplicates: 1,
    by_type: { jpg: 3, png: 2 },
  });
});
