import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { Bug } from "../../../engine/errors/bug.ts";
import { quoteArgv, quoteWord } from "../../../engine/ops/quote.ts";

it("leaves plain words alone and quotes all others", () => {
  expect(["/etc/x-1.conf", "a=b", "=a", "", "it's", "a b", "~", "*"].map(quoteWord)).toEqual([
    "/etc/x-1.conf",
    "a=b",
    "'=a'",
    "''",
    "'it'\\''s'",
    "'a b'",
    "'~'",
    "'*'",
  ]);
});

it("gives the shell exactly the words", () => {
  const words = fc.array(
    fc
      .string({ unit: "binary", maxLength: 20 })
      .filter((word) => !word.includes("\0") && Buffer.from(word).toString() === word),
    { minLength: 1 },
  );
  fc.assert(
    fc.property(words, (argv) => {
      const { stdout } = spawnSync("sh", ["-c", `printf '%s\\0' ${quoteArgv(argv)}`]);
      expect(stdout.toString()).toBe(`${argv.join("\0")}\0`);
    }),
    { numRuns: 30 },
  );
});

it("refuses a NUL, which would cut the word short", () => {
  expect(() => quoteWord("a\0b")).toThrow(Bug);
});
