import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { UnknownRead } from "../value/expression.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aCelType, type CelValue, toValue, WholeDouble } from "./cel-value.ts";
import { bind, type Compiler, type Environment, type Evaluate, placeOf } from "./environment.ts";
import type { ASTNode } from "./parse-cel.ts";

type CompileBody = (node: ASTNode, bound: string) => Evaluate;

const macros = new Set(["all", "exists", "exists_one", "map", "filter"]);

/** `xs.exists(x, x > 1)` and its like; undefined when the call is none of them. */
export function compileMacro(
  compiler: Compiler,
  name: string,
  receiver: ASTNode,
  args: readonly ASTNode[],
  compile: (node: ASTNode) => Evaluate,
  compileBody: CompileBody,
): Evaluate | undefined {
  const [variable, first, second] = args;
  if (variable === undefined || first === undefined || variable.op !== "id") return undefined;
  const item = variable.args;
  if (name === "bind" && second !== undefined && receiver.op === "id" && receiver.args === "cel") {
    const value = compile(first);
    const body = compileBody(second, item);
    return (environment) => body(bind(environment, item, value(environment)));
  }
  if (!macros.has(name) || args.length > (name === "map" ? 3 : 2)) return undefined;
  const items = itemsOf(compiler, receiver, compile);
  if (name === "map") {
    const kept = second === undefined ? undefined : test(compiler, first, item, compileBody);
    const change = compileBody(second ?? first, item);
    return (environment) =>
      items(environment)
        .filter((value) => kept === undefined || kept(environment, value))
        .map((value) => inList(change(bind(environment, item, value))));
  }
  const holds = test(compiler, first, item, compileBody);
  if (name === "filter") return (environment) => items(environment).filter((value) => holds(environment, value));
  if (name === "exists_one") {
    return (environment) => items(environment).filter((value) => holds(environment, value)).length === 1;
  }
  // `all` is decided by the first false, `exists` by the first true.
  return decided(items, holds, name === "exists");
}

function decided(
  items: (environment: Environment) => readonly Value[],
  holds: (environment: Environment, value: Value) => boolean,
  deciding: boolean,
): Evaluate {
  return (environment) => {
    let unknown: UnknownRead | undefined;
    for (const value of items(environment)) {
      try {
        if (holds(environment, value) === deciding) return deciding;
      } catch (error) {
        // Another item may still decide, whatever this one turns out to be.
        if (!(error instanceof UnknownRead)) throw error;
        unknown ??= error;
      }
    }
    if (unknown !== undefined) throw unknown;
    return !deciding;
  };
}

function itemsOf(
  compiler: Compiler,
  receiver: ASTNode,
  compile: (node: ASTNode) => Evaluate,
): (environment: Environment) => readonly Value[] {
  const collection = compile(receiver);
  const at = placeOf(compiler, receiver);
  return (environment) => {
    const value = collection(environment);
    if (!(value instanceof WholeDouble)) {
      if (isList(value)) return value;
      if (isMap(value)) return Object.keys(value);
    }
    throw evaluationFailure(
      "wrong-type",
      `this goes over a list or the keys of a map, and here is ${aCelType(value)}`,
      at(),
    );
  };
}

function test(
  compiler: Compiler,
  node: ASTNode,
  item: string,
  compileBody: CompileBody,
): (environment: Environment, value: Value) => boolean {
  const body = compileBody(node, item);
  const at = placeOf(compiler, node);
  return (environment, value) => {
    const answer = body(bind(environment, item, value));
    if (typeof answer === "boolean") return answer;
    throw evaluationFailure(
      "not-a-boolean",
      `the test of an item must be a boolean, and this is ${aCelType(answer)}`,
      at(),
    );
  };
}

/** Lists hold values of the site; a double that is whole is a whole number from here on. */
export function inList(value: CelValue): Value {
  return toValue(value);
}
