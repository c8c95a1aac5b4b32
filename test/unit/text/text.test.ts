import { describe, expect, test } from "vitest";
import { formatBytes } from "../../../engine/text/bytes.ts";
import { displayWidth, graphemes } from "../../../engine/text/display-width.ts";
import { formatDuration } from "../../../engine/text/duration.ts";
import { indent } from "../../../engine/text/indent.ts";
import { plural } from "../../../engine/text/plural.ts";
import { printable } from "../../../engine/text/printable.ts";
import { padTo, shorten } from "../../../engine/text/shorten.ts";
import { table } from "../../../engine/text/table.ts";
import { thousands } from "../../../engine/text/thousands.ts";
import { wrap } from "../../../engine/text/wrap.ts";

test.each([
  ["plain", 5],
  ["größe", 5],
  ["gro\u0308ße", 5],
  ["容量", 4],
  ["한국", 4],
  ["🚀", 2],
  ["👩‍👩‍👧", 2],
  ["🇩🇪", 2],
  ["⚠️", 2],
  ["⚠", 1],
  ["…→", 2],
  ["\u001b[31mred\u001b[39m", 3],
  ["a\u200bb", 2],
  ["", 0],
])("%j takes %i cells", (text, width) => {
  expect(displayWidth(text)).toBe(width);
});

describe("shorten", () => {
  test.each([
    ["short", 5, "short"],
    ["longer", 5, "long…"],
    ["two words", 5, "two…"],
    ["容量を確認", 6, "容量…"],
    ["容量を確認", 5, "容量…"],
    ["👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"],
    ["x", 0, ""],
    ["xy", 1, "…"],
  ])("%j to %i cells is %j", (text, width, short) => {
    expect(shorten(text, width)).toBe(short);
    expect(displayWidth(short)).toBeLessThanOrEqual(width);
  });

  test("padTo counts cells, not characters", () => {
    expect(padTo("容量", 6)).toBe("容量  ");
    expect(padTo("too long", 3)).toBe("too long");
  });
});

describe("wrap", () => {
  test("breaks between words, keeps the text's own lines and their indentation", () => {
    expect(wrap("one two three four\n  five six seven\n\nend", 10)).toEqual([
      "one two",
      "three four",
      "  five six",
      "  seven",
      "",
      "end",
    ]);
  });

  test("cuts words that fill more than a line, at whole characters", () => {
    expect(wrap("see /srv/media/music/album now", 12)).toEqual(["see", "/srv/media/m", "usic/album", "now"]);
    expect(wrap("容量を確認する", 9)).toEqual(["容量を確", "認する"]);
  });
});

test("table: the first column to the left, numbers to the right, wide characters and colours counted as they show", () => {
  expect(
    table([
      ["host", "ok"],
      ["サーバー", "\u001b[32m12\u001b[39m"],
      ["pve", "3"],
    ]),
  ).toEqual(["host      ok", "サーバー  \u001b[32m12\u001b[39m", "pve        3"]);
});

test.each([
  [0, "0 ms"],
  [999.4, "999 ms"],
  [999.5, "1.0 s"],
  [59_949, "59.9 s"],
  [59_950, "1 min"],
  [245_000, "4 min 05 s"],
  [3_599_600, "1 h"],
  [7_620_000, "2 h 07 min"],
  [86_400_000, "1 day"],
  [273_600_000, "3 days 4 h"],
])("%d ms is %s", (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [9_949, "9.9 kB"],
  [9_950, "10 kB"],
  [999_499, "999 kB"],
  [999_500, "1.0 MB"],
  [34_000_000, "34 MB"],
  [5e15, "5000 TB"],
])("%d bytes are %s", (bytes, text) => {
  expect(formatBytes(bytes)).toBe(text);
});

test("plural", () => {
  expect([plural(0, "host"), plural(1, "host"), plural(1000, "host"), plural(2, "entry", "entries")]).toEqual([
    "0 hosts",
    "1 host",
    "1,000 hosts",
    "2 entries",
  ]);
});

test("indent leaves empty lines empty", () => {
  expect(indent(["a", "", "b"], 2)).toEqual(["  a", "", "  b"]);
});

test.each([
  ["plain ö 容", "plain ö 容"],
  ["\u001b]0;owned\u0007", "␛]0;owned␇"],
  ["a\tb\r\nc\rd", "a    b\nc␍d"],
  ["abc\u202efdp.exe", "abc�fdp.exe"],
  ["\u009b2J\u007f", "�2J␡"],
])("%j is printed as %j", (text, safe) => {
  expect(printable(text)).toBe(safe);
});

test.each([0, 7, -12, 999, 1000, -1000, 12345, 100000, 1234567, 9007199254740991])(
  "%d with its thousands apart",
  (count) => {
    expect(thousands(count)).toBe(count.toLocaleString("en-US"));
  },
);

test("splits European letters, punctuation, arrows and lines as Intl does", () => {
  const segmenter = new Intl.Segmenter("en", { granularity: "grapheme" });
  const ranges = [
    [0x20, 0x7e],
    [0xa0, 0x2ff],
    [0x2010, 0x2027],
    [0x2030, 0x205e],
    [0x2190, 0x25ff],
  ] as const;
  const all = ranges.flatMap(([from, to]) =>
    Array.from({ length: to - from + 1 }, (_, index) => String.fromCodePoint(from + index)),
  );
  for (const each of [all, all.toReversed(), all.flatMap((character) => [character, "↔", character, "-"])]) {
    const text = each.join("");
    expect(graphemes(text)).toEqual(Array.from(segmenter.segment(text), ({ segment }) => segment));
  }
  expect(graphemes("↔\ufe0f u\u0308")).toEqual(["↔\ufe0f", " ", "u\u0308"]);
});
