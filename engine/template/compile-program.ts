import { Secret } from "../value/secret.ts";
import { evaluateAll } from "../value/tolerance.ts";
import { type CompileBody, compileBlock } from "./compile-block.ts";
import { compileCall } from "./compile-expression-node.ts";
import { type Compiler, placeOf, report, type Surroundings } from "./compiler.ts";
import type { Print } from "./frame.ts";
import { jinjaContent } from "./jinja-habits.ts";
import { isBlock, isComment, isContent, isMustache } from "./nodes.ts";
import { printValue } from "./print-value.ts";

/** A template's statements in order, as one function that prints them. */
export function compileProgram(
  compiler: Compiler,
  program: hbs.AST.Program | undefined,
  around: Surroundings | undefined,
): Print {
  const body: CompileBody = (inner, surroundings) => compileProgram(compiler, inner, surroundings);
  const prints = (program?.body ?? []).map((statement) => compileStatement(compiler, statement, around, body));
  return (frame, output) => void evaluateAll(prints, (print) => print(frame, output));
}

function compileStatement(
  compiler: Compiler,
  node: hbs.AST.Statement,
  around: Surroundings | undefined,
  body: CompileBody,
): Print {
  if (isContent(node)) {
    const jinja = jinjaContent(compiler, node);
    if (jinja !== undefined) compiler.diagnostics.push(jinja);
    const text = node.value;
    return (_frame, output) => {
      output.text += text;
    };
  }
  if (isComment(node)) return () => {};
  if (isBlock(node)) return compileBlock(compiler, node, around, body);
  if (isMustache(node)) return compileMustache(compiler, node, around);
  const partial = node.type.startsWith("Partial");
  report(
    compiler,
    node,
    "template-syntax",
    partial ? "templates have no partials ({{> name}})" : "templates have no decorators ({{* name}})",
    partial ? "put the text here, or keep it in a variable" : undefined,
  );
  return () => {};
}

function compileMustache(compiler: Compiler, node: hbs.AST.MustacheStatement, around: Surroundings | undefined): Print {
  const evaluate = compileCall(compiler, node, around);
  const at = placeOf(compiler, node);
  return (frame, output) => {
    const value = evaluate(frame);
    output.text += printValue(value, at);
    if (value instanceof Secret) output.secrets.push(value);
  };
}
