import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  commentLine,
  environmentLine,
  jobLine,
  nextRuns,
  parseCrontab,
  parseSchedule,
  renderCrontab,
  type Schedule,
} from "../../../engine/formats/crontab.ts";

function schedule(text: string): Schedule {
  const parsed = parseSchedule(text);
  if ("error" in parsed) throw new Error(`${parsed.error}; ${parsed.hint}`);
  return parsed;
}

function runs(text: string, from: string, count: number, utcOffsetMinutes = 0): string[] {
  return nextRuns(schedule(text), new Date(from), count, { utcOffsetMinutes }).map((date) => date.toISOString());
}

describe("lines", () => {
  test("a user's crontab is told apart line by line", () => {
    const text = '# head\n\nMAILTO = "me@home"\n*/5 * * * * date > /tmp/x=1\n@daily  backup\nnonsense\n61 * * * * x\n';
    expect(parseCrontab(text, { system: false })).toEqual([
      { kind: "comment", text: "# head" },
      { kind: "blank", text: "" },
      { kind: "environment", text: 'MAILTO = "me@home"', name: "MAILTO", value: "me@home" },
      { kind: "job", text: "*/5 * * * * date > /tmp/x=1", schedule: "*/5 * * * *", command: "date > /tmp/x=1" },
      { kind: "job", text: "@daily  backup", schedule: "@daily", command: "backup" },
      { kind: "other", text: "nonsense" },
      { kind: "other", text: "61 * * * * x" },
    ]);
  });

  test("a system crontab has a user before the command", () => {
    const [job, incomplete] = parseCrontab("17 *\t* * *\troot    cd / && run-parts x\n5 4 * * * root\n", {
      system: true,
    });
    expect(job).toMatchObject({ kind: "job", schedule: "17 *\t* * *", user: "root", command: "cd / && run-parts x" });
    expect(incomplete?.kind).toBe("other");
  });

  test("a foreign job that cron takes and never runs is still a job", () => {
    const kinds = ["* 9-3 * * * x", "*/90 * * * * x", "*-5 * * * * x", "*/0 * * * * x", "5/10 * * * * x"].map(
      (line) => parseCrontab(`${line}\n`, { system: false })[0]?.kind,
    );
    expect(kinds).toEqual(["job", "job", "job", "other", "other"]);
  });

  test("any text comes out as it went in", () => {
    const line = fc.oneof(
      fc.string({ unit: "grapheme" }),
      fc.constantFrom("", " ", "\r", "# x", "A=b", "* * * * * x", "  @daily y ", "\t1 2 3 4 5 root  z"),
    );
    fc.assert(
      fc.property(fc.array(line), fc.boolean(), (lines, system) => {
        const text = lines.join("\n");
        expect(renderCrontab(parseCrontab(text, { system }))).toBe(text);
      }),
    );
  });

  test("a line appended after one without newline does not run into it", () => {
    const lines = [...parseCrontab("1 * * * * a", { system: false }), jobLine({ schedule: "@daily", command: "b" })];
    expect(renderCrontab(lines)).toBe("1 * * * * a\n@daily b\n");
  });

  test("made lines read back as what they were made from", () => {
    for (const value of ["a b", "", " padded ", '"quoted"', "it's"]) {
      const line = environmentLine("X", value);
      expect(parseCrontab(`${line.text}\n`, { system: false })[0]).toMatchObject({
        kind: "environment",
        name: "X",
        value,
      });
    }
    const job = jobLine({ schedule: "*/5 * * * *", user: "root", command: "true" });
    expect(parseCrontab(renderCrontab([commentLine(" id"), job]), { system: true })).toEqual([
      { kind: "comment", text: "# id" },
      job,
    ]);
  });
});

