import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { given, listOf, mapOf, textOf } from "./arguments.ts";
import { mustHave } from "./at-path.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";
import { requireKnown } from "./secrecy.ts";

const length: LabFunction = {
  name: "length",
  sharesName: true,
  topic: "lists and maps",
  summary: "How many characters, items or keys there are.",
  params: [{ name: "value", type: "string, list or map" }],
  returns: "integer",
  picks: true,
  run: ([value]) => sizeOf(given(value)),
  example: { vars: { xs: [1, 2] }, template: "{{ length xs }}", cel: "length(xs)", gives: 2 },
};

const keys: LabFunction = {
  name: "keys",
  sharesName: true,
  topic: "lists and maps",
  summary: "The keys of a map, in the order in which they were written.",
  params: [{ name: "map", type: "map" }],
  returns: "list",
  picks: true,
  run: ([map]) => Object.keys(mapOf(map)),
  example: { vars: { m: { b: 1, a: 2 } }, template: "{{ keys m }}", cel: "keys(m)", gives: ["b", "a"] },
};

const values: LabFunction = {
  name: "values",
  sharesName: true,
  topic: "lists and maps",
  summary: "The values of a map, in the order in which they were written.",
  params: [{ name: "map", type: "map" }],
  returns: "list",
  picks: true,
  run: ([map]) => Object.values(mapOf(map)),
  example: { vars: { m: { b: 1, a: 2 } }, template: "{{ values m }}", cel: "values(m)", gives: [1, 2] },
};

const first: LabFunction = {
  name: "first",
  sharesName: true,
  topic: "lists and maps",
  summary: "The first item of a list.",
  params: [{ name: "list", type: "list" }],
  returns: "any",
  picks: true,
  run: ([list]) => itemOf(list, 0),
  example: { vars: { xs: ["a", "b"] }, template: "{{ first xs }}", cel: "first(xs)", gives: "a" },
};

const last: LabFunction = {
  name: "last",
  sharesName: true,
  topic: "lists and maps",
  summary: "The last item of a list.",
  params: [{ name: "list", type: "list" }],
  returns: "any",
  picks: true,
  run: ([list]) => itemOf(list, -1),
  example: { vars: { xs: ["a", "b"] }, template: "{{ last xs }}", cel: "last(xs)", gives: "b" },
};

const unique: LabFunction = {
  name: "unique",
  topic: "lists and maps",
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
  topic: "lists and maps",
  summary:
    "The list in ascending order: numbers by size, texts by their characters' codes; maps by what they have at `by`.",
  params: [
    { name: "list", type: "list" },
    { name: "by", type: "string", optional: true },
    { name: "descending", type: "boolean", optional: true },
  ],
  returns: "list",
  picks: true,
  run([list, by, descending]) {
    const sign = descending === true ? -1 : 1;
    const keyed = listOf(list).map((item) => ({ item, key: by === undefined ? item : mustHave(item, textOf(by)) }));
    return keyed.sort((left, right) => sign * order(left.key, right.key)).map(({ item }) => item);
  },
  example: { vars: { xs: [10, 9] }, template: "{{ sort xs }}", cel: "sort(xs)", gives: [9, 10] },
  more: [
    {
      vars: { xs: [{ n: "b" }, { n: "a" }] },
      template: '{{ sort xs "n" }}',
      cel: 'sort(xs, "n")',
      gives: [{ n: "a" }, { n: "b" }],
    },
    { vars: { xs: [1, 3, 2] }, template: "{{ sort xs descending=true }}", cel: "reverse(sort(xs))", gives: [3, 2, 1] },
  ],
};

const contains: LabFunction = {
  name: "contains",
  topic: "lists and maps",
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
    sharesName: true,
    topic: "lists and maps",
    summary,
    params: [
      { name: "list", type: "list" },
      { name: "by", type: "string", optional: true },
    ],
    returns: "any",
    picks: true,
    run([list, by]) {
      const keyOf = (item: Value): Value => (by === undefined ? item : mustHave(item, textOf(by)));
      return listOf(list).reduce(
        (best, item) => (sign * order(keyOf(item), keyOf(best)) > 0 ? item : best),
        itemOf(list, 0),
      );
    },
    example: { vars: { xs: [4, 7, 5] }, template: `{{ ${name} xs }}`, cel: `${name}(xs)`, gives },
  };
}

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
];

export function knownList(value: Value | undefined): readonly Value[] {
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

export function order(left: Value, right: Value): number {
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
