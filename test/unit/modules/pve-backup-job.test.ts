import { describe, expect, test } from "vitest";
import { pveBackupJob } from "../../../modules/pve-backup-job/index.ts";
import { changeOf, commandsOf, planOf, problemsOf, resultOf, stat } from "../../support/plan-module.ts";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const pmxcfs = stat({ type: "directory" });
const seen = (cfg: string | null, more = {}) => ({
  jobs: cfg === null ? null : bytes(cfg),
  pmxcfs,
  users: "",
  guests: "",
  storages: null,
  ...more,
});
const job = (lines: string) => `vzdump: jj\n\tschedule daily\n${lines}\n`;

describe("a new job", () => {
  const base = { id: "jj", schedule: "daily" };
  test.each([
    [{ all: true }, "--all 1"],
    [{ all: true, exclude: [] }, "--all 1"],
    [{ exclude: [300, 100] }, "--all 1 --exclude 100,300"],
    [{ vmids: [200, "100", 200] }, "--vmid 100,200"],
    [{ all: true, compress: "none", enabled: true }, "--compress 0 --all 1"],
    [{ all: true, enabled: false, protected: false, repeat_missed: true }, "--enabled 0 --repeat-missed 1 --all 1"],
    [{ all: true, storage: null, comment: "", mailto: [], remove: true }, "--all 1"],
    [{ all: true, prune_backups: { keep_daily: 0 } }, "--prune-backups keep-all=1 --all 1"],
    [
      { all: true, storage: "s1", notes_template: "a\n{{vmid}}\n" },
      "--storage s1 --notes-template a\\n{{vmid}} --all 1",
    ],
    [{ all: true, exclude_paths: ["/b", "/a"], bwlimit: 0 }, "--exclude-path /a --exclude-path /b --bwlimit 0 --all 1"],
  ])("%j", (options, words) => {
    const plan = changeOf(pveBackupJob, { ...base, ...options }, seen(null));
    expect(commandsOf(plan.steps)).toEqual([`pvesh create /cluster/backup --id jj --schedule daily ${words}`]);
    expect(plan.before.state).toBe("absent");
  });
});

describe("a job that is there", () => {
  test.each<[string, object, string | null]>([
    ["\tall 1\n", { all: true, enabled: true, comment: "", compress: null }, null],
    ["\tall 1\n\tenabled 0\n", { enabled: true }, "--enabled 1"],
    ["\tall 1\n\tpool p\n", { all: true }, "--all 1"],
    ["\tvmid 102,100 100\n", { vmids: [100, 102] }, null],
    ["\tvmid 102\n", { all: true, exclude: [7000] }, "--all 1 --exclude 7000"],
    ["\tall 1\n\texclude 100;101\n", { exclude: [101, 100] }, null],
    ["\tall 1\n\texclude 100\n", { exclude: [] }, "--delete exclude"],
    ["\tall 1\n\texclude 100\n", { vmids: [100] }, "--vmid 100"],
    ["\tvmid 100\n\texclude 101\n", { vmids: [100] }, "--delete exclude"],
    ["\tall 1\n\tcompress 1\n", { compress: "lzo" }, null],
    ["\tall 1\n\tcompress zstd\n", { compress: null, mode: "stop" }, "--mode stop --delete compress"],
    ["\tall 1\n\tprune-backups keep-last=3,keep-daily=7\n", { prune_backups: { keep_daily: 7, keep_last: 3 } }, null],
    [
      "\tall 1\n\tprune-backups keep-last=3,keep-daily=7\n",
      { prune_backups: { keep_last: 3 } },
      "--prune-backups keep-last=3",
    ],
    ["\tall 1\n\tfleecing 0,storage=x1\n", { fleecing: null }, null],
    ["\tall 1\n\tfleecing 1,storage=x1\n", { fleecing: { storage: "x2" } }, "--fleecing enabled=1,storage=x2"],
    ["\tall 1\n\tmailto b c;a\n", { mailto: ["a", "b", "c"] }, null],
    ["\tall 1\n\tcomment %C3%BC\n", { comment: "ü" }, null],
    ["\tall 1\n\tstorage s1\n", { notes_template: "x" }, "--notes-template x --storage s1"],
    ["\tall 1\n\tstorage s1\n\tprotected 1\n", { protected: false }, "--protected 0 --storage s1"],
    ["\tall 1\n", { schedule: "00:00" }, null],
    ["\tall 1\n", { schedule: " 00:01 " }, "--schedule 00:01"],
  ])("%j and %j", (lines, options, words) => {
    const plan = changeOf(pveBackupJob, { id: "jj", ...options }, seen(job(lines)));
    expect(commandsOf(plan.steps)).toEqual(words === null ? [] : [`pvesh set /cluster/backup/jj ${words}`]);
  });

  test("what would be lost or fail is told", () => {
    const more = { guests: '{"ids":{"100":{"node":"a","type":"lxc"}}}', storages: "dir: s1\n\tcontent iso\n" };
    const plan = changeOf(
      pveBackupJob,
      { id: "jj", storage: "s1", vmids: [100, 101] },
      seen(`# mine\n${job("\tvmid 100\n")}`, more),
    );
    expect(plan.warnings.join("\n")).toMatch(/comment.* gone[\s\S]*no guest 101[\s\S]*s1 is not for backups/);
    const none = changeOf(pveBackupJob, { id: "jj", storage: "s2" }, seen(job("\tall 1\n"), more));
    expect(none.warnings.join()).toContain("no storage s2");
  });

  test("a file that is no UTF-8 is read all the same", () => {
    const jobs = new Uint8Array(Buffer.from(job("\tall 1\n\tnotes-template \xfc\n"), "latin1"));
    expect(changeOf(pveBackupJob, { id: "jj", all: true }, { ...seen(""), jobs }).steps).toEqual([]);
    expect(resultOf(pveBackupJob, { id: "jj" }, { ...seen(""), jobs }, new Date(0))).toMatchObject({
      exists: true,
      all: true,
    });
  });
});

