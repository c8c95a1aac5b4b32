import type { Place } from "../errors/diagnostic.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { keyIfDefined, missingKey, readIfDefined, readVariable } from "../functions/read-value.ts";
import { UnknownRead } from "../value/expression.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";
import { type CelValue, celTypeName, numberIn, toValue, WholeDouble } from "./cel-value.ts";
import { compileCall } from "./compile-call.ts";
import { compileMacro, inList } from "./compile-macro.ts";
import {
  type Bound,
  type Compiler,
  type Environment,
  type Evaluate,
  type EvaluateOptional,
  placeOf,
  report,
  textOf,
} from "./environment.ts";
import { calculate, compare, contains, equal, negate, plain } from "./operators.ts";
import type { ASTNode } from "./parse-cel.ts";

/** A node of the tree as a function of what the evaluation sees: the tree is walked once, when the site is loaded. */
export function compileNode(compiler: Compiler, node: ASTNode, bound: Bound): Evaluate {
  const compile = (inner: ASTNode): Evaluate => compileNode(compiler, inner, bound);
  const at = placeOf(compiler, node);
  switch (node.op) {
    case "value":
      return literal(compiler, node, node.args);
    case "id":
    case ".":
    case "[]":
      return compilePath(compiler, node, bound);
    case "call": {
      const [name, args] = node.args;
      if (name === "has") return has(compiler, node, args, bound);
      return compileCall(compiler, node, name, args, argumentsOf(compiler, bound));
    }
    case "rcall": {
      const [name, receiver, args] = node.args;
      const body = (inner: ASTNode, item: string): Evaluate => compileNode(compiler, inner, [...bound, item]);
      const macro = compileMacro(compiler, name, receiver, args, compile, body);
      return macro ?? compileCall(compiler, node, name, [receiver, ...args], argumentsOf(compiler, bound));
    }
    case "list": {
      const items = node.args.map(compile);
      return (environment) => items.map((item) => inList(item(environment)));
    }
    case "map":
      return mapLiteral(compiler, node.args, compile);
    case "?:": {
      const [condition, then, otherwise] = node.args;
      const test = boolean(compiler, condition, compile);
      const [first, second] = [compile(then), compile(otherwise)];
      return (environment) => (test(environment) ? first(environment) : second(environment));
    }
    case "&&":
    case "||": {
      const [left, right] = [boolean(compiler, node.args[0], compile), boolean(compiler, node.args[1], compile)];
      return logical(left, right, node.op === "||");
    }
    case "!_": {
      const operand = boolean(compiler, node.args, compile);
      return (environment) => !operand(environment);
    }
    case "-_": {
      const operand = compile(node.args);
      return (environment) => negate(operand(environment), at);
    }
    case "==":
    case "!=": {
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      const wanted = node.op === "==";
      return (environment) => equal(left(environment), right(environment), at) === wanted;
    }
    case "in": {
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return (environment) => contains(left(environment), right(environment), at);
    }
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const { op } = node;
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return (environment) => compare(op, left(environment), right(environment), at);
    }
    case "+":
    case "-":
    case "*":
    case "/":
    case "%": {
      const { op } = node;
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return (environment) => calculate(op, left(environment), right(environment), at);
    }
    default:
      report(
        compiler,
        node,
        "condition-syntax",
        "optional access (`.?`) is not part of the language here",
        "has(x.y) or default(x.y, …)",
      );
      return () => null;
  }
}

function literal(compiler: Compiler, node: ASTNode, value: unknown): Evaluate {
  if (value === null || typeof value === "boolean" || typeof value === "string") return () => value;
  if (typeof value === "number") {
    const double = Number.isSafeInteger(value) ? new WholeDouble(value) : value;
    return () => double;
  }
  if (typeof value === "bigint") {
    const number = Number(value);
    if (Number.isSafeInteger(number)) return () => number;
    report(
      compiler,
      node,
      "number-range",
      `${value} is too large to be an exact integer`,
      "integers reach to ±9007199254740991",
    );
    return () => null;
  }
  report(
    compiler,
    node,
    "condition-syntax",
    `${textOf(compiler, node)}: bytes and unsigned integers are not part of the language here`,
  );
  return () => null;
}

