import { expect, test } from "vitest";
import { nearest } from "../../../engine/text/nearest.ts";

const keywords = [
  "name",
  "when",
  "loop",
  "vars",
  "tags",
  "notify",
  "become",
  "become_user",
  "register",
  "ignore_errors",
];

test.each([
  ["nmae", "name"], // two neighbours swapped count as one mistake
  ["regster", "register"],
  ["registerr", "register"],
  ["become-user", "become_user"],
  ["Become", "become"],
  ["ignore_error", "ignore_errors"],
  ["ignor_eror", "ignore_errors"],
  ["whne", "when"],
  ["tag", "tags"],
])("%s means %s", (word, meant) => {
  expect(nearest(word, keywords)).toBe(meant);
});

test.each(["kubernetes", "xy", "", "zzzz", "q", "async_status"])("%j is near to nothing", (word) => {
  expect(nearest(word, keywords)).toBeUndefined();
});

test("the nearest of several wins, the first of equals", () => {
  expect(nearest("hosst", ["house", "hosts", "host"])).toBe("hosts");
  expect(nearest("cat", ["bat", "rat"])).toBe("bat");
});

test("the word itself is never the answer, and short words need the same start", () => {
  expect(nearest("name", ["name"])).toBeUndefined();
  expect(nearest("op", ["os", "xp"])).toBe("os");
  expect(nearest("op", ["xp"])).toBeUndefined();
});
