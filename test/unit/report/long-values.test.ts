import fc from "fast-check";
import { expect, test } from "vitest";
import { renderDiff } from "../../../engine/report/render-diff.ts";
import { displayWidth, graphemes } from "../../../engine/text/display-width.ts";

test("a value of a megabyte is neither printed whole nor measured cell by cell", () => {
  const before = performance.now();
  const lines = renderDiff({ path: "block", before: null, after: "x".repeat(1_000_000) }, 76, (_, text) => text);
  expect(lines.length).toBeLessThan(100);
  expect(lines.join("")).toContain("(1000000 characters in all)");
  expect(performance.now() - before).toBeLessThan(5000);
});

test("a long text is cut into the same characters as a short one", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const odd = fc.constantFrom(
    "a",
    "e\u0301",
    "漢",
    "👩‍👩‍👧",
    "🇸🇪",
    "\u0301",
    "\r\n",
    "\u{1e8d0}",
    "1\ufe0f\u20e3",
    "x".repeat(505),
  );
  fc.assert(
    fc.property(fc.array(odd, { minLength: 50, maxLength: 400 }), (parts) => {
      const text = parts.join("");
      expect(graphemes(text)).toEqual(Array.from(segmenter.segment(text.slice()), ({ segment }) => segment));
    }),
    { numRuns: 30 },
  );
});

test("the width of a long line is known at once", () => {
  const before = performance.now();
  expect(displayWidth(`${"x".repeat(300_000)}→${"漢".repeat(100_000)}`)).toBe(500_001);
  expect(performance.now() - before).toBeLessThan(5000);
});
