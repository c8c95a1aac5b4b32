import { article } from "../functions/a-type.ts";
import { typeName, type Value } from "../value/value.ts";

/**
 * A number that CEL calls a double though it is whole (`2.0`, `1.5 * 2.0`). The site's numbers need no conversion: a
 * whole one is an int, any other a double; only inside an expression must `3.0 / 2` differ from `3 / 2`.
 */
export class WholeDouble {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What an expression works with; lists and maps that it builds may hold WholeDoubles deep inside. */
export type CelValue = Value | WholeDouble;

/** A double as CEL carries it. */
export function double(value: number): CelValue {
  return Number.isSafeInteger(value) ? new WholeDouble(value) : value;
}

/** A value of the site again. */
export function toValue(value: CelValue): Value {
  return value instanceof WholeDouble ? value.value : value;
}

/** The number, and whether CEL counts it among the ints; undefined for what is no number. */
export function numberIn(value: CelValue): { readonly number: number; readonly int: boolean } | undefined {
  if (value instanceof WholeDouble) return { number: value.value, int: false };
  return typeof value === "number" ? { number: value, int: Number.isSafeInteger(value) } : undefined;
}

export function celTypeName(value: CelValue): string {
  return value instanceof WholeDouble ? "double" : typeName(value);
}

/** The type within a sentence: "an integer". */
export function aCelType(value: CelValue): string {
  return article(celTypeName(value));
}
