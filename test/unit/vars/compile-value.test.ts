import { describe, expect, test } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import { Secret } from "../../../engine/value/secret.ts";
import { compileValue, compileVariable, evaluateValue, usesOf } from "../../../engine/vars/compile-value.ts";
import { nodeOf, scopeWith } from "../../support/evaluate.ts";

const vars = { x: 5, name: "pve1", pw: new Secret("hush") };

function value(yaml: string): unknown {
  const compiled = compileValue(nodeOf(yaml));
  return compiled.ok ? evaluateValue(compiled.value, scopeWith(vars)) : compiled.diagnostics.map(told);
}

const told = ({ code, place, hint }: Diagnostic) =>
  `${code} ${place?.line}:${place?.column}+${place?.length}${hint === undefined ? "" : ` ${hint}`}`;

test("a tree of plain values, templates and expressions", () => {
  const yaml = `
plain: text
number: 8.40
list: [1, "{{ x }}", "n{{ x }}", null]
computed: !expr x * 2 > 9
chosen: !expr "x > 3 ? [name] : []"
whole: !expr 7
ports: !raw "{{PORTS}}"
raw: !raw { a: "{{json .}}", b: ["{{ x }}"] }
braces: "awk '{print $1}' {%d}"
`;
  expect(value(yaml)).toEqual({
    plain: "text",
    number: 8.4,
    list: [1, 5, "n5", null],
    computed: true,
    chosen: ["pve1"],
    whole: 7,
    ports: "{{PORTS}}",
    raw: { a: "{{json .}}", b: ["{{ x }}"] },
    braces: "awk '{print $1}' {%d}",
  });
});

test("a text without expressions stays a literal that knows its characters' places", () => {
  const compiled = compileValue(nodeOf('a: "some text"'));
  const [entry] = compiled.ok && compiled.value.kind === "map" ? compiled.value.entries : [];
  expect(entry?.value).toMatchObject({ kind: "literal", value: "some text" });
  expect(entry?.value.kind === "literal" && entry.value.placeAt?.(5, 4)).toMatchObject({
    line: 1,
    column: 10,
    length: 4,
  });
});

describe("what is wrong is told with its place in the file", () => {
  test.each<[string, readonly string[]]>([
    ["a: 1\nb: x {{ uper name }}", ['unknown-function 2:9+4 did you mean "upper"?']],
    [
      "- !expr x ==\n- !expr siz(x)",
      [
        "condition-syntax 1:13+1 what stands last wants something behind it, or a bracket is not closed",
        'unknown-function 2:9+6 did you mean "size"?',
      ],
    ],
    ["- |\n  one\n  two {{ x | upper }}\n", ["jinja-syntax 3:7+15 filters are functions here: {{ upper x }}"]],
    [
      'a: "{% if x %}b{% endif %}"',
      ["jinja-syntax 1:5+10 templates are Handlebars here: {{#if x}} … {{else}} … {{/if}}"],
    ],
    ["a: !secret [b]", ["wrong-tag 1:12+3 encrypt each of its values, or the whole file: lab secret encrypt FILE"]],
    ["a: !merge { b: 1 }", ["wrong-tag 1:11+8 it stands before the whole value of a variable"]],
    ["a: !expr [1]", ["wrong-tag 1:10+3"]],
    ['"{{ x }}": 1', ["templated-key 1:1+9 build the map with !expr: {name: value}"]],
  ])("%s", (yaml, diagnostics) => {
    expect(value(yaml)).toEqual(diagnostics);
  });
});

test("a tag that nobody knows", () => {
  const compiled = compileValue({ ...nodeOf("x"), tag: "!exrp" });
  expect(compiled.ok ? [] : compiled.diagnostics.map(told)).toEqual(['unknown-tag 1:1+1 did you mean "!expr"?']);
});

test("an evaluation error names the place within the YAML text", () => {
  const compiled = compileValue(nodeOf("a:\n  - 'go {{ nam }}'\n"));
  expect(compiled.ok).toBe(true);
  if (!compiled.ok) return;
  let caught: unknown;
  try {
    evaluateValue(compiled.value, scopeWith(vars));
  } catch (error) {
    caught = error;
  }
  const diagnostic = caught instanceof EvaluationError ? caught.diagnostic : undefined;
  expect(diagnostic).toMatchObject({
    code: "undefined-variable",
    place: { file: "vars.yml", line: 2, column: 12, length: 3 },
  });
});

test("uses of the whole tree, in source order", () => {
  const compiled = compileValue(nodeOf("a: '{{ x.y }}'\nb: [1, !expr has(vars.z)]\nc: !raw '{{ no }}'"));
  const uses = compiled.ok ? usesOf(compiled.value) : [];
  expect(uses.map(({ name, path, optional }) => [name, path, optional])).toEqual([
    ["x", ["y"], false],
    ["z", [], true],
  ]);
});

test("what holds no expression is made once; what does, anew", () => {
  const compiled = compileValue(nodeOf("fixed: { a: [1, 2] }\nmoving: ['{{ x }}']"));
  expect(compiled.ok && compiled.value.kind === "map").toBe(true);
  if (!compiled.ok || compiled.value.kind !== "map") return;
  const [fixed, moving] = compiled.value.entries.map((entry) => entry.value);
  if (fixed === undefined || moving === undefined) return;
  expect(evaluateValue(fixed, scopeWith(vars))).toBe(evaluateValue(fixed, scopeWith({})));
  expect(evaluateValue(moving, scopeWith({ x: 1 }))).toEqual([1]);
  expect(evaluateValue(moving, scopeWith({ x: 2 }))).toEqual([2]);
});

test("!merge and !append stand before a variable's whole value", () => {
  const merge = compileVariable(nodeOf("!merge\na: 1"));
  expect(merge.ok && [merge.value.kind, merge.value.combine]).toEqual(["map", "merge"]);
  const append = compileVariable(nodeOf('!append "{{ more }}"'));
  expect(append.ok && [append.value.kind, append.value.combine]).toEqual(["expression", "append"]);
  for (const yaml of ["!merge [1]", "!append { a: 1 }", "!merge text", "!append 3"]) {
    const compiled = compileVariable(nodeOf(yaml));
    expect(compiled.ok ? "no error" : compiled.diagnostics[0]?.code).toBe("wrong-tag");
  }
});
