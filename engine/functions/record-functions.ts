import { equalValues } from "../value/equal.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { listOf, mapOf, textOf } from "./arguments.ts";
import { atPath, mustHave } from "./at-path.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";
import { requireKnown } from "./secrecy.ts";

// Of lists of maps. `key` may lead further down: `a.b`.
const list: Param = { name: "list", type: "list" };
const key: Param = { name: "key", type: "string" };

const users: readonly Value[] = [
  { name: "ada", admin: true, shell: "zsh" },
  { name: "ben", admin: false, shell: "zsh" },
];

const pluck: LabFunction = {
  name: "pluck",
  topic: "lists and maps",
  summary: "What each map of a list has at a key; for one that lacks it the third argument, or an error.",
  params: [list, key, { name: "otherwise", type: "any", optional: true }],
  returns: "list",
  picks: true,
  run: ([items, path, otherwise]) =>
    listOf(items).map((item) => atPath(item, textOf(path)) ?? otherwise ?? mustHave(item, textOf(path))),
  example: {
    vars: { users },
    template: '{{ pluck users "name" }}',
    cel: 'pluck(users, "name")',
    gives: ["ada", "ben"],
  },
};

function filter(name: "where" | "where_not", summary: string, wanted: boolean): LabFunction {
  const left = users.filter((_, index) => (index === 0) === wanted);
  return {
    name,
    topic: "lists and maps",
    summary,
    params: [list, key, { name: "value", type: "any", optional: true }],
    returns: "list",
    picks: true,
    sharesName: true,
    run: ([items, path, value]) =>
      listOf(items).filter((item) => {
        const found = atPath(item, textOf(path));
        if (found !== undefined) requireKnown(found);
        const holds = value === undefined ? isTrue(found) : found !== undefined && equalValues(found, value);
        return holds === wanted;
      }),
    example: {
      vars: { users },
      template: `{{ ${name} users "name" "ada" }}`,
      cel: `${name}(users, "name", "ada")`,
      gives: left,
    },
    more: [{ vars: { users }, template: `{{ ${name} users "admin" }}`, cel: `${name}(users, "admin")`, gives: left }],
  };
}

const groupBy: LabFunction = {
  name: "group_by",
  topic: "lists and maps",
  summary: "The maps of a list by what they have at a key: a map of lists.",
  params: [list, key],
  returns: "map",
  picks: true,
  sharesName: true,
  run([items, path]) {
    const groups = new Map<string, Value[]>();
    for (const item of listOf(items)) {
      const value = mustHave(item, textOf(path));
      requireKnown(value);
      if (value === null || typeof value === "object")
        throw new FunctionFailure(`an item has ${aType(value)} at "${textOf(path)}", which names no group`);
      groups.set(String(value), [...(groups.get(String(value)) ?? []), item]);
    }
    return Object.fromEntries(groups);
  },
  example: {
    vars: { users },
    template: '{{ group_by users "shell" }}',
    cel: 'group_by(users, "shell")',
    gives: { zsh: users },
  },
};

const sum: LabFunction = {
  name: "sum",
  topic: "numbers",
  summary: "The numbers of a list together, or what its maps have at a key.",
  params: [list, { name: "key", type: "string", optional: true }],
  returns: "number",
  picks: true,
  sharesName: true,
  run([items, path]) {
    return listOf(items).reduce<number>((total, item) => {
      const number = path === undefined ? item : mustHave(item, textOf(path));
      requireKnown(number);
      if (typeof number !== "number")
        throw new FunctionFailure(`numbers are added, and one is ${aType(number)}`, "`int` makes a number of a text");
      return total + number;
    }, 0);
  },
  example: { vars: { xs: [1, 2] }, template: "{{ sum xs }}", cel: "sum(xs)", gives: 3 },
  more: [
    { vars: { xs: [{ size: 4 }, { size: 5 }] }, template: '{{ sum xs "size" }}', cel: 'sum(xs, "size")', gives: 9 },
  ],
};

const subelements: LabFunction = {
  name: "subelements",
  topic: "lists and maps",
  summary:
    "Each map of a list paired with each item of the list that it has at a key. Those that lack it are an error, or left out.",
  params: [{ name: "list", type: "list or map" }, key, { name: "skip_missing", type: "boolean", optional: true }],
  returns: "list",
  picks: true,
  run([items, path, skip]) {
    const all = isMap(items) ? Object.values(mapOf(items)) : listOf(items);
    return all.flatMap((item): readonly Value[] => {
      const inner = skip === true ? atPath(item, textOf(path)) : mustHave(item, textOf(path));
      if (inner === undefined) return [];
      requireKnown(inner);
      if (!isList(inner))
        throw new FunctionFailure(`what stands at "${textOf(path)}" must be a list, and is ${aType(inner)}`);
      return inner.map((each) => [item, each]);
    });
  },
  example: {
    vars: { xs: [{ n: 1, ks: ["a", "b"] }] },
    template: '{{ subelements xs "ks" }}',
    cel: 'subelements(xs, "ks")',
    gives: [
      [{ n: 1, ks: ["a", "b"] }, "a"],
      [{ n: 1, ks: ["a", "b"] }, "b"],
    ],
  },
};

export const recordFunctions: readonly LabFunction[] = [
  pluck,
  filter(
    "where",
    "The maps of a list that have a value at a key; with no value, those where it is true, or there and not empty.",
    true,
  ),
  filter("where_not", "The maps of a list that `where` leaves out.", false),
  groupBy,
  sum,
  subelements,
];

function isTrue(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return false;
  return isList(value) ? value.length > 0 : !isMap(value) || Object.keys(value).length > 0;
}
