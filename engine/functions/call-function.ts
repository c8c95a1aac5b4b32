import { Bug } from "../errors/bug.ts";
import type { Place } from "../errors/diagnostic.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { UnknownRead } from "../value/expression.ts";
import type { Outside, Scope } from "../value/scope.ts";
import type { Value } from "../value/value.ts";
import { article, aType } from "./a-type.ts";
import { fits } from "./arguments.ts";
import { evaluationFailure } from "./evaluation-failure.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";
import { hidden, holdsSecret, requireKnown, revealed, secretsAmong } from "./secrecy.ts";

/** What a place in the source is wanted for: the call as a whole, or its argument of that index. */
export type CallPlace = (argument?: number) => Place;

/** Runs a function over evaluated arguments: types checked, secrets hidden in the answer, failures made diagnostics. */
export function callFunction(
  entry: LabFunction,
  args: readonly (Value | undefined)[],
  at: CallPlace,
  scope?: Pick<Scope, "outside">,
): Value {
  checkTypes(entry, args, at);
  const outside = outsideFor(entry, scope);
  if (entry.picks === true) return attempt(entry, args, at, outside);
  for (const value of args) if (value !== undefined) requireKnown(value);
  const tainted = args.some((value) => value !== undefined && holdsSecret(value));
  if (!tainted) return attempt(entry, args, at, outside);
  const plain = args.map((value) => (value === undefined ? undefined : revealed(value)));
  return hidden(attempt(entry, plain, at, outside, true), secretsAmong(args));
}

/** Before the run there may be nothing to look things up in: then the answer is not known yet. */
function outsideFor(entry: LabFunction, scope: Pick<Scope, "outside"> | undefined): Outside {
  if (scope?.outside !== undefined) return scope.outside;
  if (entry.looksUp !== undefined) throw new UnknownRead(`${entry.name} is looked up when the play runs`);
  return nowhere;
}

const nobody = (): never => {
  throw new Bug("a function that looks nothing up looked outside");
};
const nowhere: Outside = { file: nobody, has: nobody, glob: nobody, env: nobody, now: nobody };

/** How a function is called, in words: `join(list, separator?)`. */
export function signatureOf(entry: LabFunction): string {
  const params = entry.params.map((param) => (param.optional === true ? `${param.name}?` : param.name));
  return `${entry.name}(${params.join(", ")}${entry.variadic === true ? ", …" : ""})`;
}

/** Whether so many arguments fit; the message if not. */
export function countProblem(entry: LabFunction, count: number): string | undefined {
  const least = entry.params.filter((param) => param.optional !== true).length;
  const most = entry.variadic === true ? Number.POSITIVE_INFINITY : entry.params.length;
  if (count >= least && count <= most) return undefined;
  const wanted = least === most ? `${least}` : `${least} to ${most}`;
  return `${entry.name} takes ${wanted} argument${most === 1 ? "" : "s"} and has ${count}`;
}

function checkTypes(entry: LabFunction, args: readonly (Value | undefined)[], at: CallPlace): void {
  args.forEach((value, index) => {
    const param = entry.params[Math.min(index, entry.params.length - 1)];
    if (param === undefined || value === undefined || fits(value, param.type)) return;
    throw evaluationFailure(
      "wrong-argument",
      `${entry.name}: "${param.name}" must be ${article(param.type)}, and this is ${aType(value)}`,
      at(index),
      hintFor(param.type, value),
    );
  });
}

function hintFor(wanted: string, value: Value): string | undefined {
  const scalar = typeof value === "number" || typeof value === "boolean";
  if (wanted === "string" && scalar) return "the function `string` makes a text of it";
  if (wanted === "number" && typeof value === "string") return "the function `int` makes a number of it";
  return undefined;
}

function attempt(
  entry: LabFunction,
  args: readonly (Value | undefined)[],
  at: CallPlace,
  outside: Outside,
  revealedHere = false,
): Value {
  try {
    return entry.run(args, outside);
  } catch (error) {
    if (!(error instanceof FunctionFailure) || error instanceof EvaluationError) throw error;
    // The failure may quote its argument, and the argument may be a secret.
    const tainted = revealedHere || args.some((value) => value !== undefined && holdsSecret(value));
    const message = tainted ? "it cannot work with this secret" : error.message;
    throw evaluationFailure("function-failed", `${entry.name}: ${message}`, at(), error.hint);
  }
}
