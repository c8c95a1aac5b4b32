import { expect, test } from "vitest";
import { unifiedDiff } from "../../../engine/text/unified-diff.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `${from + index}\n`).join("");

test("three lines of context, hunks apart", () => {
  const before = numbers(1, 20);
  expect(unifiedDiff(before, before.replace("5\n", "five\n").replace("18\n", ""))).toBe(
    `--- before
+++ after
@@ -2,7 +2,7 @@
 2
 3
 4
-5
+five
 6
 7
 8
@@ -15,6 +15,5 @@
 15
 16
 17
-18
 19
 20`,
  );
});

test("a missing line break at the end is a difference and is noted", () => {
  expect(unifiedDiff("a\n", "a")).toBe("--- before\n+++ after\n@@ -1 +1 @@\n-a\n+a\n\\ No newline at end of file");
});

test("a text that comes or goes as a whole", () => {
  expect(unifiedDiff("", "a\nb\n")).toBe("--- before\n+++ after\n@@ -0,0 +1,2 @@\n+a\n+b");
  expect(unifiedDiff("a\n", "")).toBe("--- before\n+++ after\n@@ -1 +0,0 @@\n-a");
});

test("equal texts differ in nothing", () => {
  expect(unifiedDiff("a\n", "a\n")).toBe("");
});

test("two hundred lines at most, and what was left out", () => {
  const lines = unifiedDiff(numbers(1, 198), numbers(301, 304)).split("\n");
  expect(lines).toHaveLength(2 + 200 + 1);
  expect(lines.slice(-2)).toEqual(["+301", "… 3 more lines (3 added, 0 removed)"]);
});

test("binary content is summed up", () => {
  expect(unifiedDiff("\u0000\u0001ELF", "text\n")).toBe("binary content differs (5 B → 5 B)");
  expect(unifiedDiff("text\n", "\ufffd\ufffdö\ufffd".repeat(600))).toBe("binary content differs (5 B → 6.6 kB)");
});

test("two long texts without anything in common are summed up", () => {
  const before = Array.from({ length: 60_000 }, (_, index) => `left ${index}\n`).join("");
  const after = Array.from({ length: 60_000 }, (_, index) => `right ${index}\n`).join("");
  expect(unifiedDiff(before, after)).toBe("nearly everything differs (60,000 lines, 649 kB → 60,000 lines, 709 kB)");
});
