import { describe, expect, test } from "vitest";
import {
  isCalendarEvent,
  nextCalendarRun,
  parseCalendarEvent,
  sameSchedule,
} from "../../../engine/formats/calendar-event.ts";

/** Wednesday. */
const NOW = "2025-10-01T10:10:00Z";
const next = (text: string, from = NOW) => {
  const event = parseCalendarEvent(text);
  if (!isCalendarEvent(event)) return event;
  const seconds = nextCalendarRun(event, Date.parse(from) / 1000);
  return seconds === null ? null : new Date(seconds * 1000).toISOString().replace(".000Z", "");
};

describe("the next run", () => {
  test.each([
    ["daily", "2025-10-02T00:00:00"],
    ["02:30", "2025-10-02T02:30:00"],
    ["10:10", "2025-10-02T10:10:00"],
    ["10:10:30", "2025-10-01T10:10:30"],
    ["*/15", "2025-10-01T10:15:00"],
    ["5", "2025-10-01T11:05:00"],
    ["8..17:0/20", "2025-10-01T10:20:00"],
    ["mon..fri 22:30", "2025-10-01T22:30:00"],
    ["fri..mon 1:00", "2025-10-03T01:00:00"],
    ["Sat,SUNDAY", "2025-10-04T00:00:00"],
    ["sat *-*-1..7 15:00", "2025-10-04T15:00:00"],
    ["*-2-29", "2028-02-29T00:00:00"],
    ["2026-1-1 UTC", "2026-01-01T00:00:00"],
    ["monthly", "2025-11-01T00:00:00"],
    ["weekly", "2025-10-06T00:00:00"],
    ["hourly", "2025-10-01T11:00:00"],
    ["quarterly", "2026-01-01T00:00:00"],
    ["*-2-30", null],
  ])("%s", (text, wanted) => {
    expect(next(text)).toBe(wanted);
  });
});

test.each([
  ["foo", "weekday"],
  ["mon..", "weekday"],
  ["mon..tue..wed", "weekday"],
  ["25:00", "date or time specification"],
  ["10:60", "date or time specification"],
  ["1:2:3:4", "date or time specification"],
  ["*/0", "date or time specification"],
  ["5..3:00", "date or time specification"],
  ["13-1 1:00", "date or time specification"],
  ["1:00 1:00", "date or time specification"],
  ["-1:00", "date or time specification"],
  ["", "date or time specification"],
])("%j is none", (text, part) => {
  expect(parseCalendarEvent(text)).toMatchObject({ part });
});

test.each([
  ["daily", "0:00", true],
  ["*/30", "0,30", true],
  ["mon..wed", "tue,wed,mon 00:00:00", true],
  ["02:00", "2:01", false],
  ["weekly", "sun", false],
  ["nonsense", " nonsense", true],
])("%s means %s: %j", (a, b, same) => {
  expect(sameSchedule(a, b)).toBe(same);
  expect(sameSchedule(b, a)).toBe(same);
});
