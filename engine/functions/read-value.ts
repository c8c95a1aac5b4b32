import type { Place } from "../errors/diagnostic.ts";
import { nearest } from "../text/nearest.ts";
import { EvaluationError } from "../value/evaluation-error.ts";
import { UnknownRead } from "../value/expression.ts";
import type { Scope } from "../value/scope.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { evaluationFailure } from "./evaluation-failure.ts";
import { omit } from "./omit.ts";

// One reading of variables and keys for templates and CEL. Places come as functions: they cost a search in the source,
// and are wanted only when something is wrong.

/** The variable's value, or undefined where no level defines it. An Unknown is thrown as UnknownRead. */
export function readIfDefined(scope: Scope, name: string, at: () => Place): Value | undefined {
  let value: Value | undefined;
  try {
    value = scope.get(name);
  } catch (error) {
    // A cycle has its own chain of places; this would say each of them again.
    if (!(error instanceof EvaluationError) || error.diagnostic.code === "variable-cycle") throw error;
    const related = [...(error.diagnostic.related ?? []), { message: `"${name}" is read here`, place: at() }];
    throw new EvaluationError({ ...error.diagnostic, related });
  }
  return value === undefined ? undefined : known(value);
}

/** The variable's value; an EvaluationError naming the nearest variable where there is none. */
export function readVariable(scope: Scope, name: string, at: () => Place): Value {
  const value = readIfDefined(scope, name, at);
  if (value !== undefined) return value;
  const near = nearest(name, scope.names());
  throw evaluationFailure(
    "undefined-variable",
    `the variable "${name}" is not defined`,
    at(),
    near === undefined ? `define it, or give it a default: \`default\`` : `did you mean "${near}"?`,
  );
}

/** The value under a key of a map or at an index of a list, or undefined where it is not there. */
export function keyIfDefined(container: Value, key: string | number): Value | undefined {
  if (isList(container)) {
    const index = typeof key === "number" ? key : /^(0|[1-9]\d*)$/.test(key) ? Number(key) : -1;
    const item = Number.isInteger(index) && index >= 0 ? container[index] : undefined;
    return item === undefined ? undefined : known(item);
  }
  if (!isMap(container)) return undefined;
  const name = String(key);
  // Own keys alone: a map of the site has no `constructor` and no `toString`.
  const value = Object.hasOwn(container, name) ? container[name] : undefined;
  return value === undefined ? undefined : known(value);
}

/** There is no such key: names `what` (the container in the user's words) and the nearest key. */
export function missingKey(container: Value, key: string | number, what: string, place: Place): EvaluationError {
  if (isMap(container)) {
    const keys = Object.keys(container);
    const near = nearest(String(key), keys);
    const listed =
      keys.length === 0 ? "it is empty" : `it has ${keys.slice(0, 8).join(", ")}${keys.length > 8 ? ", …" : ""}`;
    return evaluationFailure(
      "undefined-key",
      `"${what}" has no key "${key}"`,
      place,
      near === undefined ? listed : `did you mean "${near}"?`,
    );
  }
  if (isList(container)) {
    const numeric = typeof key === "number" || /^-?\d+$/.test(key);
    if (!numeric) {
      return evaluationFailure(
        "undefined-key",
        `"${what}" is a list and has no key "${key}"`,
        place,
        listHint(String(key)),
      );
    }
    const count = container.length === 1 ? "1 item" : `${container.length} items`;
    return evaluationFailure(
      "index-out-of-range",
      `"${what}" has ${count} and none at index ${key}`,
      place,
      "the first is at index 0",
    );
  }
  const hint =
    key === "length" ? "the function `length` counts characters, items and keys" : `read it as it is: ${what}`;
  return evaluationFailure("no-keys-here", `"${what}" is ${aType(container)} and has no key "${key}"`, place, hint);
}

/** The value, unless this run cannot know it yet: then UnknownRead. */
export function known(value: Value): Value {
  if (value instanceof Unknown && value !== omit) throw new UnknownRead(value.why);
  return value;
}

function listHint(key: string): string {
  if (key === "length" || key === "size") return "the function `length` counts the items";
  return "an item is read by its index; `first` and `last` give those at the ends";
}