/** CEL answers `unknown || true` with true: what is not known yet does not matter there. An error is never passed over. */
function logical(left: (e: Environment) => boolean, right: (e: Environment) => boolean, deciding: boolean): Evaluate {
  return (environment) => {
    try {
      return left(environment) === deciding ? deciding : right(environment);
    } catch (error) {
      if (!(error instanceof UnknownRead)) throw error;
      if (right(environment) === deciding) return deciding;
      throw error;
    }
  };
}

function boolean(
  compiler: Compiler,
  node: ASTNode,
  compile: (node: ASTNode) => Evaluate,
): (environment: Environment) => boolean {
  const evaluate = compile(node);
  const at = placeOf(compiler, node);
  return (environment) => {
    const value = evaluate(environment);
    if (typeof value === "boolean") return value;
    const text = textOf(compiler, node);
    throw evaluationFailure(
      "not-a-boolean",
      `"${text}" must be a boolean, and is ${celTypeName(value)}`,
      at(),
      booleanHint(text, value),
    );
  };
}

/** How a condition is made of a value that is none. */
export function booleanHint(text: string, value: CelValue): string {
  if (value === null) return `write \`${text} != null\``;
  if (typeof value === "string" || value instanceof Secret)
    return `write \`${text} != ""\`, or \`bool(${text})\` if it spells a boolean`;
  if (numberIn(value) !== undefined) return `write \`${text} != 0\``;
  return `write \`size(${text}) > 0\``;
}

function mapLiteral(
  compiler: Compiler,
  entries: readonly (readonly [ASTNode, ASTNode])[],
  compile: (node: ASTNode) => Evaluate,
): Evaluate {
  const parts = entries.map(([key, value]) => ({
    key: compile(key),
    at: placeOf(compiler, key),
    value: compile(value),
  }));
  return (environment) => {
    const pairs = parts.map(({ key, at, value }): [string, Value] => {
      const name = key(environment);
      if (typeof name === "string") return [name, inList(value(environment))];
      throw evaluationFailure(
        "wrong-type",
        `a map's key must be a text, and this is ${celTypeName(name)}`,
        at(),
        'quote it: {"a": 1}',
      );
    });
    return Object.fromEntries(pairs);
  };
}

function argumentsOf(compiler: Compiler, bound: Bound) {
  const strict = (node: ASTNode): Evaluate => compileNode(compiler, node, bound);
  const optional = (node: ASTNode): EvaluateOptional => compileOptional(compiler, node, bound);
  return Object.assign(strict, { optional });
}

/** `has(x.y)`: false wherever on the way something is missing, so that one test is enough. */
function has(compiler: Compiler, node: ASTNode, args: readonly ASTNode[], bound: Bound): Evaluate {
  const [path] = args;
  if (path === undefined || args.length > 1 || (path.op !== "." && path.op !== "[]")) {
    const name = path?.op === "id" ? path.args : "x";
    report(
      compiler,
      node,
      "wrong-arguments",
      "has() takes a key of something, such as has(x.y)",
      `for a variable: has(vars.${name})`,
    );
    return () => false;
  }
  const read = compileOptional(compiler, path, bound);
  return (environment) => read(environment) !== undefined;
}

function compileOptional(compiler: Compiler, node: ASTNode, bound: Bound): EvaluateOptional {
  if (node.op !== "id" && node.op !== "." && node.op !== "[]") return compileNode(compiler, node, bound);
  const path = pathOf(compiler, node, bound, true);
  return (environment) => {
    let value = path.readIfDefined(environment);
    for (const step of path.steps) {
      if (value === undefined) return undefined;
      value = keyIfDefined(toValue(value), keyOf(step, environment));
    }
    return value;
  };
}

function compilePath(compiler: Compiler, node: ASTNode, bound: Bound): Evaluate {
  const path = pathOf(compiler, node, bound, false);
  return (environment) => {
    let value = path.read(environment);
    for (const step of path.steps) {
      const key = keyOf(step, environment);
      const container = toValue(value);
      const next = keyIfDefined(container, key);
      if (next === undefined) throw missingKey(container, key, step.container, step.at());
      value = next;
    }
    return value;
  };
}

