import { equalValues } from "../value/equal.ts";
import { Secret } from "../value/secret.ts";
import { isList, type Value } from "../value/value.ts";
import { given, listOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";
import { order } from "./list-functions.ts";
import { requireKnown } from "./secrecy.ts";

// Templates have no operators: `{{#if (eq a b)}}`. Expressions do, and say it with them.

const pair = [
  { name: "left", type: "any" },
  { name: "right", type: "any" },
] as const;

function comparison(
  name: string,
  summary: string,
  operator: string,
  holds: (left: Value, right: Value) => boolean,
): LabFunction {
  return {
    name,
    topic: "values",
    summary,
    params: pair,
    returns: "boolean",
    picks: true,
    templatesOnly: true,
    sharesName: true,
    run([left, right]) {
      const [one, other] = [given(left), given(right)];
      requireKnown(one);
      requireKnown(other);
      return holds(one, other);
    },
    example: { vars: { a: 1, b: 2 }, template: `{{ ${name} a b }}`, cel: `a ${operator} b`, gives: holds(1, 2) },
  };
}

/** As in conditions: what is of two types is never quietly unequal. */
function same(left: Value, right: Value): boolean {
  const kind = (value: Value): string =>
    value instanceof Secret ? "string" : isList(value) ? "list" : value === null ? "null" : typeof value;
  if (left !== null && right !== null && kind(left) !== kind(right)) {
    throw new FunctionFailure(
      `a ${kind(left)} is compared with a ${kind(right)}`,
      "`string` makes a text of a number, `int` a number of a text",
    );
  }
  return equalValues(left, right);
}

function logical(name: "and" | "or", summary: string, operator: string): LabFunction {
  return {
    name,
    topic: "values",
    summary,
    params: [{ name: "condition", type: "boolean" }],
    variadic: true,
    returns: "boolean",
    picks: true,
    templatesOnly: true,
    run: (args) => (name === "and" ? args.every((each) => each === true) : args.some((each) => each === true)),
    example: {
      vars: { a: true, b: false },
      template: `{{ ${name} a b }}`,
      cel: `a ${operator} b`,
      gives: name === "or",
    },
  };
}

const not: LabFunction = {
  name: "not",
  topic: "values",
  summary: "Whether the condition is false.",
  params: [{ name: "condition", type: "boolean" }],
  returns: "boolean",
  picks: true,
  templatesOnly: true,
  run: ([condition]) => condition === false,
  example: { vars: { a: true }, template: "{{ not a }}", cel: "!a", gives: false },
};

const isIn: LabFunction = {
  name: "is_in",
  topic: "values",
  summary: "Whether a list has the value among its items.",
  params: [
    { name: "value", type: "any" },
    { name: "list", type: "list" },
  ],
  returns: "boolean",
  picks: true,
  templatesOnly: true,
  run([value, list]) {
    if (listOf(list).some((item) => equalValues(item, given(value)))) return true;
    requireKnown(listOf(list));
    return false;
  },
  example: { vars: { x: 2, xs: [1, 2] }, template: "{{ is_in x xs }}", cel: "x in xs", gives: true },
};

export const compareFunctions: readonly LabFunction[] = [
  comparison("eq", "Whether two values are the same.", "==", same),
  comparison("ne", "Whether two values differ.", "!=", (left, right) => !same(left, right)),
  comparison("lt", "Whether the first is less than the second.", "<", (left, right) => order(left, right) < 0),
  comparison("le", "Whether the first is not more than the second.", "<=", (left, right) => order(left, right) <= 0),
  comparison("gt", "Whether the first is more than the second.", ">", (left, right) => order(left, right) > 0),
  comparison("ge", "Whether the first is not less than the second.", ">=", (left, right) => order(left, right) >= 0),
  logical("and", "Whether all conditions are true.", "&&"),
  logical("or", "Whether one of the conditions is true.", "||"),
  not,
  isIn,
];
