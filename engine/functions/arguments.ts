import { Bug } from "../errors/bug.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value, type ValueMap } from "../value/value.ts";
import { FunctionFailure, type ParamType } from "./function.ts";

// The types were checked against the function's params before `run`; a miss here is a fault of ours, not the user's.

export function textOf(value: Value | undefined): string {
  if (typeof value === "string") return value;
  if (value instanceof Secret) return value.reveal();
  throw new Bug("a function expected a text");
}

export function numberOf(value: Value | undefined): number {
  if (typeof value === "number") return value;
  throw new Bug("a function expected a number");
}

export function listOf(value: Value | undefined): readonly Value[] {
  if (isList(value)) return value;
  throw new Bug("a function expected a list");
}

export function mapOf(value: Value | undefined): ValueMap {
  if (isMap(value)) return value;
  throw new Bug("a function expected a map");
}

export function given(value: Value | undefined): Value {
  if (value !== undefined) return value;
  throw new Bug("a function misses an argument");
}

/** Of an argument that may be left out. */
export function textOr(value: Value | undefined, otherwise: string): string {
  return value === undefined ? otherwise : textOf(value);
}

export function numberOr(value: Value | undefined, otherwise: number): number {
  return value === undefined ? otherwise : numberOf(value);
}

export function wholeWithin(value: number, what: string, least: number, most: number): number {
  if (value >= least && value <= most) return value;
  throw new FunctionFailure(`"${what}" must be from ${least} to ${most}, and is ${value}`);
}

const isText = (value: Value): boolean => typeof value === "string" || value instanceof Secret;

const accepts: Readonly<Record<ParamType, (value: Value) => boolean>> = {
  any: () => true,
  string: isText,
  integer: Number.isSafeInteger,
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  list: isList,
  map: isMap,
  "list or map": (value) => isList(value) || isMap(value),
  "string, list or map": (value) => isText(value) || isList(value) || isMap(value),
  "string or list": (value) => isText(value) || isList(value),
  "string or integer": (value) => isText(value) || Number.isSafeInteger(value),
  "integer or list": (value) => Number.isSafeInteger(value) || isList(value),
  "string or number": (value) => isText(value) || typeof value === "number",
  "string, number or boolean": (value) => isText(value) || typeof value === "number" || typeof value === "boolean",
};

export function fits(value: Value, type: ParamType): boolean {
  return accepts[type](value);
}
