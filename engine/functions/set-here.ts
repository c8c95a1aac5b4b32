import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { UnknownRead, type VariableUse } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { annotated } from "../value/tolerance.ts";
import type { Value } from "../value/value.ts";
import { holdsSecret } from "./secrecy.ts";

type Related = NonNullable<Diagnostic["related"]>;

/** More of them than this are read by nobody. */
const most = 3;

/** Where the variables were set that a text reads: what is wrong with their values is mended there. */
export function setHere(scope: Scope, uses: readonly VariableUse[]): Related {
  const names = [...new Set(uses.map(({ name, path }) => (name === "vars" ? (path[0] ?? name) : name)))];
  return names
    .flatMap((name): Related => {
      const found = scope.whereIs?.(name);
      // What the run has set stands in no file; and a line with a secret in it is not shown.
      if (found === undefined || found.place.file === "" || isSecret(scope, name)) return [];
      const { place, origin, shadowed } = found;
      const [over, ...more] = shadowed.map((each) => `${each.place.file}:${each.place.line}`);
      const others = more.length === 0 ? "" : ` and ${more.length} more`;
      const overrides = over === undefined ? "" : `, and overrides ${over}${others}`;
      return [{ message: `\`${name}\` is set here, by ${origin}${overrides}`, place }];
    })
    .slice(0, most);
}

function isSecret(scope: Scope, name: string): boolean {
  try {
    const value = scope.get(name);
    return value !== undefined && holdsSecret(value);
  } catch (error) {
    if (error instanceof EvaluationError || error instanceof UnknownRead) return false;
    throw error;
  }
}

/** Errors about values say where the variables were set that stand at the place of the error. */
export function withWhereabouts(
  evaluate: (scope: Scope) => Value,
  uses: readonly VariableUse[],
): (scope: Scope) => Value {
  if (uses.length === 0) return evaluate;
  return (scope) => {
    if (scope.whereIs === undefined) return evaluate(scope);
    return annotated(
      () => evaluate(scope),
      (error) => {
        const { code, place, related = [] } = error.diagnostic;
        if (place === undefined || code === "undefined-variable" || code === "variable-cycle") return error;
        const there = setHere(
          scope,
          uses.filter((use) => overlap(use.place, place)),
        );
        const fresh = there.filter(({ message }) => !related.some((each) => each.message === message));
        return fresh.length === 0
          ? error
          : new EvaluationError({ ...error.diagnostic, related: [...related, ...fresh] });
      },
    );
  };
}

function overlap(one: Place, other: Place): boolean {
  if (one.file !== other.file || one.line !== other.line) return false;
  return one.column < other.column + (other.length ?? 1) && other.column < one.column + (one.length ?? 1);
}
