import { Secret } from "./secret.ts";
import { Unknown } from "./unknown.ts";
import { isList, isMap, type Value } from "./value.ts";

/** Whether two values are the same. A secret is compared by its text; an unknown equals nothing, not even itself. */
export function equalValues(left: Value | undefined, right: Value | undefined): boolean {
  if (left instanceof Unknown || right instanceof Unknown) return false;
  if (left instanceof Secret || right instanceof Secret) return textOf(left) === textOf(right);
  if (isList(left)) {
    return (
      isList(right) && left.length === right.length && left.every((item, index) => equalValues(item, right[index]))
    );
  }
  if (isMap(left)) {
    if (!isMap(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equalValues(left[key], right[key]))
    );
  }
  return left === right;
}

/** A secret and the same text in clear are the same state. */
function textOf(value: Value | undefined): unknown {
  return value instanceof Secret ? value.reveal() : value;
}
