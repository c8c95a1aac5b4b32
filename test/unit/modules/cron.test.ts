import { describe, expect, test } from "vitest";
import { cron } from "../../../modules/cron.ts";
import type { Answers } from "../../support/plan-module.ts";
import {
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

const zone = null;
const zoned = (target: string) => stat({ type: "symlink", target });
const NONE = { table: exec("", 1, "no crontab for root\n"), zone };
const table = (text: string) => ({ table: exec(text), zone });
const folder = stat({ type: "directory" });
const cronD = (text: string | null, some = {}) => ({ text, stat: text === null ? null : stat(some), folder, zone });

const job = { name: "j", schedule: "*/5 * * * *", job: "true" };
const BLOCK = "# lab: j\n*/5 * * * * true\n";
/** The table that a plan writes; null: nothing to do, "": removed. */
function written(raw: object, seen: object): unknown {
  const [step, ...more] = changeOf(cron, raw, { ...seen }).steps.map(plain) as {
    kind: string;
    argv?: string[];
    stdin?: string;
    content?: string;
  }[];
  expect(more).toEqual([]);
  if (step === undefined) return null;
  if (step.kind === "remove" || step.argv?.includes("-r")) return "";
  return step.stdin ?? step.content;
}

describe("a user's crontab", () => {
  const FOREIGN = "# mine\n\nMAILTO=me\n0 1 * * *   backup  \n@reboot x\nnonsense\n";
  test.each([
    ["a first job", job, NONE, BLOCK],
    ["below what is foreign", job, table(FOREIGN), FOREIGN + BLOCK],
    ["there already", job, table(FOREIGN + BLOCK), null],
    ["there, with other blanks", job, table("# lab: j\n*/5\t*  * * *   true\n"), null],
    ["another schedule", { ...job, schedule: "@daily" }, table(`${BLOCK}# end\n`), "# lab: j\n@daily true\n# end\n"],
    ["another command", { ...job, job: "false" }, table(`a=1\n${BLOCK}`), "a=1\n# lab: j\n*/5 * * * * false\n"],
    [
      "fields",
      { name: "j", job: "x", minute: 0, hour: "3,4", weekday: "mon-fri" },
      NONE,
      "# lab: j\n0 3,4 * * mon-fri x\n",
    ],
    ["a special time", { name: "j", job: "x", special: "reboot" }, NONE, "# lab: j\n@reboot x\n"],
    ["an equal line is adopted", job, table(`x=1\n*/5 * * * * true\n${FOREIGN}`), `x=1\n${BLOCK}${FOREIGN}`],
    ["an almost equal line is foreign", job, table("*/5 * * * * true;\n"), `*/5 * * * * true;\n${BLOCK}`],
    [
      "an equal line of another of our jobs is not adopted",
      job,
      table("# lab: k\n*/5 * * * * true\n"),
      `# lab: k\n*/5 * * * * true\n${BLOCK}`,
    ],
    ["a marker without a job", job, table("# lab: j\n\n0 1 * * * x\n"), `${BLOCK}\n0 1 * * * x\n`],
    ["percent signs", { ...job, job: "date +%F" }, NONE, "# lab: j\n*/5 * * * * date +\\%F\n"],
    ["percent signs left to cron", { ...job, job: "cat%a", percent: "newline" }, NONE, "# lab: j\n*/5 * * * * cat%a\n"],
    [
      "hostile text is data",
      { ...job, job: "echo '$(id)' \"`x`\" # -u" },
      NONE,
      "# lab: j\n*/5 * * * * echo '$(id)' \"`x`\" # -u\n",
    ],
    ["disabled", { ...job, disabled: true, env: { A: "1" } }, NONE, "# lab: j\n#A=1\n#*/5 * * * * true\n"],
    ["disabled already", { ...job, disabled: true }, table("# lab: j\n#*/5 * * * * true\n"), null],
    ["enabled again", job, table("# lab: j\n#*/5 * * * * true\nx=1\n"), `${BLOCK}x=1\n`],
    ["settings", { ...job, env: { MAILTO: "", A: 1 } }, NONE, '# lab: j\nMAILTO=""\nA=1\n*/5 * * * * true\n'],
    [
      "settings unsaid stay",
      { ...job, schedule: "@daily" },
      table("# lab: j\nA=1\n*/5 * * * * true\n"),
      "# lab: j\nA=1\n@daily true\n",
    ],
    [
      "settings are exact",
      { ...job, env: { A: "1" } },
      table("# lab: j\nA=1\nB=2\n*/5 * * * * true\n"),
      "# lab: j\nA=1\n*/5 * * * * true\n",
    ],
    ["no settings", { ...job, env: {} }, table("# lab: j\nA=1\n*/5 * * * * true\n"), BLOCK],
    ["the same settings", { ...job, env: { A: "1" } }, table("# lab: j\nA=1\n*/5 * * * * true\n"), null],
    ["above settings of ours", job, table("x=1\n# lab: k\nA=1\n@daily k\n"), `x=1\n${BLOCK}# lab: k\nA=1\n@daily k\n`],
    [
      "gone, and foreign lines stay",
      { name: "j", state: "absent" },
      table(`a=1\n${BLOCK}${FOREIGN}`),
      `a=1\n${FOREIGN}`,
    ],
    [
      "gone with its settings",
      { name: "j", state: "absent" },
      table("# lab: j\nA=1\n*/5 * * * * true\nB=1\n"),
      "B=1\n",
    ],
    ["gone as the last", { name: "j", state: "absent" }, table(`\n${BLOCK}`), ""],
    ["gone already", { name: "j", state: "absent" }, table("*/5 * * * * true\n"), null],
    ["gone from no table", { name: "j", state: "absent" }, NONE, null],
  ])("%s", (_, raw, seen, wanted) => {
    expect(written(raw, seen)).toBe(wanted);
    if (typeof wanted === "string") expect(written(raw, wanted === "" ? NONE : table(wanted))).toBe(null);
  });

  test("goes through the command crontab", () => {
    const plan = changeOf(cron, { ...job, user: "media" }, NONE);
    expect(plan.steps.map(plain)).toEqual([
      { kind: "exec", argv: ["crontab", "-u", "media", "-"], stdin: BLOCK, touches: ["/var/spool/cron"] },
    ]);
    expect(commandsOf(changeOf(cron, { name: "j", state: "absent", user: "media" }, table(BLOCK)).steps)).toEqual([
      "crontab -r -u media",
    ]);
  });

  test("before and after say it in the user's words", () => {
    expect(changeOf(cron, job, NONE)).toMatchObject({
      before: { state: "absent", schedule: null, job: null },
      after: { state: "present", schedule: "*/5 * * * *", job: "true" },
    });
    expect(changeOf(cron, job, table("*/5 * * * * true\n")).before).toEqual({
      state: "without a name",
      schedule: "*/5 * * * *",
      job: "true",
    });
  });
});

describe("a file in /etc/cron.d", () => {
  const own = { ...job, file: "lab-j" };
  const TEXT = "# lab: j\n*/5 * * * * root true\n";
  const path = "/etc/cron.d/lab-j";
  const rights = { mode: "0644", owner: "root", group: "root" };

  test.each([
    ["made", own, cronD(null), [{ kind: "write-file", path, content: TEXT, ...rights }]],
    ["right", own, cronD(TEXT), []],
    [
      "the keepalive of a disk",
      {
        name: "das",
        file: "lab-j",
        schedule: "*/5 * * * *",
        job: "mountpoint -q /mnt/hdd && touch /mnt/hdd/.keepalive",
      },
      cronD(null),
      [
        {
          kind: "write-file",
          path,
          content: "# lab: das\n*/5 * * * * root mountpoint -q /mnt/hdd && touch /mnt/hdd/.keepalive\n",
          ...rights,
        },
      ],
    ],
    [
      "beside a foreign job",
      own,
      cronD("@daily root x\n"),
      [{ kind: "write-file", path, content: `@daily root x\n${TEXT}`, ...rights }],
    ],
    [
      "of another user",
      { ...own, user: "media" },
      { ...cronD(TEXT), account: exec("media:x:1000:") },
      [{ kind: "write-file", path, content: "# lab: j\n*/5 * * * * media true\n", ...rights }],
    ],
    [
      "writable for others, which cron passes over",
      own,
      cronD(TEXT, { mode: "0664" }),
      [{ kind: "attributes", path, ...rights }],
    ],
    [
      "not root's, which cron passes over",
      own,
      cronD(TEXT, { uid: 5, owner: "games" }),
      [{ kind: "attributes", path, ...rights }],
    ],
    ["gone with its last line", { ...own, state: "absent" }, cronD(TEXT), [{ kind: "remove", path, recursive: false }]],
    [
      "without our job",
      { ...own, state: "absent" },
      cronD(`# theirs\n${TEXT}`),
      [{ kind: "write-file", path, content: "# theirs\n" }],
    ],
    ["gone", { ...own, state: "absent" }, cronD(null), []],
  ])("%s", (_, raw, seen, steps) => {
    expect(changeOf(cron, raw, seen).steps.map(plain)).toEqual(steps);
  });

  test("a last line that cron ignored for want of a newline comes alive, with a warning", () => {
    const plan = changeOf(cron, own, cronD("@daily root x"));
    expect(plan.steps[0]).toMatchObject({ content: `@daily root x\n${TEXT}` });
    expect(plan.warnings).toEqual([expect.stringContaining("had no newline")]);
  });
});

describe("what is refused", () => {
  test.each([
    ["the same name twice", job, table(`${BLOCK}\n${BLOCK}`), /two jobs named "j", in lines 1 and 4/],
    ["no crontab", job, { table: exec("", 127), zone }, /no crontab command/],
    [
      "an unknown user",
      { ...job, user: "nobodyx" },
      { table: exec("", 1, "crontab:  user `nobodyx' unknown\n"), zone },
      /no user nobodyx/,
    ],
    ["not root", job, { table: exec("", 1, "must be privileged to use -u\n"), zone }, /only root/],
    ["a crontab that crontab would not take back", job, table("0 1 * * * x\r\n"), /CR LF/],
    ["a crontab that cannot be read", job, { table: exec("", 1, "disk on fire\n"), zone }, /disk on fire/],
    ["no /etc/cron.d", { ...job, file: "x" }, { ...cronD(null), folder: null }, /no folder \/etc\/cron.d/],
    ["a link in /etc/cron.d", { ...job, file: "x" }, cronD("", { type: "symlink" }), /no regular file/],
    [
      "a user that cron.d would ignore",
      { ...job, file: "x", user: "media" },
      { ...cronD(null), account: exec("", 2) },
      /cron would ignore/,
    ],
  ])("%s", (_, raw, seen, why) => {
    expect(planOf(cron, raw, seen)).toMatchObject({ kind: "refuse", why: expect.stringMatching(why) });
  });
});

test.each([
  [{ schedule: "*/7 * * * *" }, /no multiple of 7/],
  [{ schedule: "0 0 13 * fri" }, /either of them/],
  [{ schedule: undefined, hour: 3 }, /every minute/],
  [{ job: "root true" }, /the user is no part/],
])("a warning for %j", (some, warning) => {
  expect(changeOf(cron, { ...job, ...some }, NONE).warnings).toEqual([expect.stringMatching(warning)]);
});
test("warnings about what stands in the table", () => {
  expect(changeOf(cron, job, NONE).warnings).toEqual([]);
  expect(changeOf(cron, job, table("*/5 * * * * true\n*/5 * * * * true\n")).warnings).toEqual([
    expect.stringContaining("in lines 1, 2"),
  ]);
  const below = changeOf(cron, { ...job, env: { A: "1" } }, table(`${BLOCK}@daily x\n`)).warnings;
  expect(below).toEqual(["cron applies A to the job below this one as well"]);
});

describe("bad parameters", () => {
  test.each([
    [{}, "name"],
    [{ ...job, name: " " }, "needs a name"],
    [{ ...job, name: "a\nb" }, "one line"],
    [{ ...job, job: undefined }, "say the command"],
    [{ ...job, job: "" }, "does nothing"],
    [{ ...job, job: ["a"] }, "job"],
    [{ ...job, job: "a\n* * * * * evil" }, "one line"],
    [{ ...job, job: "a\0" }, "one line"],
    [{ ...job, job: "x".repeat(999) }, "cuts a command"],
    [{ ...job, job: "%".repeat(600) }, "escaped"],
    [{ name: "j", job: "x" }, "say when"],
    [{ ...job, minute: 5 }, "schedule and minute both say when"],
    [{ ...job, special: "daily" }, "schedule and special both say when"],
    [{ ...job, schedule: "61 * * * *" }, "minute"],
    [{ ...job, schedule: "* * * *" }, "five fields"],
    [{ ...job, schedule: "* * * * *\n* * * * * evil" }, "schedule"],
    [{ name: "j", job: "x", special: "fortnightly" }, "no special time"],
    [{ name: "j", job: "x", hour: "25" }, "hour"],
    [{ name: "j", job: "x", hour: 1.5 }, "hour"],
    [{ name: "j", job: "x", minute: "5 4" }, "five fields"],
    [{ ...job, schedule: "0 0 30 2 *" }, "never comes"],
    [{ ...job, user: "$(id)" }, "name of a user"],
    [{ ...job, user: "-u" }, "name of a user"],
    [{ ...job, file: "lab.conf" }, "cron ignores"],
    [{ ...job, file: "/etc/cron.d/x" }, "without a folder"],
    [{ ...job, file: "" }, "cron ignores"],
    [{ ...job, env: { "A B": "1" } }, "not the name of a variable"],
    [{ ...job, env: { A: "1\n2" } }, "one line"],
    [{ ...job, env: { A: "x".repeat(999) } }, "cuts a setting"],
    [{ ...job, percent: "keep" }, "escape or newline"],
    [{ ...job, state: "gone" }, "present or absent"],
  ])("%j", (raw, message) => {
    expect(problemsOf(cron, raw).join("\n")).toContain(message);
  });
});

describe("the result", () => {
  const now = new Date("2026-03-01T10:02:00Z");
  test("has the next three runs, by the clock of the host", () => {
    expect(resultOf(cron, job, table(BLOCK), now)).toEqual({
      schedule: "*/5 * * * *",
      line: "*/5 * * * * true",
      next_runs: ["2026-03-01T10:05:00.000Z", "2026-03-01T10:10:00.000Z", "2026-03-01T10:15:00.000Z"],
    });
    const daily = resultOf(
      cron,
      { ...job, schedule: "@daily" },
      { table: exec("# lab: j\n@daily true\n"), zone: zoned("/usr/share/zoneinfo/Asia/Kolkata") },
      now,
    );
    expect(daily).toMatchObject({
      next_runs: ["2026-03-01T18:30:00.000Z", "2026-03-02T18:30:00.000Z", "2026-03-03T18:30:00.000Z"],
    });
    const west = resultOf(
      cron,
      { ...job, schedule: "@daily" },
      { table: exec("# lab: j\n@daily true\n"), zone: zoned("../usr/share/zoneinfo/America/New_York") },
      now,
    );
    expect(west).toMatchObject({ next_runs: ["2026-03-02T05:00:00.000Z", expect.anything(), expect.anything()] });
  });
  test("has none for what does not run", () => {
    expect(resultOf(cron, { ...job, schedule: "@reboot" }, table("# lab: j\n@reboot true\n"), now)).toMatchObject({
      schedule: "@reboot",
      next_runs: [],
    });
    expect(resultOf(cron, { ...job, disabled: true }, table("# lab: j\n#*/5 * * * * true\n"), now)).toMatchObject({
      next_runs: [],
    });
    expect(resultOf(cron, { name: "j", state: "absent" }, NONE, now)).toEqual({
      schedule: null,
      line: null,
      next_runs: [],
    });
  });
});

test("it looks at the table that it is about, and at nothing else", () => {
  const looks = (raw: object, seen: Answers) =>
    Object.entries(looksOf(cron, raw, seen)).flatMap(([name, look]) => (look === undefined ? [] : [name]));
  expect(looks(job, NONE)).toEqual(["table", "zone"]);
  expect(looks({ ...job, file: "x" }, cronD(null))).toEqual(["text", "stat", "folder", "zone"]);
});
