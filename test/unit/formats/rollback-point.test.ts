import { describe, expect, test } from "vitest";
import { isMoment, parseClock, printMoment, wantedPoint } from "../../../engine/formats/rollback-point.ts";

const at = (text: string): number => Date.parse(text) / 1000;
/** Half past one at night, two hours east: in UTC it is still the day before. */
const clock = { now: at("2026-11-21T23:30:00Z"), offset: 7200 };
const points = [
  { name: "old", made: at("2026-11-01T00:00:00Z") },
  { name: "evening", made: at("2026-11-21T20:00:00Z") },
  { name: "twin", made: at("2026-11-21T20:00:00Z") },
  { name: "night", made: at("2026-11-21T22:30:00Z") },
  { name: "2h", made: at("2026-11-02T00:00:00Z") },
];

describe("what is gone back to", () => {
  test.each([
    ["old", "old"],
    ["@old", "old"],
    ["tank/a@old", "old"],
    // A name comes before what it could mean.
    ["2h", "2h"],
    ["latest", "night"],
    // The day begins at midnight of the host: `night` is of today.
    ["yesterday", "twin"],
    ["2026-11-22", "night"],
    ["2026-11-21", "twin"],
    ["2026-11-22 00:30", "night"],
    ["2026-11-22T00:29", "twin"],
    ["90m", "twin"],
    ["1d", "2h"],
  ])("%s is %s", (to, name) => {
    expect(wantedPoint(to, points, clock)).toMatchObject({ kind: "found", point: { name } });
  });

  test.each([
    ["nope", "there is no snapshot nope"],
    ["30d", "there is no snapshot from 2026-10-23 01:30 or before: the oldest, old, is from 2026-11-01 02:00"],
  ])("%s is none: %s", (to, why) => {
    expect(wantedPoint(to, points, clock)).toEqual({ kind: "none", why });
  });
  test("where there are none", () => {
    expect(wantedPoint("latest", [], clock)).toEqual({ kind: "none", why: "there is no snapshot" });
  });
});

test("a host's clock", () => {
  expect(parseClock("1795303800 +0200\n")).toEqual({ now: 1795303800, offset: 7200 });
  expect(parseClock("1795303800 -0330\n")).toEqual({ now: 1795303800, offset: -12600 });
  expect(parseClock("what time?")).toBeNull();
  expect(printMoment(at("2026-11-21T22:30:00Z"), clock)).toBe("2026-11-22 00:30");
  expect([isMoment("3d"), isMoment("yesterday"), isMoment("upgrade"), isMoment("12")]).toEqual([
    true,
    true,
    false,
    false,
  ]);
});
