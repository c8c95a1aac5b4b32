import fc from "fast-check";
import { expect, test } from "vitest";
import { differencesOf, isFields, put } from "../../../engine/sim/sandbox/state-differences.ts";

const plain = fc.jsonValue({ maxDepth: 4 });
const copy = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test("what differs, carried out, makes the one of the other, and then nothing differs", () => {
  fc.assert(
    fc.property(plain, plain, fc.boolean(), (a, b, related) => {
      // Values that have most in common, too, as states one write apart do.
      const before = copy({ it: a, kept: b });
      const after = copy(related ? { it: a, kept: [b, a], more: { a } } : { it: b, kept: a });
      if (!isFields(before)) return;
      const differences = differencesOf(before, after, []);
      for (const [path, value] of differences) put(before, path, value);
      expect(JSON.parse(JSON.stringify(before))).toEqual(after);
      expect(differencesOf(before, after, [])).toEqual([]);
    }),
  );
});

test("a difference is as small as the names go; a list is one value; `__proto__` is a name", () => {
  const before = JSON.parse('{"h":{"files":{"/a":{"mode":"0644","uid":0}},"list":[1,2],"__proto__":{"x":1}}}');
  const after = JSON.parse('{"h":{"files":{"/a":{"mode":"0600","uid":0}},"list":[1,3],"__proto__":{"x":2}}}');
  const differences = differencesOf(before, after, []);
  expect(differences).toEqual([
    [["h", "files", "/a", "mode"], "0600"],
    [
      ["h", "list"],
      [1, 3],
    ],
    [["h", "__proto__", "x"], 2],
  ]);
  for (const [path, value] of differences) put(before, path, value);
  expect(JSON.stringify(before)).toBe(JSON.stringify(after));
  expect(Object.prototype).not.toHaveProperty("x");
});