interface Step {
  readonly key: string | Evaluate;
  /** What is read from, in the author's words. */
  readonly container: string;
  readonly at: () => Place;
}
interface Path {
  readonly read: Evaluate;
  readonly readIfDefined: EvaluateOptional;
  readonly steps: readonly Step[];
}

/** A chain of `.key` and `[key]` down to what it begins with: a variable, a bound name, or any other expression. */
function pathOf(compiler: Compiler, node: ASTNode, bound: Bound, optional: boolean): Path {
  const steps: (Step & { readonly literal: string | undefined })[] = [];
  let root = node;
  while (root.op === "." || root.op === "[]") {
    const [container, key] = root.args;
    const compiled = typeof key === "string" ? key : compileNode(compiler, key, bound);
    const literalKey =
      typeof key === "string" ? key : key.op === "value" && typeof key.args === "string" ? key.args : undefined;
    steps.unshift({
      key: compiled,
      container: textOf(compiler, container),
      at: placeOf(compiler, root),
      literal: literalKey,
    });
    root = container;
  }
  if (root.op !== "id") {
    const evaluate = compileNode(compiler, root, bound);
    return { read: evaluate, readIfDefined: evaluate, steps };
  }
  const name = root.args;
  if (bound.includes(name)) {
    const read = (environment: Environment): CelValue => boundValue(environment, name);
    return { read, readIfDefined: read, steps };
  }
  if (name === "vars") return variablesPath(compiler, root, steps, optional);
  return variablePath(compiler, name, steps, optional, placeOf(compiler, root));
}

/** `vars.x` and `vars["x"]` are the variable x. */
function variablesPath(
  compiler: Compiler,
  root: ASTNode,
  steps: readonly (Step & { readonly literal: string | undefined })[],
  optional: boolean,
): Path {
  const [first, ...rest] = steps;
  if (first === undefined) {
    report(compiler, root, "vars-alone", "`vars` stands for no value of its own", "name a variable: vars.x");
    return { read: () => null, readIfDefined: () => null, steps: [] };
  }
  if (first.literal !== undefined) return variablePath(compiler, first.literal, rest, optional, first.at);
  // Which variable it is shows only at run time: whoever follows uses must take this for any of them.
  compiler.uses.push({ name: "vars", path: [], place: first.at(), optional: true });
  const nameOf = (environment: Environment): string => String(keyOf(first, environment));
  return {
    read: (environment) => readVariable(environment.scope, nameOf(environment), first.at),
    readIfDefined: (environment) => readIfDefined(environment.scope, nameOf(environment), first.at),
    steps: rest,
  };
}

function variablePath(
  compiler: Compiler,
  name: string,
  steps: readonly (Step & { readonly literal: string | undefined })[],
  optional: boolean,
  at: Step["at"],
): Path {
  const path: string[] = [];
  for (const { literal: key } of steps) {
    if (key === undefined) break;
    path.push(key);
  }
  compiler.uses.push({ name, path, place: at(), optional });
  return {
    read: (environment) => readVariable(environment.scope, name, at),
    readIfDefined: (environment) => readIfDefined(environment.scope, name, at),
    steps,
  };
}

function boundValue(environment: Environment, name: string): CelValue {
  let current: Environment | undefined = environment;
  while (current?.bound !== undefined) {
    if (current.bound.name === name) return current.bound.value;
    current = current.bound.outer;
  }
  return null;
}

function keyOf(step: Step, environment: Environment): string | number {
  if (typeof step.key === "string") return step.key;
  const key = step.key(environment);
  if (typeof key === "string") return key;
  if (key instanceof Secret) return plain(key);
  const number = numberIn(key);
  if (number?.int === true) return number.number;
  throw evaluationFailure(
    "wrong-type",
    `a key must be a text or an integer, and this is ${celTypeName(key)}`,
    step.at(),
  );
}
