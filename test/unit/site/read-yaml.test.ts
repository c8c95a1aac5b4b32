import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { readYaml } from "../../../engine/site/read-yaml.ts";
import { entryOf, type Node } from "../../../engine/value/node.ts";

function plain(node: Node | null): unknown {
  if (node === null) return null;
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plain);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, plain(value)]));
}

function read(text: string): unknown {
  const { node, diagnostics } = readYaml("a.yml", text);
  expect(diagnostics).toEqual([]);
  return plain(node);
}

function scalarAt(text: string, key: string) {
  const { node } = readYaml("a.yml", text);
  const value = node?.kind === "map" ? entryOf(node, key)?.value : undefined;
  if (value?.kind !== "scalar") throw new Error("no such scalar");
  return value;
}

describe("readYaml", () => {
  it("reads YAML 1.2: words of 1.1 are texts, keys are texts", () => {
    expect(read("a: yes\nb: on\nc: 12:30:00\nd: 0o17\n1: one\n2.5: two\ne: 2026-01-01\n")).toEqual({
      a: "yes",
      b: "on",
      c: "12:30:00",
      d: 15,
      1: "one",
      2.5: "two",
      e: "2026-01-01",
    });
  });

  it("is null for an empty file", () => {
    expect(read("")).toBeNull();
    expect(read("# only a comment\n---\n")).toBeNull();
  });

  it("keeps the tags of the language on scalars, lists and maps, and none of YAML's own", () => {
    const { node } = readYaml("a.yml", 'a: !raw "{{x}}"\nb: !append [1]\nc: !merge { a: 1 }\nd: !!str 5\n');
    const tags = node?.kind === "map" ? node.entries.map(({ value }) => value.tag) : [];
    expect(tags).toEqual(["!raw", "!append", "!merge", undefined]);
    expect(plain(node)).toEqual({ a: "{{x}}", b: [1], c: { a: 1 }, d: "5" });
  });

  it("gives a tagged number as the text that was written", () => {
    expect(scalarAt("a: !expr 1 + 1\nb: !raw 010\n", "a").value).toBe("1 + 1");
    expect(scalarAt("b: !raw 010\n", "b").value).toBe("010");
  });

  it("follows aliases and merges `<<`, what stands in the map itself winning", () => {
    const text = "base: &base { a: 1, b: 2 }\nmore: &more { b: 3, c: 4 }\nx:\n  <<: [*base, *more]\n  a: 0\ny: *base\n";
    expect(read(text)).toMatchObject({ x: { a: 0, b: 2, c: 4 }, y: { a: 1, b: 2 } });
    expect(read('"<<": 1\n')).toEqual({ "<<": 1 });
  });

  it("refuses aliases that unfold without end or without measure", () => {
    const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let level = 1; level < 10; level += 1) {
      bomb.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(", ")}]`,
      );
    }
    const codes = (text: string) => readYaml("a.yml", text).diagnostics.map(({ code }) => code);
    expect(codes(bomb.join("\n"))).toEqual(["too-many-aliases"]);
    expect(codes("a: &a [1, *a]\n")).toEqual(["endless-alias"]);
  });

  it("tells where the first of two equal keys stands, a number and its text being equal", () => {
    const { diagnostics } = readYaml("a.yml", 'x:\n  1: a\n  "1": b\n');
    expect(diagnostics).toMatchObject([
      {
        code: "duplicate-key",
        place: { file: "a.yml", line: 3, column: 3, length: 3 },
        related: [{ place: { line: 2, column: 3 } }],
      },
    ]);
  });

  it("marks a value that lacks its quotes, without the comment behind it", () => {
    const place = (text: string) =>
      readYaml("a.yml", text).diagnostics.map(({ code, place: at }) => [code, at?.column, at?.length]);
    expect(place("a: {{ b }} # why\n")).toEqual([["unquoted-template", 4, 7]]);
    expect(place("- {{ b }}/c # why\n")).toEqual([["unquoted-template", 3, 9]]);
  });

  it.each([
    ["brackets", `a: b\nc: ${"[".repeat(50_000)}`, [2, 204]],
    ["dashes", `a:\n${"- ".repeat(20_000)}x`, [2, 1]],
    ["lines", Array.from({ length: 3_000 }, (_, level) => `${" ".repeat(level)}a:`).join("\n"), [401, 1]],
  ])("refuses nesting without end: %s", (_, text, [line, column]) => {
    const { diagnostics } = readYaml("a.yml", text);
    expect(diagnostics).toMatchObject([
      { code: "yaml-syntax", message: "maps and lists are nested too deeply here", place: { line, column } },
    ]);
  });

  it("takes brackets in texts for what they are", () => {
    const script = `echo "\\033[0m {"\n`.repeat(500);
    expect(read(`a: |\n${script.replace(/^/gm, "  ")}\nb: "${"[".repeat(500)}"\n`)).toMatchObject({
      b: "[".repeat(500),
    });
  });

  it("refuses what is not UTF-8, where it stands", () => {
    const { node, diagnostics } = readYaml("a.yml", "a: 1\nname: caf\ufffd\n");
    expect(node).toBeNull();
    expect(diagnostics).toMatchObject([{ code: "not-utf8", place: { line: 2, column: 10 } }]);
  });

  it("gives places: of maps, lists, keys and values, with the length on their first line", () => {
    const { node } = readYaml("a.yml", "- name: one # first\n  list:\n    - [1,\n       2]\n");
    const map = node?.kind === "list" ? node.items[0] : undefined;
    expect(map?.place).toMatchObject({ file: "a.yml", line: 1, column: 3, length: 4 });
    const list = map?.kind === "map" ? entryOf(map, "list") : undefined;
    expect(list?.keyPlace).toEqual({ file: "a.yml", line: 2, column: 3, length: 4 });
    expect(list?.value.place).toMatchObject({ line: 3, column: 5, length: 1 });
    const flow = list?.value.kind === "list" ? list.value.items[0] : undefined;
    expect(flow?.place).toMatchObject({ line: 3, column: 7, length: 3 });
  });
});

describe("placeAt", () => {
  it.each([
    ["plain", "a: one two\n", "two", [1, 8]],
    ["plain over two lines", "a: one\n   two\n", "two", [2, 4]],
    ["single quotes", "a: 'it''s two'\n", "two", [1, 11]],
    ["double quotes", 'a: "one two"\n', "two", [1, 9]],
    ["double quotes with escapes", 'a: "\\u00e9\\t\\"\\x41 two"\n', "two", [1, 20]],
    ["double quotes with an escaped emoji", 'a: "\\U0001F600 two"\n', "two", [1, 16]],
    ["a literal block", "a: |\n  one\n    two\n", "two", [3, 5]],
    ["a literal block with a comment", "a: |- # two\n  one\n\n  two\n", "two", [4, 3]],
    ["a literal block with its indentation given", "a: |2\n    one\n  two\n", "two", [3, 3]],
    ["a folded block", "a: >\n  one\n  two\n", "two", [3, 3]],
    ["carriage returns", "a: |\r\n  one\r\n  two\r\n", "two", [3, 3]],
  ])("%s", (_, text, part, [line, column]) => {
    const scalar = scalarAt(text, "a");
    const place = scalar.placeAt(String(scalar.value).indexOf(part), part.length);
    expect([place.line, place.column, place.length]).toEqual([line, column, 3]);
  });

  it("knows the end of a text, and blanks between words", () => {
    expect(scalarAt("a: one  two\n", "a").placeAt(4)).toMatchObject({ line: 1, column: 8 });
    expect(scalarAt("a: 'one'\n", "a").placeAt(3)).toMatchObject({ line: 1, column: 8 });
  });

  it("falls back to the start of a double-quoted text over several lines with escapes", () => {
    expect(scalarAt('a: "\\tone\n  two"\n', "a").placeAt(5)).toMatchObject({ line: 1, column: 4 });
  });

  it("points at the same character as the value, in whatever style it is written", () => {
    const character = fc.constantFrom("a", "b", "'", '"', " ", "{", "é", "😀", "#", ":", "\\", "\n");
    fc.assert(
      fc.property(
        fc.array(character, { minLength: 1, maxLength: 20 }),
        fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED"),
        (characters, style) => {
          const value = characters.join("");
          const text = stringify({ a: value }, { defaultStringType: style as "PLAIN", defaultKeyType: "PLAIN" });
          const scalar = scalarAt(text, "a");
          const lines = text.split("\n");
          [...String(scalar.value)].forEach((_, index) => {
            const wanted = value[index];
            if (wanted === undefined || wanted.trim() === "" || scalar.value !== value) return;
            const place = scalar.placeAt(index);
            const found = lines[place.line - 1]?.[place.column - 1];
            const start = place.line === scalar.place.line && place.column === scalar.place.column;
            expect(start || found === wanted || found === "\\").toBe(true);
          });
        },
      ),
      { numRuns: 300 },
    );
  });
});
