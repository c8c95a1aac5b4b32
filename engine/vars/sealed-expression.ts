import { hidden } from "../functions/secrecy.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { type Expression, UnknownRead } from "../value/expression.ts";
import type { ScalarNode } from "../value/node.ts";
import { Secret } from "../value/secret.ts";
import { isTolerating } from "../value/tolerance.ts";
import type { Value } from "../value/value.ts";

/** An encrypted value as an expression: a text of which nothing is known before somebody reads it. */
export function sealedExpression(node: ScalarNode): Expression {
  const { place, value, unsealer } = node;
  const evaluate = (): Value => {
    // The check of a site opens nothing: hosts that are not asked for may have secrets that others alone can read.
    if (isTolerating()) throw new UnknownRead("it is encrypted");
    const opened = unsealer?.open(String(value)) ?? { kind: "waiting", why: "it is encrypted" };
    if (opened.kind === "opened") return new Secret(opened.content);
    if (opened.kind === "waiting") throw new UnknownRead(opened.why);
    throw new EvaluationError({ ...opened.problem, place });
  };
  return { source: "!secret", place, uses: [], evaluate, sealed: true };
}

/** What a template of an encrypted file makes is as secret as the file. */
export function hiddenExpression(expression: Expression): Expression {
  return { ...expression, evaluate: (scope) => hidden(expression.evaluate(scope)) };
}
