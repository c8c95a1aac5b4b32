import { equalValues } from "../value/equal.ts";
import type { Value } from "../value/value.ts";
import type { LabFunction } from "./function.ts";
import { knownList } from "./list-functions.ts";

export function equalIn(item: Value, list: readonly Value[]): boolean {
  return list.some((other) => equalValues(item, other));
}

function uniqueOf(list: readonly Value[]): readonly Value[] {
  return list.filter((item, index) => !equalIn(item, list.slice(0, index)));
}

function sets(
  name: string,
  summary: string,
  join: (one: readonly Value[], other: readonly Value[]) => readonly Value[],
  gives: readonly Value[],
): LabFunction {
  return {
    name,
    topic: "lists and maps",
    summary,
    params: [
      { name: "list", type: "list" },
      { name: "other", type: "list" },
    ],
    returns: "list",
    picks: true,
    sharesName: true,
    run: ([one, other]) => uniqueOf(join(knownList(one), knownList(other))),
    example: {
      vars: { xs: [3, 1, 3], ys: [2, 3] },
      template: `{{ ${name} xs ys }}`,
      cel: `${name}(xs, ys)`,
      gives,
    },
  };
}

const without = (one: readonly Value[], other: readonly Value[]): readonly Value[] =>
  one.filter((item) => !equalIn(item, other));

export const setFunctions: readonly LabFunction[] = [
  sets("union", "The items of two lists, each once.", (one, other) => [...one, ...other], [3, 1, 2]),
  sets(
    "intersect",
    "The items that are in both lists, each once.",
    (one, other) => one.filter((item) => equalIn(item, other)),
    [3],
  ),
  sets("difference", "The items of the first list that are not in the second one, each once.", without, [1]),
  sets(
    "symmetric_difference",
    "The items that are in one of two lists alone, each once.",
    (one, other) => [...without(one, other), ...without(other, one)],
    [1, 2],
  ),
];
