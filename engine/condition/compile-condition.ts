import type { Diagnostic } from "../errors/diagnostic.ts";
import { article, aType } from "../functions/a-type.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { guardedUses } from "../functions/guarded-uses.ts";
import { known } from "../functions/read-value.ts";
import { withWhereabouts } from "../functions/set-here.ts";
import type { Expression, Parsed } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { typeName, type Value } from "../value/value.ts";
import { toValue } from "./cel-value.ts";
import { booleanHint, compileNode } from "./compile-node.ts";
import { type Compiler, report, type SourcePlace, textOf } from "./environment.ts";
import { habitIn, pythonWords } from "./habits.ts";
import { type ASTNode, parseCel } from "./parse-cel.ts";
import { staticType } from "./static-type.ts";

/** A condition (`when`, `until`, …): a CEL expression that must give a boolean. */
export function compileCondition(source: string, at: SourcePlace): Parsed<Expression> {
  return compile(source, at, true);
}

/** A computed value (`!expr`): a CEL expression of any type. */
export function compileExpression(source: string, at: SourcePlace): Parsed<Expression> {
  return compile(source, at, false);
}

/** Longer or deeper ones are no conditions, and would exhaust the stack. */
const maxLength = 10_000;

function compile(source: string, at: SourcePlace, condition: boolean): Parsed<Expression> {
  if (source.length > maxLength) return tooLong(at);
  try {
    return compileShort(source, at, condition);
  } catch (error) {
    if (error instanceof RangeError) return tooLong(at);
    throw error;
  }
}

function tooLong(at: SourcePlace): Parsed<Expression> {
  const message = "the expression is too long or nested too deep";
  const hint = "put parts of it into variables";
  return { ok: false, diagnostics: [{ code: "condition-syntax", message, place: at.place, hint }] };
}

function compileShort(source: string, at: SourcePlace, condition: boolean): Parsed<Expression> {
  const parsed = parseCel(source);
  if (parsed.kind === "failure") return { ok: false, diagnostics: [syntaxError(source, at, parsed)] };
  const compiler: Compiler = { source, at, uses: [], diagnostics: [] };
  const evaluate = compileNode(compiler, parsed.tree, []);
  reportPythonWords(compiler);
  if (condition) requireBoolean(compiler, parsed.tree);
  if (compiler.diagnostics.length > 0) return { ok: false, diagnostics: compiler.diagnostics };
  const warnings = bracedTexts(source, at);
  const value = (scope: Scope): Value => known(toValue(evaluate({ scope })));
  return {
    ok: true,
    value: {
      source,
      place: at.place,
      uses: guardedUses(compiler.uses),
      evaluate: withWhereabouts(condition ? asBoolean(value, source, at) : value, compiler.uses),
    },
    ...(warnings.length > 0 && { warnings }),
  };
}

/** `'{{ x }}' == "a"` compares the braces themselves: valid CEL, and hardly ever what was meant. */
function bracedTexts(source: string, at: SourcePlace): readonly Diagnostic[] {
  return [...source.matchAll(/(["'])\s*\{\{\s*([\w.]+)\s*\}\}\s*\1/g)].map((found) => ({
    code: "jinja-syntax",
    message: `${found[0]} is a text with braces, and no template`,
    place: at.placeAt(found.index, found[0].length),
    hint: `write \`${found[2]}\``,
    severity: "warning" as const,
  }));
}

function asBoolean(evaluate: (scope: Scope) => Value, source: string, at: SourcePlace): (scope: Scope) => boolean {
  return (scope) => {
    const value = evaluate(scope);
    if (typeof value === "boolean") return value;
    const place = at.placeAt(0, Math.max(1, source.length));
    const text = source.trim();
    const message = `a condition must be a boolean, and "${text}" is ${described(value)}`;
    throw evaluationFailure("not-a-boolean", message, place, booleanHint(text, value));
  };
}

/** The type, and the value where it is short and no secret. */
function described(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "number") return `the ${typeName(value)} ${value}`;
  return typeof value === "string" ? `the string ${JSON.stringify(value.slice(0, 40))}` : aType(value);
}

/** What can be known to be no boolean before any host is there. */
function requireBoolean(compiler: Compiler, tree: ASTNode): void {
  const type = staticType(tree);
  if (type === undefined || type === "boolean") return;
  const text = textOf(compiler, tree);
  report(
    compiler,
    tree,
    "not-a-boolean",
    `a condition must be a boolean, and "${text}" gives ${article(type)}`,
    "compare it with something",
  );
}

function reportPythonWords(compiler: Compiler): void {
  for (const use of compiler.uses) {
    const word = pythonWords.get(use.name);
    if (word === undefined) continue;
    const message = `"${use.name}" is Python's`;
    compiler.diagnostics.push({ code: "jinja-syntax", message, place: use.place, hint: `write \`${word}\`` });
  }
}

function syntaxError(
  source: string,
  at: SourcePlace,
  failure: { readonly start: number; readonly end: number; readonly message: string },
): Diagnostic {
  if (source.trim() === "") {
    const hint = "write what must hold, or remove the keyword";
    return { code: "condition-syntax", message: "the expression is empty", place: at.place, hint };
  }
  const habit = habitIn(source);
  if (habit !== undefined) {
    const place = at.placeAt(habit.offset, Math.max(1, habit.length));
    return { code: "jinja-syntax", message: habit.message, place, hint: habit.hint };
  }
  const place = at.placeAt(failure.start, Math.max(1, failure.end - failure.start));
  const reserved = /^"(\w+)" is a reserved word/.exec(failure.message)?.[1];
  const early = failure.message === "the expression ends too early";
  const hint =
    reserved !== undefined
      ? `read the variable as vars.${reserved}`
      : early
        ? "what stands last wants something behind it, or a bracket is not closed"
        : undefined;
  return {
    code: "condition-syntax",
    message: `condition: ${failure.message}`,
    place,
    ...(hint === undefined ? {} : { hint }),
  };
}
