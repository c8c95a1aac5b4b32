import { aType } from "../functions/a-type.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { known } from "../functions/read-value.ts";
import { registry } from "../functions/registry.ts";
import { nearest } from "../text/nearest.ts";
import { Secret } from "../value/secret.ts";
import { evaluateAll } from "../value/tolerance.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { compileArgument } from "./compile-expression-node.ts";
import { type Compiler, placeOf, report, type Surroundings } from "./compiler.ts";
import type { Evaluate, Frame, Print } from "./frame.ts";
import { isContent, simpleName } from "./nodes.ts";
import { offsetOf } from "./source-offsets.ts";

/** Compiles the statements of a block's body; handed in, since bodies hold blocks again. */
export type CompileBody = (program: hbs.AST.Program | undefined, around: Surroundings | undefined) => Print;

const blocks = ["if", "unless", "each", "with"] as const;

export function compileBlock(
  compiler: Compiler,
  node: hbs.AST.BlockStatement,
  around: Surroundings | undefined,
  compileBody: CompileBody,
): Print {
  const name = simpleName(node.path) ?? "";
  if (isRaw(compiler, node)) return rawBlock(compiler, node, name);
  if (name !== "if" && name !== "unless" && name !== "each" && name !== "with") {
    const isFunction = registry.has(name);
    const near = nearest(name, blocks);
    const hint = near === undefined ? "there are #if, #unless, #each and #with" : `did you mean "#${near}"?`;
    const why = isFunction ? `"${name}" is a function and no block` : `there is no block "#${node.path.original}"`;
    report(compiler, node.path, "unknown-block", why, isFunction ? `write {{ ${name} … }}` : hint);
    return () => {};
  }
  const [subject] = node.params;
  if (subject === undefined || node.params.length > 1) {
    report(
      compiler,
      node,
      "wrong-arguments",
      `#${name} takes one argument and has ${node.params.length}`,
      blockHint(name),
    );
    return () => {};
  }
  const pair = node.hash?.pairs[0];
  if (pair !== undefined) report(compiler, pair, "wrong-arguments", `#${name} has no argument "${pair.key}"`);
  const value = compileArgument(compiler, subject, around);
  const otherwise = compileBody(node.inverse, around);
  if (name === "if" || name === "unless") {
    const then = compileBody(node.program, around);
    const wanted = name === "if";
    return (frame, output) => (truthy(known(value(frame))) === wanted ? then(frame, output) : otherwise(frame, output));
  }
  const inside: Surroundings = { params: node.program.blockParams ?? [], counts: name === "each", outer: around };
  const body = compileBody(node.program, inside);
  if (name === "with") {
    return (frame, output) => {
      const item = value(frame);
      if (!truthy(item)) return otherwise(frame, output);
      body({ scope: frame.scope, inner: { outer: frame, item, params: [item] } }, output);
    };
  }
  return each(compiler, subject, value, body, otherwise);
}

function each(compiler: Compiler, subject: hbs.AST.Expression, value: Evaluate, body: Print, otherwise: Print): Print {
  const at = placeOf(compiler, subject);
  return (frame, output) => {
    const collection = value(frame);
    if (!isList(collection) && !isMap(collection)) {
      const message = `#each goes over a list or a map, and this is ${aType(collection)}`;
      throw evaluationFailure("wrong-argument", message, at());
    }
    const keys: readonly (string | number)[] = isList(collection) ? [...collection.keys()] : Object.keys(collection);
    if (keys.length === 0) return otherwise(frame, output);
    evaluateAll(keys, (key, index) => {
      const item = known((isList(collection) ? collection[index] : collection[key]) ?? null);
      const position = { index, key, first: index === 0, last: index === keys.length - 1 };
      const inner: Frame = { scope: frame.scope, inner: { outer: frame, item, params: [item, key], position } };
      body(inner, output);
    });
  };
}

/** Handlebars' own rule, which authors of templates know: false, null, zero, and an empty text or list are false. */
function truthy(value: Value): boolean {
  if (value instanceof Secret) return value.reveal() !== "";
  if (isList(value)) return value.length > 0;
  return Boolean(value);
}

/** Only the source tells `{{{{raw}}}}` from `{{#raw}}`: the trees are alike. */
function isRaw(compiler: Compiler, node: hbs.AST.BlockStatement): boolean {
  return compiler.text.startsWith("{{{{", offsetOf(compiler.text, node.loc.start.line, node.loc.start.column));
}

function rawBlock(compiler: Compiler, node: hbs.AST.BlockStatement, name: string): Print {
  if (name !== "raw") {
    report(
      compiler,
      node.path,
      "unknown-block",
      `there is no block "{{{{${name}}}}}"`,
      "text as it is stands in {{{{raw}}}}",
    );
  }
  const text = node.program.body.map((statement) => (isContent(statement) ? statement.value : "")).join("");
  return (_frame, output) => {
    output.text += text;
  };
}

function blockHint(name: string): string {
  return name === "if" || name === "unless"
    ? `a function's answer goes in parentheses: {{#${name} (contains xs "a")}}`
    : "";
}
