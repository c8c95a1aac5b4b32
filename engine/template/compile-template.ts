import { guardedUses } from "../functions/guarded-uses.ts";
import { known } from "../functions/read-value.ts";
import { withWhereabouts } from "../functions/set-here.ts";
import type { Expression, Parsed } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import { compileCall } from "./compile-expression-node.ts";
import { compileProgram } from "./compile-program.ts";
import type { Compiler, TextPlace } from "./compiler.ts";
import { findSyntaxErrors } from "./find-syntax-errors.ts";
import type { Output } from "./frame.ts";
import { isMustache } from "./nodes.ts";

/**
 * A text of the site as a template. One that is wholly a single expression keeps that expression's type; any other
 * gives a text, and a secret if anything in it is one.
 */
export function compileTemplate(text: string, at: TextPlace): Parsed<Expression> {
  return compile(text, at, true);
}

/** The same without the rule of the single expression: for files, which are texts whatever they hold. */
export function compileText(text: string, at: TextPlace): Parsed<Expression> {
  return compile(text, at, false);
}

function compile(text: string, at: TextPlace, typed: boolean): Parsed<Expression> {
  const { diagnostics, program } = findSyntaxErrors(text, at, typed);
  if (program === undefined) return { ok: false, diagnostics };
  const compiler: Compiler = { text, at, uses: [], diagnostics: [...diagnostics] };
  const [only, ...more] = program.body;
  const evaluate =
    typed && only !== undefined && more.length === 0 && isMustache(only)
      ? typedExpression(compiler, only)
      : wholeText(compiler, program);
  if (compiler.diagnostics.length > 0) return { ok: false, diagnostics: compiler.diagnostics };
  const located = withWhereabouts(evaluate, compiler.uses);
  return { ok: true, value: { source: text, place: at.place, uses: guardedUses(compiler.uses), evaluate: located } };
}

function typedExpression(compiler: Compiler, node: hbs.AST.MustacheStatement): (scope: Scope) => Value {
  const evaluate = compileCall(compiler, node, undefined);
  return (scope) => known(evaluate({ scope }));
}

function wholeText(compiler: Compiler, program: hbs.AST.Program): (scope: Scope) => Value {
  const print = compileProgram(compiler, program, undefined);
  return (scope) => {
    const output: Output = { text: "", secrets: [] };
    print({ scope }, output);
    return output.secrets.length > 0 ? new Secret(output.text, output.secrets) : output.text;
  };
}
