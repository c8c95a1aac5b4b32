import { isList, isMap, type Value } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { FunctionFailure } from "./function.ts";
import { requireKnown } from "./secrecy.ts";

/** What a value has at `a.b.0`, keys of maps and indexes of lists; undefined where there is nothing. */
export function atPath(value: Value, path: string): Value | undefined {
  let at: Value | undefined = value;
  for (const key of path.split(".")) {
    if (at === undefined) return undefined;
    // An unknown value may well have the key.
    if (!isList(at) && !isMap(at)) requireKnown(at);
    if (isList(at)) at = /^(0|[1-9]\d*)$/.test(key) ? at[Number(key)] : undefined;
    else at = isMap(at) && Object.hasOwn(at, key) ? at[key] : undefined;
  }
  return at;
}

export function mustHave(value: Value, path: string): Value {
  const found = atPath(value, path);
  if (found !== undefined) return found;
  const what = isMap(value) ? `an item has no "${path}"` : `an item is ${aType(value)} and has no "${path}"`;
  const keys = isMap(value) ? Object.keys(value) : [];
  throw new FunctionFailure(what, keys.length === 0 ? undefined : `it has ${keys.slice(0, 8).join(", ")}`);
}
