import fc from "fast-check";
import { expect, test } from "vitest";
import { compileCondition } from "../../../engine/condition/compile-condition.ts";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { compileTemplate } from "../../../engine/template/compile-template.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import type { Expression, Parsed } from "../../../engine/value/expression.ts";
import { inFile, scopeWith } from "../../support/evaluate.ts";

// Whatever an author writes, the answer is a value or a diagnostic within the text, and never a fault of ours.

const scope = scopeWith({ x: 1, xs: ["a", "b"], m: { k: "v" }, s: "text" });

const templateWords = [
  ..."{{|}}|{{{|}}}|{{#if |{{#each |{{/if}}|{{/each}}|{{else}}|{{else if |{{~|~}}|{{> |{{!-- |--}}|{{{{raw}}}}|{{{{/raw}}}}|{%if%}|\\{{".split(
    "|",
  ),
  ..." |x|xs|m.k|this|../|@index|@root.x|as ¦a b¦|(|)|upper |join |default |\"t\"|'u'|1|[0]|.|=|\n|é|null|is defined".split(
    "|",
  ),
].map((word) => word.replaceAll("¦", "|"));
const conditionWords =
  "x|xs|m.k|s|vars.|has(|(|)|[|]|{|}|'t'|\"u|1|2.5|9999999999999999|==|!=|&&|and |or |not |in | is |.map(i,|.exists(i,|,|?|:|+|-|*|/|%|<|=|!|true|null|\n|é|b'x'|1u|.|upper(|default(|if".split(
    "|",
  );

function check(text: string, parsed: Parsed<Expression>): void {
  if (!parsed.ok) {
    expect(parsed.diagnostics.length).toBeGreaterThan(0);
    for (const diagnostic of parsed.diagnostics) checkPlace(text, diagnostic);
    return;
  }
  try {
    parsed.value.evaluate(scope);
  } catch (error) {
    if (!(error instanceof EvaluationError)) throw error;
    checkPlace(text, error.diagnostic);
  }
}

function checkPlace(text: string, { message, place }: Diagnostic): void {
  expect(message).not.toBe("");
  expect(place?.column).toBeGreaterThanOrEqual(1);
  expect(place?.column).toBeLessThanOrEqual(text.length + 1);
}

const texts = (words: readonly string[]) =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.constantFrom(...words) },
        { weight: 1, arbitrary: fc.string({ maxLength: 3 }) },
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join(""));

test("any text as a template", () => {
  fc.assert(
    fc.property(texts(templateWords), (text) => check(text, compileTemplate(text, inFile))),
    { numRuns: 4000, seed: 11 },
  );
});

test("any text as an expression in braces", () => {
  const inner = texts(templateWords.slice(19)).map((text) => `{{ ${text} }}`);
  fc.assert(
    fc.property(inner, (text) => check(text, compileTemplate(text, inFile))),
    { numRuns: 4000, seed: 12 },
  );
});

test("any text as a condition", () => {
  fc.assert(
    fc.property(texts(conditionWords), (text) => check(text, compileCondition(text, inFile))),
    { numRuns: 4000, seed: 13 },
  );
});
