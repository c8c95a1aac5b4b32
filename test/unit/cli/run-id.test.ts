import { expect, it } from "vitest";
import { newRunId } from "../../../engine/cli/run-id.ts";

it("sorts by time, to the millisecond, whatever makes it unique", () => {
  const moments = [0, 9, 10, 15, 16, 99, 100, 255, 256, 998, 999, 1_000, 61_000, 90_000_000];
  const ids = moments.map((ms) => newRunId(new Date(Date.UTC(2026, 0, 2, 3, 4, 5) + ms)));
  expect([...ids].sort()).toEqual(ids);
  expect(ids[0]).toMatch(/^20260102-030405-000[0-9a-f]{5}$/);
  expect(ids.at(-1)).toMatch(/^20260103-040405-000[0-9a-f]{5}$/);
});

it("is another each time", () => {
  const now = new Date();
  const ids = Array.from({ length: 50 }, () => newRunId(now));
  expect(new Set(ids).size).toBeGreaterThan(48);
});
