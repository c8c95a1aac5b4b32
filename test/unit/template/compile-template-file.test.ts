import { expect, test } from "vitest";
import { compileTemplateFile } from "../../../engine/template/compile-template-file.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import { scopeWith } from "../../support/evaluate.ts";

const file = "templates/app.conf.hbs";
const render = (text: string, vars = {}) => {
  const parsed = compileTemplateFile(text, file);
  if (!parsed.ok) return parsed.diagnostics.map(({ code, place }) => ({ code, place }));
  try {
    return parsed.value.evaluate(scopeWith(vars));
  } catch (error) {
    if (error instanceof EvaluationError) return error.diagnostic.place;
    throw error;
  }
};

test("a file is a text, even where it is a single expression", () => {
  expect(render("{{ port }}", { port: 80 })).toBe("80");
});

test("lines that hold only a block's tags vanish", () => {
  const text = "[hosts]\n{{#each hosts}}\n{{this}}\n{{/each}}\nend\n";
  expect(render(text, { hosts: ["a", "b"] })).toBe("[hosts]\na\nb\nend\n");
});

test("line ends of Windows stay, and count as one", () => {
  expect(render("a\r\n{{ x }}\r\n", { x: 1 })).toBe("a\r\n1\r\n");
  expect(render("a\r\n\r\n  {{ nope }}", {})).toEqual({ file, line: 3, column: 6, length: 4 });
});

test("places are those of the file", () => {
  expect(render("a\nb {{ x.y }}\n", { x: {} })).toEqual({ file, line: 2, column: 6, length: 3 });
  expect(render("a\n\n {{ uper 'x' }}\n{{#if}}{{/if}}")).toEqual([
    { code: "unknown-function", place: { file, line: 3, column: 5, length: 4 } },
    { code: "wrong-arguments", place: { file, line: 4, column: 1, length: 14 } },
  ]);
});

test("what a syntax error advises can be done in a file", () => {
  const parsed = compileTemplateFile("{{/if}}", file);
  expect(parsed.ok ? undefined : parsed.diagnostics[0]?.hint).toBe(
    "text that shall keep its braces stands between {{{{raw}}}} and {{{{/raw}}}}",
  );
});

test("each syntax error is told, and what is wrong between them", () => {
  const jinja = "{{ a | upper }}\n{{#if b == 1}}\n{{ c | default('x') }}\n{{/if}}\n{{ uper d }}\n{{ e ~ f }}\n";
  expect(render(jinja)).toEqual([
    { code: "jinja-syntax", place: { file, line: 1, column: 1, length: 15 } },
    { code: "template-syntax", place: { file, line: 2, column: 10, length: 1 } },
    { code: "jinja-syntax", place: { file, line: 3, column: 1, length: 22 } },
    { code: "template-syntax", place: { file, line: 6, column: 6, length: 1 } },
    { code: "unknown-function", place: { file, line: 5, column: 4, length: 4 } },
  ]);
});

test("a block that nothing closes is told where it begins", () => {
  expect(render("{{#each xs}}\n{{#if a}}\n{{/if}}\nend\n")).toEqual([
    { code: "template-syntax", place: { file, line: 1, column: 1, length: 12 } },
  ]);
});
