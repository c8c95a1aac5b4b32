import type { Place } from "../errors/diagnostic.ts";
import { aType } from "../functions/a-type.ts";
import { evaluationFailure } from "../functions/evaluation-failure.ts";
import { isList, isMap, type Value, type ValueMap } from "../value/value.ts";

/** `!append`: the items of the lower level, then those of this one. */
export function appended(lower: Value, upper: Value, place: Place): Value {
  if (isList(lower) && isList(upper)) return [...lower, ...upper];
  const odd = isList(upper) ? "the value that it joins" : "its value";
  throw evaluationFailure(
    "wrong-tag",
    `!append joins lists, and ${odd} is ${aType(isList(upper) ? lower : upper)}`,
    place,
  );
}

/** `!merge`: maps key by key, and maps within them; everything else is replaced. */
export function merged(lower: Value, upper: Value, place: Place): Value {
  if (isMap(lower) && isMap(upper)) return mergeMaps(lower, upper);
  const odd = isMap(upper) ? "the value that it joins" : "its value";
  throw evaluationFailure(
    "wrong-tag",
    `!merge joins maps, and ${odd} is ${aType(isMap(upper) ? lower : upper)}`,
    place,
  );
}

function mergeMaps(lower: ValueMap, upper: ValueMap): ValueMap {
  const result: [string, Value][] = Object.entries(lower).filter(([key]) => !Object.hasOwn(upper, key));
  const kept = new Map(result);
  // Keys of the lower level keep their place, so that what a template prints does not jump around.
  const entries = Object.keys(lower).map((key): [string, Value] => {
    const [below, above] = [lower[key] ?? null, upper[key]];
    if (kept.has(key) || above === undefined) return [key, below];
    return [key, isMap(below) && isMap(above) ? mergeMaps(below, above) : above];
  });
  const added = Object.entries(upper).filter(([key]) => !Object.hasOwn(lower, key));
  return Object.fromEntries([...entries, ...added]);
}
