import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";

/** Whether two values mean the same: deep, maps without regard to order, a Secret by its text. */
export function sameValue(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (left instanceof Secret) return sameValue(left.reveal(), right);
  if (right instanceof Secret) return sameValue(left, right.reveal());
  if (isList(left)) {
    return (
      isList(right) &&
      left.length === right.length &&
      left.every((item, index) => sameValue(item, right[index] ?? null))
    );
  }
  if (!isMap(left) || !isMap(right)) return false;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && sameValue(left[key] ?? null, right[key] ?? null))
  );
}
