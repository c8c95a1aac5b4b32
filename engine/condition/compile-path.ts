import type { Place } from "../errors/diagnostic.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { keyIfDefined, known, missingKey, readIfDefined, readVariable } from "../functions/read-value.ts";
import { aCelType, type CelValue, numberIn, toValue, WholeDouble } from "./cel-value.ts";
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
import type { ASTNode } from "./parse-cel.ts";

type CompileInner = (node: ASTNode) => Evaluate;

/** A path that must be there: `x`, `x.y[0]`, `vars.x`, `f(x).y`. */
export function compilePath(compiler: Compiler, node: ASTNode, bound: Bound, compile: CompileInner): Evaluate {
  const path = pathOf(compiler, node, bound, false, compile);
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

/** The same path, undefined where anything on the way is missing. */
export function compileOptionalPath(
  compiler: Compiler,
  node: ASTNode,
  bound: Bound,
  compile: CompileInner,
): EvaluateOptional {
  const path = pathOf(compiler, node, bound, true, compile);
  return (environment) => {
    let value = path.readIfDefined(environment);
    for (const step of path.steps) {
      if (value === undefined) return undefined;
      value = keyIfDefined(toValue(value), keyOf(step, environment));
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
function pathOf(compiler: Compiler, node: ASTNode, bound: Bound, optional: boolean, compile: CompileInner): Path {
  const steps: (Step & { readonly literal: string | undefined })[] = [];
  let root = node;
  while (root.op === "." || root.op === "[]") {
    const [container, key] = root.args;
    const compiled = typeof key === "string" ? key : compile(key);
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
    const evaluate = compile(root);
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
    if (current.bound.name === name) return knownHere(current.bound.value);
    current = current.bound.outer;
  }
  return null;
}

/** An item that is not known yet is met where it is read, and not before: another item may decide. */
function knownHere(value: CelValue): CelValue {
  return value instanceof WholeDouble ? value : known(value);
}

function keyOf(step: Step, environment: Environment): string | number {
  if (typeof step.key === "string") return step.key;
  const key = step.key(environment);
  if (typeof key === "string") return key;
  const number = numberIn(key);
  if (number?.int === true) return number.number;
  throw evaluationFailure("wrong-type", `a key must be a text or an integer, and this is ${aCelType(key)}`, step.at());
}
