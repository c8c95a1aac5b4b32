import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { given, listOf, mapOf, numberOf, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";
import { requireKnown } from "./secrecy.ts";

const length: LabFunction = {
  name: "length",
  summary: "How many characters, items or keys there are.",
  params: [{ name: "value", type: "string, list or map" }],
  returns: "integer",
  picks: true,
  run: ([value]) => sizeOf(given(value)),
  example: { vars: { xs: [1, 2] }, template: "{{ length xs }}", cel: "length(xs)", gives: 2 },
};

const keys: LabFunction = {
  name: "keys",
  summary: "The keys of a map, in the order in which they were written.",
  params: [{ name: "map", type: "map" }],
  returns: "list",
  picks: true,
  run: ([map]) => Object.keys(mapOf(map)),
  example: { vars: { m: { b: 1, a: 2 } }, template: "{{ keys m }}", cel: "keys(m)", gives: ["b", "a"] },
};

const values: LabFunction = {
  name: "values",
  summary: "The values of a map, in the order in which they were written.",
  params: [{ name: "map", type: "map" }],
  returns: "list",
  picks: true,
  run: ([map]) => Object.values(mapOf(map)),
  example: { vars: { m: { b: 1, a: 2 } }, template: "{{ values m }}", cel: "values(m)", gives: [1, 2] },
};

const first: LabFunction = {
  name: "first",
  summary: "The first item of a list.",
  params: [{ name: "list", type: "list" }],
  returns: "any",
  picks: true,
  run: ([list]) => itemOf(list, 0),
  example: { vars: { xs: ["a", "b"] }, template: "{{ first xs }}", cel: "first(xs)", gives: "a" },
};

const last: LabFunction = {
  name: "last",
  summary: "The last item of a list.",
  params: [{ name: "list", type: "list" }],
  returns: "any",
  picks: true,
  run: ([list]) => itemOf(list, -1),
  example: { vars: { xs: ["a", "b"] }, template: "{{ last xs }}", cel: "last(xs)", gives: "b" },
};

const unique: LabFunction = {
  name: "unique",
  summary: "The list without the items that were there before.",
  params: [{ name: "list", type: "list" }],
  returns: "list",
  picks: true,
  run: ([list]) =>
    knownList(list).filter((item, index, all) => all.findIndex((other) => equalValues(item, other)) === index),
  example: { vars: { xs: [2, 1, 2] }, template: "{{ unique xs }}", cel: "unique(xs)", gives: [2, 1] },
};

const sort: LabFunction = {
  name: "sort",
  summary: "The list in ascending order: numbers by size, texts by their characters' codes.",
  params: [{ name: "list", type: "list" }],
  returns: "list",
  picks: true,
  run: ([list]) => [...listOf(list)].sort((left, right) => order(left, right)),
  example: { vars: { xs: [10, 9] }, template: "{{ sort xs }}", cel: "sort(xs)", gives: [9, 10] },
};

const contains: LabFunction = {
  name: "contains",
  summary: "Whether a text has another in it, a list an item, a map a key.",
  params: [
    { name: "value", type: "string, list or map" },
    { name: "part", type: "any" },
  ],
  returns: "boolean",
  picks: true,
  run: ([value, part]) => holds(given(value), given(part)),
  example: { vars: { xs: [1, 2] }, template: "{{ contains xs 2 }}", cel: "contains(xs, 2)", gives: true },
};

function extreme(name: "min" | "max", summary: string, sign: 1 | -1, gives: number): LabFunction {
  return {
    name,
    summary,
    params: [{ name: "list", type: "list" }],
    returns: "any",
    picks: true,
    run: ([list]) => listOf(list).reduce((best, item) => (sign * order(item, best) > 0 ? item : best), itemOf(list, 0)),
    example: { vars: { xs: [4, 7, 5] }, template: `{{ ${name} xs }}`, cel: `${name}(xs)`, gives },
  };
}

const round: LabFunction = {
  name: "round",
  summary: "The number with so many decimals, none if unsaid.",
  params: [
    { name: "number", type: "number" },
    { name: "decimals", type: "integer", optional: true },
  ],
  returns: "number",
  run([value, decimals]) {
    const factor = 10 ** (decimals === undefined ? 0 : numberOf(decimals));
    return Math.round(numberOf(value) * factor) / factor;
  },
  example: { template: "{{ round 2.75 1 }}", cel: "round(2.75, 1)", gives: 2.8 },
};

export const listFunctions: readonly LabFunction[] = [
  length,
  keys,
  values,
  first,
  last,
  unique,
  sort,
  contains,
  extreme("min", "The smallest item of a list.", -1, 4),
  extreme("max", "The largest item of a list.", 1, 7),
  round,
];

function knownList(value: Value | undefined): readonly Value[] {
  const list = listOf(value);
  requireKnown(list);
  return list;
}

export function sizeOf(value: Value): number {
  if (isList(value)) return value.length;
  if (isMap(value)) return Object.keys(value).length;
  // Code points, as CEL counts them, and not UTF-16 units.
  return [...textOf(value)].length;
}

function itemOf(list: Value | undefined, index: number): Value {
  const item = listOf(list).at(index);
  if (item !== undefined) return item;
  throw new FunctionFailure("the list is empty", "test its length first");
}

function holds(value: Value, part: Value): boolean {
  if (isList(value)) {
    if (value.some((item) => equalValues(item, part))) return true;
    // Not among the known items; one that is not known yet might be it.
    requireKnown(value);
    return false;
  }
  if (typeof part !== "string" && !(part instanceof Secret)) {
    throw new FunctionFailure(`${aType(value)} contains texts, and this is ${aType(part)}`, "string");
  }
  if (isMap(value)) return Object.hasOwn(value, textOf(part));
  return textOf(value).includes(textOf(part));
}

function order(left: Value, right: Value): number {
  requireKnown(left);
  requireKnown(right);
  const a = left instanceof Secret ? left.reveal() : left;
  const b = right instanceof Secret ? right.reveal() : right;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  throw new FunctionFailure(
    `numbers are compared with numbers and texts with texts, and here ${aType(left)} meets ${aType(right)}`,
  );
}
