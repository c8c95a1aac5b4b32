import { expect, test } from "vitest";
import { readYaml } from "../../../engine/site/read-yaml.ts";
import { type ExtraVarsTools, parseExtraVars } from "../../../engine/vars/extra-vars.ts";

const tools: ExtraVarsTools = {
  readFile: (path) =>
    ({
      "more.yml": "a: 1\nb: ['{{ x }}']\n",
      "list.yml": "- 1",
      "bad.yml": "a: [",
      "keys.json": '{"a": 1, "groups": 2}',
    })[path],
  parseYaml(text, file) {
    const { node, diagnostics } = readYaml(file, text);
    if (diagnostics.length > 0) return { ok: false, diagnostics };
    const place = { file, line: 1, column: 1 };
    return { ok: true, value: node ?? { kind: "scalar", value: null, place, placeAt: () => place } };
  },
};

function values(...args: string[]): unknown {
  const parsed = parseExtraVars(args, tools);
  if (!parsed.ok)
    return parsed.diagnostics.map(({ code, place }) => `${code} ${place?.file}:${place?.line}:${place?.column}`);
  const { variables, level } = parsed.value;
  expect(level).toBe(8);
  return Object.fromEntries(
    [...variables].map(([name, { content }]) => [name, content.kind === "data" ? content.value : "a source"]),
  );
}

test.each<[string, unknown]>([
  ["a=text", { a: "text" }],
  ["a=5", { a: 5 }],
  ["a=8.4", { a: 8.4 }],
  ["a=true", { a: true }],
  ["a=yes", { a: "yes" }], // YAML 1.2: a word
  ["a=", { a: null }],
  ["a='5'", { a: "5" }],
  ["a=x=y", { a: "x=y" }],
  ["a=b: c", { a: "b: c" }],
  ["a=- b", { a: "- b" }],
  ["a=[1, x]", { a: [1, "x"] }],
  ["a={b: 1}", { a: { b: 1 } }],
  ["a=%h", { a: "%h" }],
  ["a={{ x }}/y", { a: "{{ x }}/y" }], // data is no template
  ['{"a": 1, "b": [true]}', { a: 1, b: [true] }],
  ["{a: 1}", { a: 1 }],
  ["@more.yml", { a: 1, b: ["{{ x }}"] }],
])("-e %s", (text, expected) => {
  expect(values(text)).toEqual(expected);
});

test("later ones win", () => {
  expect(values("a=0", "@more.yml", "b=2")).toEqual({ a: 1, b: 2 });
});

test("all that is wrong is told at once, with the place in the file or on the command line", () => {
  expect(values("nothing", "@gone.yml", "@list.yml", "@bad.yml", "a=1")).toEqual([
    "invalid-extra-var -e (1):1:1",
    "unreadable-file -e (2):1:1",
    "invalid-extra-var -e (3):1:1",
    expect.stringMatching(/bad\.yml:1:/),
  ]);
});

test("names that mean something else cannot be set", () => {
  expect(values("@keys.json", "upper=1", "my-var=2", "vars=3")).toEqual([
    "magic-variable keys.json:1:10",
    "function-name -e (2):1:1",
    "invalid-variable-name -e (3):1:1",
    "reserved-name -e (4):1:1",
  ]);
});
