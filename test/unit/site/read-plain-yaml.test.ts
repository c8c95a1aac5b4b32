import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { placesOf } from "../../../engine/site/places-of.ts";
import { readAnyYaml } from "../../../engine/site/read-any-yaml.ts";
import { readPlainYaml } from "../../../engine/site/read-plain-yaml.ts";
import type { Node } from "../../../engine/value/node.ts";
import { syntheticSite } from "../../bench/synthetic-site.ts";

const repository = resolve(import.meta.dirname, "../../..");

/** A node with all that it answers: of each text the place of each of its characters. */
function told(node: Node | null): unknown {
  if (node === null) return null;
  const { kind, place, tag } = node;
  if (node.kind === "list") return { kind, place, tag, items: node.items.map(told) };
  if (node.kind === "map") {
    const entries = node.entries.map(({ key, keyPlace, value }) => ({ key, keyPlace, value: told(value) }));
    return { kind, place, tag, entries, closed: node.closed };
  }
  const { value, placeAt, ...rest } = node;
  const length = typeof value === "string" ? value.length : 0;
  const places = Array.from({ length: length + 2 }, (_, offset) => placeAt(offset, 3));
  return { ...rest, value, places };
}

/** Whether the text is a plain one; and if so that it is read as the library reads it, which finds nothing wrong in it. */
function sameAsLibrary(text: string): boolean {
  const places = placesOf("a.yml", text);
  const plain = readPlainYaml(text, places);
  if (plain === undefined) return false;
  const { node, diagnostics } = readAnyYaml(text, places);
  expect({ node: told(plain), diagnostics: [] }, JSON.stringify(text)).toEqual({ node: told(node), diagnostics });
  return true;
}

function yamlFiles(folder: string): readonly string[] {
  return readdirSync(join(repository, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(join(repository, folder, name), "utf8"));
}
const library = ["roles", "playbooks", "inventory"].flatMap(yamlFiles);

describe("readPlainYaml", () => {
  it("reads what sites are mostly written in", () => {
    const synthetic = Object.entries(syntheticSite(200)).flatMap(([path, text]) =>
      path.endsWith(".yml") ? [text] : [],
    );
    expect(synthetic.filter((text) => !sameAsLibrary(text))).toEqual([]);
    const plain = library.filter(sameAsLibrary);
    expect(library.length).toBeGreaterThan(300);
    expect(plain.length / library.length).toBeGreaterThan(0.9);
  });

  it.each(["test/fixtures", "test/scenarios", "docs"])(
    "reads what stands in %s as the library does, or not at all",
    (folder) => {
      for (const text of yamlFiles(folder)) sameAsLibrary(text);
    },
  );

  it("reads files of the library as the library of YAML does, whatever is changed in them", () => {
    const short = library.filter((text) => text.length < 3000);
    const mutated = fc
      .tuple(
        fc.constantFrom(...short),
        fc.array(fc.tuple(fc.nat(), fc.nat(3), fc.constantFrom(...pieces)), { minLength: 1, maxLength: 4 }),
      )
      .map(([text, changes]) =>
        changes.reduce((changed, [at, removed, piece]) => {
          const from = at % (changed.length + 1);
          return changed.slice(0, from) + piece + changed.slice(from + removed);
        }, text),
      );
    fc.assert(
      fc.property(mutated, (text) => void sameAsLibrary(text)),
      { numRuns: runs },
    );
  });

  it("reads any pieces of YAML as the library does, or not at all", () => {
    let plain = 0;
    const text = fc
      .array(fc.constantFrom(...pieces, ...words), { minLength: 1, maxLength: 12 })
      .map((parts) => parts.join(""));
    const lines = fc
      .array(
        fc.tuple(
          fc.nat(4),
          fc.constantFrom("", "- ", "a: ", "b: ", "- c: ", '"d": ', "# "),
          fc.constantFrom(...pieces, ...words, ...values),
        ),
      )
      .map((all) => all.map(([indent, start, value]) => `${" ".repeat(indent)}${start}${value}`).join("\n"));
    fc.assert(
      fc.property(fc.oneof(text, lines), (each) => {
        if (sameAsLibrary(each)) plain += 1;
      }),
      { numRuns: shortRuns },
    );
    expect(plain).toBeGreaterThan(shortRuns / 200);
  });
});

/** Of files that were changed; of short texts, which take less time and are plain less often, there are more. */
const runs = Number(process.env.LAB_YAML_RUNS ?? 1000);
const shortRuns = runs * 30;
const pieces = [
  " ",
  "  ",
  "\n",
  "\n  ",
  "\n- ",
  ":",
  ": ",
  "- ",
  "-",
  "#",
  " # why",
  ",",
  "[",
  "]",
  "{",
  "}",
  "[]",
  "{}",
  "|\n  ",
  ">-\n  ",
  "|",
  ">",
  "'",
  '"',
  "\\",
  "!expr ",
  "!raw ",
  "!",
  "&",
  "*",
  "?",
  "? ",
  "%",
  "@",
  "`",
  "~",
  "\t",
  "\r",
  "---",
  "...",
  "<<",
  "=",
  "$",
  "é",
  "\u00a0",
  "😀",
  "\u2028",
  "0",
  "-1",
  "x",
];
const words = [
  "a",
  "b",
  "a: 1",
  "b: x\n",
  "- a\n",
  "null",
  "true",
  "0644",
  "0x1f",
  "1.50",
  "1e3",
  ".5",
  "1.",
  "-0",
  "0.0",
  "1_000",
  "12345678901234567890",
  ".inf",
  "https://a.b/c",
  "a:b",
  "{{ x }}",
  '"{{ x }}"',
];
const values = [
  "[a, b]",
  "{ a: 1, b: x }",
  "{a: [1, {b: c}]}",
  '{"a":1,"b":"x"}',
  "[ ]",
  "|",
  "|-",
  ">",
  ">-",
  "|+",
  "|2",
  '"a\\n\\"b\\u00e9"',
  "'it''s'",
  "a b  # why",
  "a#b",
  "a, b",
  "!expr a + 1",
  "!raw 010",
  '!expr "a"',
  "!raw |",
  "!append [1]",
  "!secret x",
  "[a, ]",
  "[a: b]",
  "{a}",
  "{a: }",
  "[a,b",
  '"a" b',
  "text ",
  "-x",
  "- x",
];
