import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { Secret } from "../value/secret.ts";
import { evaluateAll, passedOver } from "../value/tolerance.ts";
import type { Value } from "../value/value.ts";
import { aCelType, type CelValue, numberIn, WholeDouble } from "./cel-value.ts";
import { compileCall } from "./compile-call.ts";
import { compileMacro, inList } from "./compile-macro.ts";
import { compileOptionalPath, compilePath } from "./compile-path.ts";
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
import { calculate, compare, contains, equal, negate } from "./operators.ts";
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
      return compilePath(compiler, node, bound, compile);
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
      return (environment) => evaluateAll(items, (item) => inList(item(environment)));
    }
    case "map":
      return mapLiteral(compiler, node.args, bound);
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
      return both(left, right, (one, other) => equal(one, other, at) === wanted);
    }
    case "in": {
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return both(left, right, (one, other) => contains(one, other, at));
    }
    case "<":
    case "<=":
    case ">":
    case ">=": {
      const { op } = node;
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return both(left, right, (one, other) => compare(op, one, other, at));
    }
    case "+":
    case "-":
    case "*":
    case "/":
    case "%": {
      const { op } = node;
      const [left, right] = [compile(node.args[0]), compile(node.args[1])];
      return both(left, right, (one, other) => calculate(op, one, other, at));
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

/** Both sides are needed: where the left one is not known yet, what is wrong with the right one is told all the same. */
function both(left: Evaluate, right: Evaluate, join: (left: CelValue, right: CelValue) => CelValue): Evaluate {
  return (environment) => {
    let value: CelValue;
    try {
      value = left(environment);
    } catch (error) {
      const unknown = passedOver(error);
      right(environment);
      throw unknown;
    }
    return join(value, right(environment));
  };
}

/** CEL answers `unknown || true` with true: what is not known yet does not matter there. An error is never passed over. */
function logical(left: (e: Environment) => boolean, right: (e: Environment) => boolean, deciding: boolean): Evaluate {
  return (environment) => {
    let value: boolean;
    try {
      value = left(environment);
    } catch (error) {
      const unknown = passedOver(error);
      if (right(environment) === deciding) return deciding;
      throw unknown;
    }
    return value === deciding ? deciding : right(environment);
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
      `"${text}" must be a boolean, and is ${aCelType(value)}`,
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

function mapLiteral(compiler: Compiler, entries: readonly (readonly [ASTNode, ASTNode])[], bound: Bound): Evaluate {
  const parts = entries.map(([key, value]) => ({
    key: keyEvaluator(compiler, key, bound),
    at: placeOf(compiler, key),
    value: compileNode(compiler, value, bound),
  }));
  return (environment) => {
    const pairs = parts.map(({ key, at, value }): [string, Value] => {
      const name = key(environment);
      if (typeof name === "string") return [name, inList(value(environment))];
      throw evaluationFailure(
        "wrong-type",
        `a map's key must be a text, and this is ${aCelType(name)}`,
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

/** Only a path may be missing; any other expression is always there, and what it reads is read strictly. */
function compileOptional(compiler: Compiler, node: ASTNode, bound: Bound): EvaluateOptional {
  if (node.op !== "id" && node.op !== "." && node.op !== "[]") return compileNode(compiler, node, bound);
  return compileOptionalPath(compiler, node, bound, (inner) => compileNode(compiler, inner, bound));
}

/** A bare name as a key is a variable to CEL; whoever writes `{a: 1}` most likely means the text. */
function keyEvaluator(compiler: Compiler, node: ASTNode, bound: Bound): Evaluate {
  const at = placeOf(compiler, node);
  if (node.op !== "id") return compileNode(compiler, node, bound);
  const read = compileOptional(compiler, node, bound);
  return (environment) => {
    const value = read(environment);
    if (value !== undefined) return value;
    const hint = `quote the key: {"${node.args}": …}`;
    throw evaluationFailure("undefined-variable", `the variable "${node.args}" is not defined`, at(), hint);
  };
}
