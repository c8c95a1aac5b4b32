import { expect, test } from "vitest";
import { splitDiff } from "../../../engine/report/split-diff.ts";
import { unifiedDiff } from "../../../engine/text/unified-diff.ts";

test("what was taken away stands beside what came in its place", () => {
  expect(splitDiff(unifiedDiff("a\nb\nc\nd\n", "a\nB\nC\nextra\nd\n"))).toEqual([
    { kind: "hunk", before: "@@ -1,4 +1,5 @@" },
    { kind: "same", before: "a", after: "a" },
    { kind: "changed", before: "b", after: "B" },
    { kind: "changed", before: "c", after: "C" },
    { kind: "changed", after: "extra" },
    { kind: "same", before: "d", after: "d" },
  ]);
});

test("a line of the text that looks like a head of the diff is a line of the text", () => {
  const rows = splitDiff(unifiedDiff("-- before\n", "++ after\n"));
  expect(rows.filter(({ kind }) => kind === "changed")).toEqual([
    { kind: "changed", before: "-- before", after: "++ after" },
  ]);
});

test("what is no diff is a note", () => {
  expect(splitDiff("binary content differs (1 B → 2 B)")).toEqual([
    { kind: "note", before: "binary content differs (1 B → 2 B)" },
  ]);
});
