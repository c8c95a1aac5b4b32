import { expect, test } from "vitest";
import { z } from "zod";
import { issueMessage } from "../../../engine/plan/issue-message.ts";

const strict = z.strictObject({ name: z.string().min(2) });

test.each<[string, z.ZodType, unknown, string]>([
  ["a number too large", z.int().max(5), 9, "expected a number of at most 5, got the number 9"],
  ["a number too small", z.int().min(1), 0, "expected a number of at least 1, got the number 0"],
  ["an empty text", z.string().min(1), "", "expected at least 1 character, got an empty text"],
  ["a text too long", z.string().max(3), "abcd", "expected at most 3 characters, got one of 4"],
  ["an empty list", z.array(z.string()).min(1), [], "expected at least 1 item, got an empty list"],
  ["a list too long", z.array(z.string()).max(1), ["a", "b"], "expected at most 1 item, got 2"],
  ["a text of another form", z.string().regex(/^a$/), "b", 'expected a text that matches /^a$/, got "b"'],
  ["a type", z.int(), "x", 'expected a number, got "x"'],
  ["a choice", z.enum(["a", "b"]), "c", 'expected `a`, `b`; got "c"'],
  ["a key", z.record(z.string().max(1), z.string()), { bcd: "c" }, "a key: expected at most 1 character, got one of 3"],
  ["one of several types", z.union([z.string(), z.int()]), [], "expected text or number, got a list"],
  [
    "one of several forms",
    z.union([z.strictObject({ size: z.int().max(1) }), strict]),
    { size: 7, name: "x" },
    "`size` expected a number of at most 1, got the number 7",
  ],
  ["a module's own words", z.string().min(1, { error: "say who" }), "", "say who"],
])("%s", (_, schema, value, message) => {
  const issue = schema.safeParse(value).error?.issues[0];
  expect(issue && issueMessage(issue, value)).toBe(message);
});
