import { nearest } from "../text/nearest.ts";
import { plural } from "../text/plural.ts";
import { shorten } from "../text/shorten.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isMap, type Value } from "../value/value.ts";
import type { Argument, Shape } from "./argument.ts";
import { typeOf } from "./argument-types.ts";

/** One thing that is wrong with a value. */
export interface Problem {
  /** From the argument downwards: `shares`, 0, `path`. */
  readonly path: readonly (string | number)[];
  /** Whether it is about the key of that name and not about its value. */
  readonly atKey?: true;
  readonly message: string;
  readonly hint?: string;
}

/** All that is wrong with the value of an argument. Of what is not known yet nothing is said. */
export function checkArgument(argument: Argument, value: Value, path: Problem["path"] = [argument.name]): Problem[] {
  if (value === null) {
    if (argument.nullable) return [];
    const hint = argument.required ? "it is required" : "leave it out, and its default counts";
    return argument.type === "any" && !argument.required
      ? []
      : [{ path, message: `expected ${expectedOf(argument)}, got nothing`, hint }];
  }
  return checkShape(argument, value, path);
}

function checkShape(shape: Shape, given: Value, path: Problem["path"]): Problem[] {
  if (given instanceof Unknown) return [];
  if (given === null)
    return shape.type === "any" ? [] : [{ path, message: `expected ${expectedOf(shape)}, got nothing` }];
  const value = given instanceof Secret ? revealed(shape, given) : given;
  const misfit = typeOf(shape.type).check(value);
  if (misfit) {
    const { expected, hint } = misfit;
    return [{ path, message: `expected ${expected}, got ${got(given, shape)}`, ...(hint !== undefined && { hint }) }];
  }
  return [
    ...checkChoices(shape, value, given, path),
    ...checkBounds(shape, value, path),
    ...checkInside(shape, value, path),
  ];
}

/** What a secret is compared as: it is a text always, a number where one is wanted. */
function revealed({ type }: Shape, secret: Secret): Value {
  const text = secret.reveal();
  const number = type === "integer" || type === "number" || type === "port";
  return number && /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function checkChoices(shape: Shape, value: Value, given: Value, path: Problem["path"]): Problem[] {
  const { choices } = shape;
  if (choices === undefined || choices.some((choice) => choice === value)) return [];
  const near = given instanceof Secret || shape.secret ? undefined : nearest(String(value), choices.map(String));
  const other = choices.find((choice) => String(choice) === String(value));
  const hint =
    other !== undefined
      ? `write ${JSON.stringify(other)}, ${typeof other === "string" ? "in" : "without"} quotes`
      : near === undefined
        ? undefined
        : `did you mean ${near}?`;
  return [
    { path, message: `expected ${listed(choices)}, got ${got(given, shape)}`, ...(hint !== undefined && { hint }) },
  ];
}

function checkBounds(shape: Shape, value: Value, path: Problem["path"]): Problem[] {
  const { measure, unit, text } = typeOf(shape.type);
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY, pattern } = shape;
  const found: Problem[] = [];
  const size = measure?.(value);
  if (size !== undefined && (size < min || size > max)) {
    found.push({ path, message: `expected ${boundsOf(shape)}, got ${unit === undefined ? got(value, shape) : size}` });
  }
  if (pattern && text && typeof value === "string" && !pattern.matches.test(value))
    found.push({ path, message: `expected a text that matches ${pattern.source}, got ${got(value, shape)}` });
  return found;
}

function checkInside(shape: Shape, value: Value, path: Problem["path"]): Problem[] {
  const { items, keys, values } = shape;
  if (Array.isArray(value) && items) return value.flatMap((item, index) => checkShape(items, item, [...path, index]));
  if (!isMap(value)) return [];
  if (values) return Object.entries(value).flatMap(([key, each]) => checkShape(values, each, [...path, key]));
  return keys ? checkKeys(keys, value, path) : [];
}

function checkKeys(
  keys: ReadonlyMap<string, Argument>,
  value: Readonly<Record<string, Value>>,
  path: Problem["path"],
): Problem[] {
  const unknown = Object.keys(value)
    .filter((key) => !keys.has(key))
    .map((key): Problem => {
      const near = nearest(key, keys.keys());
      const hint = near === undefined ? `it takes ${[...keys.keys()].join(", ")}` : `did you mean \`${near}\`?`;
      return { path: [...path, key], atKey: true, message: "there is no such key", hint };
    });
  const missing = [...keys.values()]
    .filter(({ name, required }) => required && !Object.hasOwn(value, name))
    .map(({ name, type }): Problem => ({ path, message: `it needs the key \`${name}\`, ${typeOf(type).summary}` }));
  const wrong = [...keys.values()].flatMap((key) =>
    Object.hasOwn(value, key.name) ? checkArgument(key, value[key.name] ?? null, [...path, key.name]) : [],
  );
  return [...unknown, ...missing, ...wrong];
}

/** What is expected, in a few words: for messages and manual pages. */
export function expectedOf(shape: Shape): string {
  if (shape.choices) return listed(shape.choices);
  const misfit = typeOf(shape.type).check(undefined);
  return misfit?.expected ?? "a value";
}

/** `1 to 59`, `at least 1G`, `at most 5 items`. */
export function boundsOf({ type, min, max }: Shape): string {
  const { unit, print = String } = typeOf(type);
  const last = max ?? min ?? 0;
  const many = unit === "entry" ? "entries" : `${unit}s`;
  const counted = unit === undefined ? "" : ` ${last === 1 ? unit : many}`;
  if (min !== undefined && max !== undefined) return `${min === max ? "" : `${print(min)} to `}${print(max)}${counted}`;
  return `${min !== undefined ? "at least" : "at most"} ${print(last)}${counted}`;
}

function listed(choices: readonly (string | number | boolean)[]): string {
  const words = choices.map((choice) => (typeof choice === "string" ? `\`${choice}\`` : String(choice)));
  const last = words.pop() ?? "";
  return words.length === 0 ? last : `${words.join(", ")} or ${last}`;
}

/** A value in a message: never a secret, never a page. */
function got(value: Value, shape: Shape): string {
  // A text where a map with a password in it belongs may be that password.
  if (value instanceof Secret || (holdsSecret(shape) && value !== null)) return "a secret that is something else";
  if (value instanceof Unknown) return "something that is not known yet";
  if (value === null) return "nothing";
  if (typeof value === "string")
    return value === "" ? "an empty text" : `the text ${JSON.stringify(shorten(value, 60))}`;
  if (typeof value === "number") return `the number ${value}`;
  if (typeof value === "boolean") return String(value);
  if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${plural(value.length, "item")}`;
  return "a map";
}

/** Whether a value of this shape is a secret, or has one somewhere inside. */
export function holdsSecret({ secret, items, values, keys }: Shape): boolean {
  if (secret || (items && holdsSecret(items)) || (values && holdsSecret(values))) return true;
  return [...(keys?.values() ?? [])].some(holdsSecret);
}
