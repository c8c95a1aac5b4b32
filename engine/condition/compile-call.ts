import { type CallPlace, callFunction, countProblem, signatureOf } from "../functions/call-function.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { ourLookup, ourName } from "../functions/foreign-names.ts";
import type { LabFunction } from "../functions/function.ts";
import { registry } from "../functions/registry.ts";
import { nearest } from "../text/nearest.ts";
import { evaluateAll } from "../value/tolerance.ts";
import { builtins } from "./builtins.ts";
import { aCelType, type CelValue, double, numberIn, toValue } from "./cel-value.ts";
import { type Compiler, type Evaluate, type EvaluateOptional, placeOf, report, textOf } from "./environment.ts";
import type { ASTNode } from "./parse-cel.ts";

/** Compiles an argument; handed in, since expressions hold calls again. */
export interface CompileArgument {
  (node: ASTNode): Evaluate;
  readonly optional: (node: ASTNode) => EvaluateOptional;
}

/** `join(xs, ",")` and `xs.join(",")` alike: a method's receiver is the function's first argument. */
export function compileCall(
  compiler: Compiler,
  node: ASTNode,
  name: string,
  args: readonly ASTNode[],
  compileArgument: CompileArgument,
): Evaluate {
  const entry = registry.get(name) ?? builtins.get(name);
  if ((name === "double" || name === "float") && args.length === 1 && args[0] !== undefined)
    return toDouble(compiler, args[0], compileArgument);
  if (entry === undefined || entry.templatesOnly === true) {
    reportUnknown(compiler, node, name, args);
    return () => null;
  }
  const problem = countProblem(entry, args.length);
  if (problem !== undefined) {
    report(compiler, node, "wrong-arguments", problem, `${signatureOf(entry)} ${entry.summary}`.trim());
    return () => null;
  }
  return callOf(compiler, node, entry, args, compileArgument);
}

function callOf(
  compiler: Compiler,
  node: ASTNode,
  entry: LabFunction,
  args: readonly ASTNode[],
  compileArgument: CompileArgument,
): Evaluate {
  const at: CallPlace = (argument) => placeOf(compiler, args[argument ?? -1] ?? node)();
  const [firstNode, ...restNodes] = args;
  const rest = restNodes.map((argument) => compileArgument(argument));
  if (entry.optionalFirst === true && firstNode !== undefined) {
    const first = compileArgument.optional(firstNode);
    return (environment) => {
      const value = first(environment);
      // The others only when they are wanted: they too may be undefined where the first is there.
      const given = value === undefined ? undefined : toValue(value);
      const wanted = entry.wantsOthers?.(given) ?? (given === undefined || given === null);
      const others = wanted ? rest.map((argument) => toValue(argument(environment))) : [];
      return callFunction(entry, [given, ...others], at, environment.scope);
    };
  }
  const first = firstNode === undefined ? undefined : compileArgument(firstNode);
  return (environment) => {
    const all = first === undefined ? rest : [first, ...rest];
    return callFunction(
      entry,
      evaluateAll(all, (argument) => toValue(argument(environment))),
      at,
      environment.scope,
    );
  };
}

/** Apart from the other functions: its answer must stay a double though it may be whole. */
function toDouble(compiler: Compiler, node: ASTNode, compileArgument: CompileArgument): Evaluate {
  const argument = compileArgument(node);
  const at = placeOf(compiler, node);
  return (environment): CelValue => {
    const value = argument(environment);
    const number = numberIn(value);
    if (number !== undefined) return double(number.number);
    if (typeof value === "string" && /^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(value))
      return double(Number(value));
    throw evaluationFailure("function-failed", `double: this is ${aCelType(value)} and spells no number`, at());
  };
}

const isFunction = (name: string): boolean => name === "double" || inExpressions(name) || builtins.has(name);
const inExpressions = (name: string): boolean => registry.has(name) && registry.get(name)?.templatesOnly !== true;
const withoutValue = new Set(["timestamp", "duration", "bytes", "uint"]);

function reportUnknown(compiler: Compiler, node: ASTNode, name: string, args: readonly ASTNode[]): void {
  if (name === "lookup" || name === "query") {
    const [plugin, ...rest] = args.map((argument) => textOf(compiler, argument).replace(/^'(.*)'$/s, '"$1"'));
    const hint = ourLookup((plugin ?? "").replace(/^"|"$/g, ""), rest.join(", "), (ours, inner) => `${ours}(${inner})`);
    report(compiler, node, "jinja-syntax", `"${name}" is Jinja`, hint);
    return;
  }
  if (withoutValue.has(name)) {
    report(
      compiler,
      node,
      "unknown-function",
      `CEL's ${name}() is not part of the language here`,
      "values are null, boolean, integer, double, string, list and map",
    );
    return;
  }
  if (name === "not") {
    report(compiler, node, "jinja-syntax", '"not" is written !', "write `!x`");
    return;
  }
  const near =
    ourName(name, isFunction) ??
    nearest(name, [
      ...[...registry.keys()].filter(inExpressions),
      ...builtins.keys(),
      "has",
      "map",
      "filter",
      "all",
      "exists",
      "double",
    ]);
  report(
    compiler,
    node,
    "unknown-function",
    `there is no function "${name}"`,
    near === undefined ? undefined : `did you mean "${near}"?`,
  );
}
