import type { Diagnostic } from "../errors/diagnostic.ts";
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
import type { Output } from "./frame.ts";
import { jinjaExpression } from "./jinja-habits.ts";
import { isMustache } from "./nodes.ts";
import { parseHandlebars } from "./parse-handlebars.ts";

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
  const parsed = parseHandlebars(text);
  if (parsed.kind === "failure") return { ok: false, diagnostics: [syntaxError(text, at, parsed, typed)] };
  const compiler: Compiler = { text, at, uses: [], diagnostics: [] };
  const [only, ...more] = parsed.program.body;
  const evaluate =
    typed && only !== undefined && more.length === 0 && isMustache(only)
      ? typedExpression(compiler, only)
      : wholeText(compiler, parsed.program);
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

function syntaxError(
  text: string,
  at: TextPlace,
  failure: { readonly offset: number; readonly length: number; readonly message: string },
  inYaml: boolean,
): Diagnostic {
  const { offset, length, message } = failure;
  const start = text.lastIndexOf("{{", Math.max(0, offset - 1));
  const close = start < 0 ? -1 : text.indexOf("}}", start);
  const inner = start < 0 ? "" : text.slice(start, close < 0 ? undefined : close).replace(/^\{+[~&]?/, "");
  const jinja = close < 0 || offset > close ? undefined : jinjaExpression(inner.replace(/~$/, ""));
  if (jinja !== undefined) {
    const place = at.placeAt(start, close + 2 - start);
    return { code: "jinja-syntax", message: `"${inner.trim()}" is no Handlebars expression`, place, hint: jinja };
  }
  const place = at.placeAt(offset, length);
  const keep = inYaml
    ? "text that shall keep its braces is tagged `!raw`"
    : "text that shall keep its braces stands between {{{{raw}}}} and {{{{/raw}}}}";
  const hint = start >= 0 && close < 0 ? `the braces \`{{\` are never closed; ${keep}` : keep;
  return { code: "template-syntax", message: `template: ${message}`, place, hint };
}