test.each([
  [{ id: "jj", all: true }, { pmxcfs: null }, /no node of Proxmox VE/],
  [{ id: "x1", state: "absent" }, { jobs: bytes("realm-sync: x1\n\tschedule daily\n") }, /type realm-sync/],
  [{ id: "jj", all: true }, { jobs: bytes("vzdump: h2\n\tvmid 100\n") }, /job h2 .* has no schedule/],
  [{ id: "jj", notes_template: "x" }, { jobs: bytes(job("\tall 1\n")) }, /need a storage/],
  [{ id: "jj", pool: "p1" }, { jobs: bytes(job("\tall 1\n")) }, /no pool p1/],
])("%j with %j is refused", (raw, more, why) => {
  const plan = planOf(pveBackupJob, raw, seen(null, more));
  expect(plan).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
});

describe("bad input", () => {
  const base = { id: "jj", schedule: "daily", all: true };
  test.each<[object, string]>([
    [{ ...base, id: "1j" }, "id"],
    [{ ...base, id: "j" }, "id"],
    [{ ...base, id: "a.b" }, "id"],
    [{ ...base, id: "a/../b" }, "id"],
    [{ ...base, schedule: "25:00" }, "schedule"],
    [{ ...base, schedule: "daily\n\tall 0" }, "schedule"],
    [{ ...base, schedule: 5 }, "schedule"],
    [{ ...base, all: false }, "all"],
    [{ ...base, vmids: [100] }, "vmids"],
    [{ ...base, all: undefined, vmids: [] }, "vmids"],
    [{ ...base, all: undefined, vmids: [99] }, "vmids.0"],
    [{ ...base, all: undefined, vmids: ["100,101"] }, "vmids.0"],
    [{ ...base, all: undefined, pool: "a b" }, "pool"],
    [{ ...base, all: undefined, pool: "p1", exclude: [100] }, "exclude"],
    [{ ...base, exclude: "100" }, "exclude"],
    [{ ...base, storage: "s 1" }, "storage"],
    [{ ...base, mode: "hot" }, "mode"],
    [{ ...base, compress: "xz" }, "compress"],
    [{ ...base, enabled: "no" }, "enabled"],
    [{ ...base, node: "pve_1" }, "node"],
    [{ ...base, comment: "a\nb" }, "comment"],
    [{ ...base, repeat_missed: 1 }, "repeat_missed"],
    [{ ...base, storage: "s1", notes_template: "{{foo}}" }, "notes_template"],
    [{ ...base, storage: "s1", notes_template: "ü" }, "notes_template"],
    [{ ...base, storage: null, notes_template: "x" }, "notes_template"],
    [{ ...base, storage: null, protected: true }, "protected"],
    [{ ...base, prune_backups: { keep_all: true, keep_last: 1 } }, "prune_backups"],
    [{ ...base, prune_backups: { keep_foo: 1 } }, "prune_backups"],
    [{ ...base, remove: "x" }, "remove"],
    [{ ...base, mailto: ["a b"] }, "mailto.0"],
    [{ ...base, mailnotification: "never" }, "mailnotification"],
    [{ ...base, notification_mode: "x" }, "notification_mode"],
    [{ ...base, exclude_paths: ["tmp"] }, "exclude_paths.0"],
    [{ ...base, exclude_paths: ["/a\nb"] }, "exclude_paths.0"],
    [{ ...base, fleecing: { enabled: true } }, "fleecing.storage"],
    [{ ...base, fleecing: { storage: "a,b" } }, "fleecing.storage"],
    [{ ...base, performance: {} }, "performance"],
    [{ ...base, performance: { max_workers: 0 } }, "performance.max_workers"],
    [{ ...base, pbs_change_detection_mode: "x" }, "pbs_change_detection_mode"],
    [{ ...base, bwlimit: -1 }, "bwlimit"],
    [{ ...base, ionice: 9 }, "ionice"],
    [{ ...base, zstd: 1.5 }, "zstd"],
    [{ ...base, pigz: "2" }, "pigz"],
    [{ ...base, lockwait: -1 }, "lockwait"],
    [{ ...base, stopwait: "x" }, "stopwait"],
    [{ ...base, tmpdir: "tmp" }, "tmpdir"],
    [{ ...base, script: "/a b" }, "script"],
    [{ id: "jj", state: "gone" }, "state"],
    [{ id: "jj", state: "absent", storage: "s1" }, "storage"],
    [{ ...base, vmid: [100] }, ""],
  ])("%j", (raw, where) => {
    const problems = problemsOf(pveBackupJob, raw);
    expect(problems.map((problem) => problem.split(": ")[0])).toContain(where);
  });
});
