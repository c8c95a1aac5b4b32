import type { Place } from "../errors/diagnostic.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { keyIfDefined } from "../functions/read-value.ts";
import { requireKnown } from "../functions/secrecy.ts";
import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aCelType, type CelValue, celTypeName, double, numberIn, toValue, WholeDouble } from "./cel-value.ts";

export type Arithmetic = "+" | "-" | "*" | "/" | "%";
export type Comparison = "<" | "<=" | ">" | ">=";

/** CEL's arithmetic: ints stay ints (7 / 2 is 3), an int that meets a double becomes one, `+` also joins texts and lists. */
export function calculate(operator: Arithmetic, left: CelValue, right: CelValue, at: () => Place): CelValue {
  const a = numberIn(left);
  const b = numberIn(right);
  if (a !== undefined && b !== undefined) {
    return a.int && b.int ? integer(operator, a.number, b.number, at) : fraction(operator, a.number, b.number, at);
  }
  if (operator === "+") {
    if (isText(left) && isText(right)) return joined(left, right);
    if (isCelList(left) && isCelList(right)) return [...left, ...right];
  }
  throw mismatch(operator, left, right, at());
}

export function negate(value: CelValue, at: () => Place): CelValue {
  const number = numberIn(value);
  if (number === undefined)
    throw evaluationFailure("wrong-type", `"-" needs a number, and this is ${aCelType(value)}`, at());
  // `0 - x`: there is no negative zero among ints.
  return number.int ? 0 - number.number : double(-number.number);
}

export function compare(operator: Comparison, left: CelValue, right: CelValue, at: () => Place): boolean {
  const difference = orderOf(left, right);
  if (difference === undefined) throw mismatch(operator, left, right, at());
  if (operator === "<") return difference < 0;
  if (operator === "<=") return difference <= 0;
  if (operator === ">") return difference > 0;
  return difference >= 0;
}

/** Negative, zero or positive; NaN where a double is none (every comparison with it is false). */
function orderOf(left: CelValue, right: CelValue): number | undefined {
  const a = numberIn(left);
  const b = numberIn(right);
  if (a !== undefined && b !== undefined) return a.number === b.number ? 0 : a.number - b.number;
  if (isText(left) && isText(right)) {
    const [one, other] = [plain(left), plain(right)];
    return one < other ? -1 : one > other ? 1 : 0;
  }
  return typeof left === "boolean" && typeof right === "boolean" ? Number(left) - Number(right) : undefined;
}

/** `==`: values of different types are an error, since a silent false hides the mistake; null may be compared with anything. */
export function equal(left: CelValue, right: CelValue, at: () => Place): boolean {
  if (left === null || right === null) return left === right;
  if (kindOf(left) !== kindOf(right)) {
    const [one, other] = [aCelType(left), aCelType(right)];
    throw evaluationFailure("compare-types", `${one} is compared with ${other}`, at(), equalityHint(left, right));
  }
  if (typeof left === "object") {
    requireKnown(toValue(left));
    requireKnown(toValue(right));
  }
  // The same rule inside: [80] and ["80"] are as little comparable as 80 and "80".
  if (isCelList(left) && isCelList(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null, at));
  }
  const [one, other] = [toValue(left), toValue(right)];
  if (isMap(one) && isMap(other)) {
    const keys = Object.keys(one);
    return (
      keys.length === Object.keys(other).length &&
      keys.every((key) => Object.hasOwn(other, key) && equal(one[key] ?? null, other[key] ?? null, at))
    );
  }
  return equalValues(one, other);
}

export function contains(item: CelValue, container: CelValue, at: () => Place): boolean {
  if (isCelList(container)) {
    if (container.some((other) => equalValues(toValue(item), other))) return true;
    // Not among the known items; one that is not known yet might be it.
    requireKnown(container);
    const [first] = container;
    const comparable = (other: Value): boolean => item === null || other === null || kindOf(other) === kindOf(item);
    if (first !== undefined && !container.some(comparable)) {
      const message = `${aCelType(item)} is looked for in a list of ${celTypeName(first)} values`;
      throw evaluationFailure("compare-types", message, at(), equalityHint(item, first));
    }
    return false;
  }
  const map = toValue(container);
  if (isMap(map)) return isText(item) && keyIfDefined(map, plain(item)) !== undefined;
  const hint = isText(container) ? "a part of a text is found with x.contains(part)" : undefined;
  throw evaluationFailure(
    "wrong-type",
    `"in" looks into a list or a map, and this is ${aCelType(container)}`,
    at(),
    hint,
  );
}

export function isText(value: CelValue): value is string | Secret {
  return typeof value === "string" || value instanceof Secret;
}

export function plain(value: string | Secret): string {
  return typeof value === "string" ? value : value.reveal();
}

function isCelList(value: CelValue): value is readonly Value[] {
  return !(value instanceof WholeDouble) && isList(value);
}

function joined(left: string | Secret, right: string | Secret): CelValue {
  const text = plain(left) + plain(right);
  const secrets = [left, right].filter((side) => side instanceof Secret);
  return secrets.length > 0 ? new Secret(text, secrets) : text;
}

function integer(operator: Arithmetic, a: number, b: number, at: () => Place): number {
  if ((operator === "/" || operator === "%") && b === 0)
    throw evaluationFailure("division-by-zero", "division by zero", at(), "ask first: n != 0 && 10 / n > 1");
  const result = integerResult(operator, a, b);
  if (!Number.isSafeInteger(result)) {
    throw evaluationFailure(
      "number-range",
      "the result is too large to be an exact integer",
      at(),
      "with doubles (2.0) it may be inexact",
    );
  }
  // `+ 0` turns -0 (from 0 * -1) into 0.
  return result + 0;
}

function integerResult(operator: Arithmetic, a: number, b: number): number {
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  // The remainder first: trunc(a / b) may round up to the next integer for large numbers.
  return operator === "%" ? a % b : (a - (a % b)) / b;
}

function fraction(operator: Arithmetic, a: number, b: number, at: () => Place): CelValue {
  if (operator === "%")
    throw evaluationFailure("wrong-type", '"%" needs two integers', at(), "int(x) makes one of a double");
  if (operator === "+") return double(a + b);
  if (operator === "-") return double(a - b);
  return double(operator === "*" ? a * b : a / b);
}

function kindOf(value: CelValue): string {
  const name = celTypeName(value);
  if (name === "integer" || name === "double") return "number";
  return name === "secret" ? "string" : name;
}

function equalityHint(left: CelValue, right: CelValue): string {
  const kinds = [kindOf(left), kindOf(right)];
  if (kinds.includes("string") && kinds.includes("number")) return 'string(x) == "1", or int(x) == 1';
  if (kinds.includes("string") && kinds.includes("boolean"))
    return "a boolean has no quotes: x == true; bool(x) reads one from a text";
  if (kinds.includes("list")) return "an item is looked for with `item in list`";
  return "compare values of one type";
}

function mismatch(operator: string, left: CelValue, right: CelValue, place: Place) {
  const [one, other] = [aCelType(left), aCelType(right)];
  const mixed = operator === "+" && (isText(left) || isText(right));
  const hint = mixed
    ? "string(x) makes a text of a number"
    : isText(left) || isText(right)
      ? "int(x) makes a number of a text"
      : undefined;
  return evaluationFailure("wrong-type", `"${operator}" does not work on ${one} and ${other}`, place, hint);
}
