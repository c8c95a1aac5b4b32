import { Environment } from "@marcbachmann/cel-js";
import fc from "fast-check";
import { expect, test } from "vitest";
import { compileExpression } from "../../../engine/condition/compile-condition.ts";
import { EvaluationError } from "../../../engine/value/evaluation-error.ts";
import type { Value } from "../../../engine/value/value.ts";
import { inFile, scopeWith } from "../../support/evaluate.ts";

// The grammar is the library's and the evaluation ours: wherever both have an answer, it must be the same one.

const library = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
const variables = { i: 7, d: 2.5, s: "tank", t: true, l: [3, 1, 2], m: { a: 1, b: 2 } };
const theirs = { i: 7n, d: 2.5, s: "tank", t: true, l: [3n, 1n, 2n], m: { a: 1n, b: 2n } };

const { int, double, text, boolean, list } = fc.letrec<Record<"int" | "double" | "text" | "boolean" | "list", string>>(
  (tie) => ({
    int: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.integer({ min: 0, max: 50 }).map(String),
      fc.constantFrom("i", "l[0]", "m.a", "m['b']", "size(l)", "s.size()"),
      binary(["+", "-", "*", "/", "%"], tie("int")),
      tie("int").map((value) => `-(${value})`),
      tie("double").map((value) => `int(${value})`),
      fc.tuple(tie("boolean"), tie("int"), tie("int")).map(([test, a, b]) => `(${test} ? ${a} : ${b})`),
    ),
    double: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("d", "2.0", "0.5", "3.0"),
      binary(["+", "-", "*", "/"], tie("double")),
      tie("int").map((value) => `double(${value})`),
    ),
    text: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("s", "'a'", '"b\\n"', "''", "'tank'"),
      binary(["+"], tie("text")),
      tie("int").map((value) => `string(${value})`),
      tie("text").map((value) => `(${value}).upperAscii()`),
    ),
    list: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("l", "[1, 2]", "[i]"),
      binary(["+"], tie("list")),
      tie("list").map((value) => `(${value}).map(x, x * 2)`),
      tie("list").map((value) => `(${value}).filter(x, x > 2)`),
    ),
    boolean: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constantFrom("t", "true", "false", "has(m.a)", "has(m.c)", "'a' in m"),
      binary(["==", "!=", "<", "<=", ">", ">="], tie("int")),
      binary(["==", "!=", "<", ">="], tie("double")),
      binary(["==", "!=", "<", ">"], tie("text")),
      binary(["==", "!="], tie("list")),
      binary(["&&", "||", "==", "!="], tie("boolean")),
      tie("boolean").map((value) => `!(${value})`),
      fc.tuple(tie("int"), tie("list")).map(([item, items]) => `${item} in ${items}`),
      fc
        .tuple(tie("list"), fc.constantFrom("all", "exists", "exists_one"))
        .map(([items, name]) => `(${items}).${name}(x, x > 1)`),
      fc
        .tuple(tie("text"), tie("text"))
        .map(([whole, part]) => `(${whole}).startsWith(${part}) || (${whole}).contains(${part})`)
        .map(grouped),
    ),
  }),
);

function grouped(text: string): string {
  return `(${text})`;
}

function binary(operators: readonly string[], operand: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc
    .tuple(operand, fc.constantFrom(...operators), operand)
    .map(([left, operator, right]) => `(${left} ${operator} ${right})`);
}

function ours(source: string): Value | "error" {
  const compiled = compileExpression(source, inFile);
  if (!compiled.ok) throw new Error(`${source}: ${compiled.diagnostics[0]?.message}`);
  try {
    return compiled.value.evaluate(scopeWith(variables));
  } catch (error) {
    if (error instanceof EvaluationError) return "error";
    throw error;
  }
}

function libraryAnswer(source: string): unknown {
  try {
    return plain(library.evaluate(source, theirs));
  } catch {
    return "error";
  }
}

/** The library's BigInts as numbers; one beyond the exact range is an error with us. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return Number.isSafeInteger(Number(value)) ? Number(value) + 0 : "error";
  if (typeof value === "number") return value;
  return Array.isArray(value) ? value.map(plain) : value;
}

test.each([
  ["int", int],
  ["double", double],
  ["text", text],
  ["list", list],
  ["boolean", boolean],
])("expressions of type %s", (_type, arbitrary) => {
  let answers = 0;
  fc.assert(
    fc.property(arbitrary, (source) => {
      const answer = libraryAnswer(source);
      // CEL passes over an error that does not decide (`1/0 == 1 || true`); with us an error always counts.
      const mine = ours(source);
      if (mine === "error" || answer === "error") return;
      answers += 1;
      expect({ source, answer: mine }).toEqual({ source, answer });
    }),
    { numRuns: 400, seed: 7 },
  );
  // Errors must stay the exception, or the comparison says nothing.
  expect(answers).toBeGreaterThan(250);
});
