import { expect, test } from "vitest";
import { renderDiff } from "../../../engine/report/render-diff.ts";

test("a value of a megabyte is neither printed whole nor measured cell by cell", () => {
  const before = performance.now();
  const lines = renderDiff({ path: "block", before: null, after: "x".repeat(1_000_000) }, 76, (_, text) => text);
  expect(lines.length).toBeLessThan(100);
  expect(lines.join("")).toContain("(1000000 characters in all)");
  expect(performance.now() - before).toBeLessThan(5000);
});
