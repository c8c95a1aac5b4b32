import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isHujsonError, type Json, parseHujson } from "../../../engine/formats/hujson.ts";
import { flatText, parsedAgain, printHujson, withAdded } from "../../../engine/formats/hujson-text.ts";

const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom<Json>(null, true, false, 0, -1.5, 1e21),
    fc.string({ unit: "binary" }),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("value"), { maxKeys: 4 }),
  ),
})).value;
/** What may stand between any two tokens. */
const gap = fc.constantFrom("", " ", "\n", "\t", "// note\n", '/* a, ] } " */', " /**/ ", "\r\n");
const meaningOf = (text: string): unknown => {
  const parsed = parseHujson(text);
  return isHujsonError(parsed) ? parsed : parsed.value;
};

describe("HuJSON", () => {
  it("of any value, printed either way, is that value", () => {
    fc.assert(
      fc.property(json, (value) => {
        const plain = JSON.parse(JSON.stringify(value));
        for (const text of [printHujson(value), flatText(value), JSON.stringify(value)])
          expect(meaningOf(text)).toEqual(plain);
      }),
    );
  });

  it("means the same whatever comments, spaces and trailing commas stand between", () => {
    fc.assert(
      fc.property(json, fc.array(gap, { minLength: 7, maxLength: 7 }), fc.boolean(), (value, gaps, trailing) => {
        let index = 0;
        const next = () => gaps[index++ % gaps.length] ?? "";
        const print = (each: Json): string => {
          const end = trailing ? `,${next()}` : next();
          if (Array.isArray(each))
            return `[${each.map((item) => next() + print(item) + next()).join(",")}${each.length > 0 ? end : next()}]`;
          if (typeof each !== "object" || each === null) return JSON.stringify(each);
          const members = Object.entries(each).map(
            ([key, item]) => `${next()}${JSON.stringify(key)}${next()}:${next()}${print(item)}${next()}`,
          );
          return `{${members.join(",")}${members.length > 0 ? end : next()}}`;
        };
        expect(meaningOf(next() + print(value) + next())).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("keeps comments with what they stand in front of", () => {
    const parsed = parsedAgain(
      '// top\n{ // first\n"a": [1, /* two\n   lines */ 2], // behind\n"b": {"c": /* of c */ 3}, /* last */ }\n// end',
    );
    expect(parsed.comments.map(({ at, text }) => [at, text])).toEqual([
      ["", "top"],
      ["a", "first"],
      ["a[1]", "two\nlines"],
      ["b", "behind"],
      ["b.c", "of c"],
      [" (end)", "last"],
      [" (end)", "end"],
    ]);
    expect(parsedAgain('{"a": "// none /* here */"}').comments).toEqual([]);
  });

  it.each([
    ["", 1, 1, "ends too early"],
    ["{", 1, 2, "} is missing"],
    ['{\n  "a" 1}', 2, 7, 'expected : after "a"'],
    ['{"a": x}', 1, 7, "is no value"],
    ["{'a': 1}", 1, 2, "in double quotes"],
    ['{"a": 1, "a": 2}', 1, 10, "is there twice"],
    ["[1,,2]", 1, 4, "a value is missing"],
    ["[,]", 1, 2, "a value is missing"],
    ['{"a":"b\nc"}', 1, 6, "not closed on its line"],
    ['"\\x"', 1, 1, "unknown escape"],
    ["/* x", 1, 1, "never closed"],
    ["{} {}", 1, 4, "expected the end"],
    ["01", 1, 1, "is no value"],
    ["+1", 1, 1, "is no value"],
    ["NaN", 1, 1, "is no value"],
    ["[1 2]", 1, 4, "expected , or ]"],
    ["[".repeat(100_000), 1, 102, "nested deeper"],
  ])("tells what is wrong, and where: %#", (text, line, column, message) => {
    expect(parseHujson(text)).toEqual({ line, column, error: expect.stringContaining(message) });
  });

  it("never throws, whatever it is given", () => {
    fc.assert(fc.property(fc.string(), (text) => void parseHujson(text)));
    const policy = '{"a": [1, {"b": "c"}], /* x */ "d": null, // y\n}';
    for (let length = 0; length <= policy.length; length += 1) parseHujson(policy.slice(0, length));
  });
});

describe("a text with something added", () => {
  const text = `{
	// groups
	"groups": { "group:a": ["x@e"], /* tail */ },
	"acls": [
		{"action": "accept", "src": ["*"], "dst": ["*:*"]} // why
	],
	"ssh": [],
	"empty": {
	},
	"last": ["a", "b"] // l, m
	// end
}
`;
  it.each([
    [["groups"], { key: "group:b", value: ["y@e"] }, '{ "group:a": ["x@e"], /* tail */ "group:b": ["y@e"] },'],
    [["groups", "group:a"], { value: "y@e" }, '"group:a": ["x@e", "y@e"], /* tail */'],
    [["acls"], { value: { action: "accept" } }, '"dst": ["*:*"]}, // why\n\t\t{ "action": "accept" },\n\t],'],
    [["ssh"], { value: { a: 1 } }, '"ssh": [\n\t  { "a": 1 },\n\t],'],
    [["empty"], { key: "k", value: 1 }, '"empty": {\n\t  "k": 1,\n\t},'],
    [["last"], { value: "c" }, '"last": ["a", "b", "c"] // l, m'],
    [[], { key: "new", value: true }, '"last": ["a", "b"], // l, m\n\t// end\n\t"new": true,\n}'],
  ])("at %j is what it was everywhere else", (path, addition, there) => {
    const added = withAdded(parsedAgain(text), path, addition) ?? "";
    expect(added).toContain(there);
    expect(parsedAgain(added).comments).toHaveLength(parsedAgain(text).comments.length);
    const kept = text.split("\n").filter((line) => added.includes(line.trim().replace(/,$/, "")));
    expect(kept.length).toBeGreaterThanOrEqual(text.split("\n").length - 2);
  });

  it("holds what it held and the addition, in every text", () => {
    const objects = fc.dictionary(fc.string({ minLength: 1 }), json, { maxKeys: 4 });
    fc.assert(
      fc.property(objects, json, fc.boolean(), (object, value, flat) => {
        const before = parsedAgain(flat ? flatText(object) : printHujson(object));
        fc.pre(!Object.hasOwn(object, "added"));
        const after = parsedAgain(withAdded(before, [], { key: "added", value }) ?? "");
        expect(after.value).toEqual({
          ...JSON.parse(JSON.stringify(object)),
          added: JSON.parse(JSON.stringify(value)),
        });
      }),
    );
  });

  it("is none where there is no such place", () => {
    expect(withAdded(parsedAgain("{}"), ["a"], { value: 1 })).toBeNull();
    expect(withAdded(parsedAgain('{"a": 1}'), ["a"], { value: 1 })).toBeNull();
    expect(withAdded(parsedAgain('{"a": {}}'), ["a"], { value: 1 })).toBeNull();
  });
});
