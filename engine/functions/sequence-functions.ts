import { Secret } from "../value/secret.ts";
import { isList, type Value } from "../value/value.ts";
import { given, listOf, numberOf, numberOr, textOf, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const list: Param = { name: "list", type: "list" };
/** A typo in a bound must not fill the memory. */
const most = 100_000;

const listOfArguments: LabFunction = {
  name: "list",
  topic: "lists and maps",
  summary: "A list of the arguments.",
  params: [{ name: "item", type: "any" }],
  variadic: true,
  returns: "list",
  picks: true,
  sharesName: true,
  run: (args) => args.map(given),
  example: { template: '{{ list 1 "a" }}', cel: 'list(1, "a")', gives: [1, "a"] },
};

const range: LabFunction = {
  name: "range",
  topic: "lists and maps",
  summary: "The whole numbers from the first up to, and without, the second, by steps (1). With one argument, from 0.",
  params: [
    { name: "from", type: "integer" },
    { name: "to", type: "integer", optional: true },
    { name: "step", type: "integer", optional: true },
  ],
  returns: "list",
  sharesName: true,
  run([from, to, by]) {
    const [first, end] = to === undefined ? [0, numberOf(from)] : [numberOf(from), numberOf(to)];
    const step = numberOr(by, 1);
    if (step === 0) throw new FunctionFailure("the step is 0, which leads nowhere");
    const count = Math.max(0, Math.ceil((end - first) / step));
    if (count > most) throw new FunctionFailure(`these are ${count} numbers, more than ${most}`);
    return Array.from({ length: count }, (_, index) => first + index * step);
  },
  example: { template: "{{ range 1 4 }}", cel: "range(1, 4)", gives: [1, 2, 3] },
};

const flatten: LabFunction = {
  name: "flatten",
  topic: "lists and maps",
  summary:
    "The list with the items of the lists within it in their place, down to so many levels, to the last one if unsaid.",
  params: [list, { name: "levels", type: "integer", optional: true }],
  returns: "list",
  picks: true,
  sharesName: true,
  run: ([value, levels]) => flat(listOf(value), numberOr(levels, 1_000)),
  example: { vars: { xs: [1, [2, [3]]] }, template: "{{ flatten xs }}", cel: "flatten(xs)", gives: [1, 2, 3] },
  more: [{ vars: { xs: [1, [2, [3]]] }, template: "{{ flatten xs 1 }}", cel: "flatten(xs, 1)", gives: [1, 2, [3]] }],
};

const zip: LabFunction = {
  name: "zip",
  topic: "lists and maps",
  summary:
    "The lists side by side: a list of their first items, of their second ones, and so on, as long as the shortest.",
  params: [list],
  variadic: true,
  returns: "list",
  picks: true,
  sharesName: true,
  run(args) {
    const lists = args.map(listOf);
    const length = Math.min(...lists.map((each) => each.length));
    return Array.from({ length }, (_, index) => lists.map((each) => each[index] ?? null));
  },
  example: {
    vars: { xs: ["a", "b"], ys: [1, 2] },
    template: "{{ zip xs ys }}",
    cel: "zip(xs, ys)",
    gives: [
      ["a", 1],
      ["b", 2],
    ],
  },
};

const product: LabFunction = {
  name: "product",
  topic: "lists and maps",
  summary: "Each item of the first list with each of the second, and so on.",
  params: [list],
  variadic: true,
  returns: "list",
  picks: true,
  sharesName: true,
  run(args) {
    const lists = args.map(listOf);
    const size = lists.reduce((all, each) => all * each.length, 1);
    if (size > most) throw new FunctionFailure(`these are ${size} lists, more than ${most}`);
    return lists.reduce<readonly (readonly Value[])[]>(
      (all, each) => all.flatMap((before) => each.map((item) => [...before, item])),
      [[]],
    );
  },
  example: {
    vars: { xs: ["a", "b"], ys: [1] },
    template: "{{ product xs ys }}",
    cel: "product(xs, ys)",
    gives: [
      ["a", 1],
      ["b", 1],
    ],
  },
};

const slice: LabFunction = {
  name: "slice",
  topic: "lists and maps",
  summary:
    "The items of a list, or characters of a text, from one index up to, and without, another; negative ones count from the end.",
  params: [
    { name: "from", type: "string or list" },
    { name: "start", type: "integer" },
    { name: "end", type: "integer", optional: true },
  ],
  returns: "any",
  picks: true,
  sharesName: true,
  run([from, start, end]) {
    const bounds = [numberOf(start), end === undefined ? undefined : numberOf(end)] as const;
    if (isList(from)) return from.slice(...bounds);
    const cut = [...textOf(from)].slice(...bounds).join("");
    return from instanceof Secret ? new Secret(cut) : cut;
  },
  example: { vars: { xs: [1, 2, 3] }, template: "{{ slice xs 1 }}", cel: "slice(xs, 1)", gives: [2, 3] },
  more: [{ template: '{{ slice "media" 0 -2 }}', cel: 'slice("media", 0, -2)', gives: "med" }],
};

const batch: LabFunction = {
  name: "batch",
  topic: "lists and maps",
  summary: "The list cut into lists of so many items; the last one is filled up if something to fill with is given.",
  params: [list, { name: "size", type: "integer" }, { name: "fill", type: "any", optional: true }],
  returns: "list",
  picks: true,
  sharesName: true,
  run([value, size, fill]) {
    const items = listOf(value);
    const each = wholeWithin(numberOf(size), "size", 1, most);
    const lists = Array.from({ length: Math.ceil(items.length / each) }, (_, index) =>
      items.slice(index * each, (index + 1) * each),
    );
    return fill === undefined
      ? lists
      : lists.map((row) => [...row, ...Array.from({ length: each - row.length }, () => fill)]);
  },
  example: { vars: { xs: [1, 2, 3] }, template: "{{ batch xs 2 }}", cel: "batch(xs, 2)", gives: [[1, 2], [3]] },
};

const reverse: LabFunction = {
  name: "reverse",
  topic: "lists and maps",
  summary: "The list, or the text, from its end to its beginning.",
  params: [{ name: "value", type: "string or list" }],
  returns: "any",
  picks: true,
  sharesName: true,
  run([value]) {
    if (isList(value)) return value.toReversed();
    const turned = [...textOf(value)].reverse().join("");
    return value instanceof Secret ? new Secret(turned) : turned;
  },
  example: { vars: { xs: [1, 2] }, template: "{{ reverse xs }}", cel: "reverse(xs)", gives: [2, 1] },
};

export const sequenceFunctions: readonly LabFunction[] = [
  listOfArguments,
  range,
  flatten,
  zip,
  product,
  slice,
  batch,
  reverse,
];

function flat(items: readonly Value[], levels: number): readonly Value[] {
  return levels <= 0 ? items : items.flatMap((item) => (isList(item) ? flat(item, levels - 1) : [item]));
}