describe("schedules", () => {
  test("ranges, lists, steps, names and both Sundays", () => {
    expect(schedule("0-10/5,59 1,2 1-3 jan,Mar-APR 5-7")).toMatchObject({
      minutes: [0, 5, 10, 59],
      hours: [1, 2],
      days: [1, 2, 3],
      months: [1, 3, 4],
      weekdays: [0, 5, 6],
    });
    expect(schedule("0 0 * * */2")).toMatchObject({ weekdays: [0, 2, 4, 6] });
    expect(schedule("0 0 * * 7")).toMatchObject({ weekdays: [0] });
  });

  test.each([
    ["@hourly", "0 * * * *"],
    ["@daily", "0 0 * * *"],
    ["@midnight", "0 0 * * *"],
    ["@weekly", "0 0 * * 0"],
    ["@monthly", "0 0 1 * *"],
    ["@yearly", "0 0 1 1 *"],
    ["@annually", "0 0 1 1 *"],
  ])("%s is %s", (special, fields) => {
    expect({ ...schedule(special), text: "" }).toEqual({ ...schedule(fields), text: "" });
  });

  test.each([
    ["60 * * * *", 'minute field "60": 60 is out of range', "minute is 0-59"],
    ["* 24 * * *", 'hour field "24": 24 is out of range', "hour is 0-23"],
    ["* * 0 * *", 'day of month field "0": 0 is out of range', "day of month is 1-31"],
    ["* * * 13 *", 'month field "13": 13 is out of range', "1-12 (or jan-dec)"],
    ["* * * * 8", 'day of week field "8": 8 is out of range', "0-7 (or sun-sat)"],
    ["* * * foo *", 'month field "foo": foo is out of range', "jan-dec"],
    ["*/0 * * * *", "a step of 0", "leave the step out"],
    ["*/90 * * * *", "the step 90 is larger", "name the times"],
    ["*/x * * * *", 'the step "x" is not a number', "*/n"],
    ["30-10 * * * *", "the range 30-10 is reversed", "write 30-59,0-10"],
    ["0 0 * * fri-sun", "the range fri-sun is reversed", "write 5-7"],
    ["5/10 * * * *", "a step without a range", "write 5-59/10"],
    ["1,,2 * * * *", "an element of the list is empty", "minute is 0-59"],
    ["*-5 * * * *", "mixes * with a range", "a range a-b"],
    ["-5 * * * *", '"-5" is not a number', "minute is 0-59"],
    ["* * * *", "has 4", "minute, hour, day of month"],
    ["0 0 0 * * *", "has 6", "no field for seconds"],
    ["", "has 0", "minute, hour"],
    ["@Daily", 'no special time "@Daily"', "@daily"],
    ["@fortnightly", 'no special time "@fortnightly"', "@weekly"],
  ])("%j is refused", (text, error, hint) => {
    const parsed = parseSchedule(text);
    if (!("error" in parsed)) throw new Error("accepted");
    expect(parsed.error).toContain(error);
    expect(parsed.hint).toContain(hint);
  });
});

describe("next runs", () => {
  test("come after the moment given, never at it", () => {
    expect(runs("*/15 * * * *", "2025-03-01T10:15:00Z", 3)).toEqual([
      "2025-03-01T10:30:00.000Z",
      "2025-03-01T10:45:00.000Z",
      "2025-03-01T11:00:00.000Z",
    ]);
  });

  test("day of month or day of week where both are named", () => {
    // 2025-09-05 and -12 are Fridays.
    expect(runs("0 0 10 * 5", "2025-09-01T00:00:00Z", 3)).toEqual([
      "2025-09-05T00:00:00.000Z",
      "2025-09-10T00:00:00.000Z",
      "2025-09-12T00:00:00.000Z",
    ]);
  });

  test("a day field that begins with a star restricts together with the weekday", () => {
    expect(runs("0 0 */2 * 1", "2025-09-01T00:00:00Z", 2)).toEqual([
      "2025-09-15T00:00:00.000Z",
      "2025-09-29T00:00:00.000Z",
    ]);
  });

  test("leap days are found, February 30 is not", () => {
    expect(runs("0 0 29 2 *", "2096-03-01T00:00:00Z", 1)).toEqual(["2104-02-29T00:00:00.000Z"]);
    expect(runs("0 0 30 2 *", "2025-01-01T00:00:00Z", 5)).toEqual([]);
    expect(runs("@reboot", "2025-01-01T00:00:00Z", 5)).toEqual([]);
  });

  test("the host's zone counts", () => {
    expect(runs("0 0 * * *", "2025-01-01T21:00:00Z", 2, 120)).toEqual([
      "2025-01-01T22:00:00.000Z",
      "2025-01-02T22:00:00.000Z",
    ]);
  });

  test("without a zone, the local time of this process", () => {
    const [run] = nextRuns(schedule("30 4 * * *"), new Date(2025, 0, 1, 12, 0), 1);
    expect(run).toEqual(new Date(2025, 0, 2, 4, 30));
  });

  test("every run answers the schedule and they rise", () => {
    const minute = fc.integer({ min: 0, max: 59 });
    fc.assert(
      fc.property(minute, fc.integer({ min: 1, max: 28 }), fc.integer({ min: 0, max: 4e9 }), (m, day, seconds) => {
        const found = nextRuns(schedule(`${m} 3 ${day} * *`), new Date(seconds * 1000), 4, { utcOffsetMinutes: 0 });
        expect(found).toHaveLength(4);
        for (const [index, run] of found.entries()) {
          expect([run.getUTCMinutes(), run.getUTCHours(), run.getUTCDate()]).toEqual([m, 3, day]);
          expect(run.getTime()).toBeGreaterThan(found[index - 1]?.getTime() ?? seconds * 1000);
        }
      }),
      { numRuns: 30 },
    );
  });
});
