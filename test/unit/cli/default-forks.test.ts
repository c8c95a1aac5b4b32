import { expect, it } from "vitest";
import { defaultForks } from "../../../engine/cli/default-forks.ts";

it("takes as many hosts at a time as files may be open and cores can serve", () => {
  expect(defaultForks(1024, 2)).toBe(100);
  expect(defaultForks(256, 2)).toBe(48);
  expect(defaultForks(1024, 64)).toBe(240);
  expect(defaultForks(Number.POSITIVE_INFINITY, 64)).toBe(500);
});

it("goes on with a few where hardly any file may be open", () => {
  expect(defaultForks(64, 2)).toBe(5);
  expect(defaultForks(20, 1)).toBe(5);
});

it("finds out by itself how this machine is", () => {
  const forks = defaultForks();
  expect(Number.isInteger(forks)).toBe(true);
  expect(forks).toBeGreaterThanOrEqual(5);
  expect(forks).toBeLessThanOrEqual(500);
});
