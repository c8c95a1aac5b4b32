import { typeName, type Value } from "../value/value.ts";

/** The value's type within a sentence: "an integer", "null". */
export function aType(value: Value): string {
  return article(typeName(value));
}

export function article(type: string): string {
  if (type === "null" || type === "unknown") return type;
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`;
}
