import { Secret } from "./secret.ts";
import { Unknown } from "./unknown.ts";

/**
 * The one value model of the language: null, boolean, number (safe integers, and doubles), string, list, map; and the
 * two kinds that taint what is made from them, Secret and Unknown.
 */
export type Value = null | boolean | number | string | Secret | Unknown | readonly Value[] | ValueMap;
export interface ValueMap {
  readonly [key: string]: Value;
}

export function isMap(value: Value | undefined): value is ValueMap {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    !(value instanceof Secret) &&
    !(value instanceof Unknown)
  );
}

export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** The type's name as users know it. */
export function typeName(value: Value): string {
  if (value === null) return "null";
  if (value instanceof Secret) return "secret";
  if (value instanceof Unknown) return "unknown";
  if (isList(value)) return "list";
  if (isMap(value)) return "map";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "double";
  return typeof value;
}
