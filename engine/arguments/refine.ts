import { Secret } from "../value/secret.ts";
import { isMap, type Value } from "../value/value.ts";
import type { Argument, Arguments, Shape } from "./argument.ts";
import { holdsSecret } from "./check-value.ts";

/** Makes of a variable's value what the role sees of it. */
export type Refine = (value: Value) => Value;

/**
 * What becomes of values on their way into the role: those declared secret are secrets from here on, and keys of maps
 * that are left out get their defaults. Arguments that stay as they are have no entry.
 */
export function refinersOf(declared: Arguments): ReadonlyMap<string, Refine> {
  const refiners = new Map<string, Refine>();
  for (const argument of declared.values())
    if (holdsSecret(argument) || holdsDefault(argument))
      refiners.set(argument.name, (value) => refined(argument, value));
  return refiners;
}

function refined(shape: Shape, value: Value): Value {
  if (shape.secret) return secretly(value);
  const { items, values, keys } = shape;
  if (Array.isArray(value)) return items ? value.map((item) => refined(items, item)) : value;
  if (!isMap(value)) return value;
  if (values) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, refined(values, each)]));
  if (!keys) return value;
  const given = Object.entries(value).map(([key, each]): [string, Value] => {
    const argument = keys.get(key);
    return [key, argument ? refined(argument, each) : each];
  });
  const defaults = [...keys.values()].flatMap((key): [string, Value][] =>
    key.fallback === undefined || Object.hasOwn(value, key.name) ? [] : [[key.name, refined(key, key.fallback)]],
  );
  return Object.fromEntries([...given, ...defaults]);
}

/** Numbers too: a PIN is read as one. Of a list or map every value, since a template may take it apart. */
function secretly(value: Value): Value {
  if (typeof value === "string" || typeof value === "number") return new Secret(String(value));
  if (Array.isArray(value)) return value.map(secretly);
  return isMap(value) ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, secretly(each)])) : value;
}

function holdsDefault(shape: Shape): boolean {
  const inside: readonly (Shape | undefined)[] = [shape.items, shape.values];
  const keys: readonly Argument[] = [...(shape.keys?.values() ?? [])];
  return (
    inside.some((each) => each !== undefined && holdsDefault(each)) ||
    keys.some((key) => key.fallback !== undefined || holdsDefault(key))
  );
}
