import { type CallPlace, callFunction, countProblem, signatureOf } from "../functions/call-function.ts";
import { ourName } from "../functions/foreign-names.ts";
import type { LabFunction } from "../functions/function.ts";
import { registry } from "../functions/registry.ts";
import { nearest } from "../text/nearest.ts";
import { evaluateAll } from "../value/tolerance.ts";
import { compilePath } from "./compile-path.ts";
import { type Compiler, placeOf, report, type Surroundings } from "./compiler.ts";
import type { Evaluate, EvaluateOptional } from "./frame.ts";
import { jinjaCall } from "./jinja-habits.ts";
import { type CallNode, isCall, isPath, literalOf, simpleName } from "./nodes.ts";

/** `{{ x }}`, `{{ f x }}`, `(f x)`: a variable, a literal or a function's answer. */
export function compileCall(compiler: Compiler, node: CallNode, around: Surroundings | undefined): Evaluate {
  const name = simpleName(node.path);
  const entry = name === undefined ? undefined : registry.get(name);
  const arguments_ = node.params.length + (node.hash?.pairs.length ?? 0);
  const called = blockParam(name, around) || (entry?.sharesName === true && arguments_ === 0) ? undefined : entry;
  if (called !== undefined) return compileFunction(compiler, node, called, around);
  if (arguments_ === 0) return compileArgument(compiler, node.path, around);
  const jinja = jinjaCall(compiler, node);
  if (jinja !== undefined) {
    compiler.diagnostics.push(jinja);
    return () => null;
  }
  const near = ourName(name ?? "", (ours) => registry.has(ours)) ?? nearest(name ?? "", registry.keys());
  const hint = near === undefined ? "arguments follow the name of a function" : `did you mean "${near}"?`;
  report(compiler, node.path, "unknown-function", `there is no function "${pathText(node.path)}"`, hint);
  return () => null;
}

/** One argument, or a whole expression without arguments. */
export function compileArgument(
  compiler: Compiler,
  node: hbs.AST.Expression,
  around: Surroundings | undefined,
): Evaluate {
  if (isCall(node)) return compileCall(compiler, node, around);
  if (isPath(node)) {
    const name = simpleName(node);
    if (name !== undefined && isReserved(name) && !blockParam(name, around)) {
      const hint =
        around === undefined ? `call it in parentheses: (${name} …)` : `a key of the item is \`this.${name}\``;
      report(compiler, node, "function-as-value", `"${name}" is a function and has no value of its own`, hint);
      return () => null;
    }
    return compilePath(compiler, node, around, false);
  }
  const value = literalOf(node);
  if (value !== undefined) return () => value;
  report(compiler, node, "template-syntax", "this cannot stand here");
  return () => null;
}

function compileFunction(
  compiler: Compiler,
  node: CallNode,
  entry: LabFunction,
  around: Surroundings | undefined,
): Evaluate {
  const nodes = arrange(compiler, node, entry);
  const missing = entry.params.find((param, index) => param.optional !== true && index < nodes.length && !nodes[index]);
  const problem = missing ? `${entry.name} needs "${missing.name}"` : countProblem(entry, nodes.length);
  if (problem !== undefined) {
    report(compiler, node, "wrong-arguments", problem, `${signatureOf(entry)}: ${entry.summary}`);
    return () => null;
  }
  const callPlace = placeOf(compiler, node);
  const at: CallPlace = (argument) => {
    const inner = argument === undefined ? undefined : nodes[argument];
    return inner === undefined ? callPlace() : placeOf(compiler, inner)();
  };
  const [firstNode, ...restNodes] = nodes;
  const rest = restNodes.map(
    (argument): EvaluateOptional =>
      argument === undefined ? () => undefined : compileArgument(compiler, argument, around),
  );
  if (entry.optionalFirst === true && firstNode !== undefined) {
    const first = compileOptional(compiler, firstNode, around);
    return (frame) => {
      const value = first(frame);
      // The others only when they are wanted: they too may be undefined where the first is there.
      const wanted = entry.wantsOthers?.(value) ?? (value === undefined || value === null);
      const others = wanted ? rest.map((argument) => argument(frame)) : [];
      return callFunction(entry, [value, ...others], at, frame.scope);
    };
  }
  const first = firstNode === undefined ? undefined : compileArgument(compiler, firstNode, around);
  return (frame) => {
    const all = first === undefined ? rest : [first, ...rest];
    return callFunction(
      entry,
      evaluateAll(all, (argument) => argument(frame)),
      at,
      frame.scope,
    );
  };
}

/** A name that stands for the function also where no arguments follow. */
function isReserved(name: string): boolean {
  const entry = registry.get(name);
  return entry !== undefined && entry.sharesName !== true;
}

/** Only a path may be missing; a function's answer or a literal is always there, and what they read is read strictly. */
function compileOptional(
  compiler: Compiler,
  node: hbs.AST.Expression,
  around: Surroundings | undefined,
): EvaluateOptional {
  const name = simpleName(node);
  const isFunction = name !== undefined && isReserved(name) && !blockParam(name, around);
  if (isPath(node) && !isFunction) return compilePath(compiler, node, around, true);
  return compileArgument(compiler, node, around);
}

/** Positional arguments, then named ones (`separator=", "`) in the order of the function's parameters; gaps are undefined. */
function arrange(compiler: Compiler, node: CallNode, entry: LabFunction): readonly (hbs.AST.Expression | undefined)[] {
  const nodes: (hbs.AST.Expression | undefined)[] = [...node.params];
  const named = new Map((node.hash?.pairs ?? []).map((pair) => [pair.key, pair]));
  for (const [key, pair] of named) {
    if (entry.params.findIndex((param) => param.name === key) >= node.params.length) continue;
    const near = nearest(
      key,
      entry.params.map((param) => param.name),
    );
    const hint = near === undefined ? signatureOf(entry) : `did you mean "${near}"?`;
    const known = entry.params.some((param) => param.name === key);
    const message = known ? `${entry.name}: "${key}" is given twice` : `${entry.name} has no argument "${key}"`;
    report(compiler, pair, "wrong-arguments", message, hint);
  }
  const last = entry.params.findLastIndex((param) => named.has(param.name));
  for (const param of entry.params.slice(nodes.length, last + 1)) nodes.push(named.get(param.name)?.value);
  return nodes;
}

function blockParam(name: string | undefined, around: Surroundings | undefined): boolean {
  if (name === undefined) return false;
  for (let level = around; level !== undefined; level = level.outer) if (level.params.includes(name)) return true;
  return false;
}

function pathText(node: hbs.AST.Node): string {
  return isPath(node) ? node.original : String(literalOf(node));
}
