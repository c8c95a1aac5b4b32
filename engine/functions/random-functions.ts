import { createHash } from "node:crypto";
import { isList, type Value } from "../value/value.ts";
import { given, listOf, numberOf, numberOr, textOf, textOr, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

// All of these need a seed. Without one each look at a task would give another value, and a check could tell nothing.
const seed: Param = { name: "seed", type: "string or integer" };

const random: LabFunction = {
  name: "random",
  topic: "random values",
  summary:
    "A whole number below the first argument, or an item of a list, that the seed decides: the same each time. Numbers from `start` on (0), by steps (1).",
  params: [
    { name: "of", type: "integer or list" },
    seed,
    { name: "start", type: "integer", optional: true },
    { name: "step", type: "integer", optional: true },
  ],
  returns: "any",
  picks: true,
  sharesName: true,
  run([of, by, start, step]) {
    const draw = drawer(by);
    if (isList(of)) {
      if (of.length === 0) throw new FunctionFailure("the list is empty");
      return of[draw(of.length)] ?? null;
    }
    const [first, stride] = [numberOr(start, 0), wholeWithin(numberOr(step, 1), "step", 1, Number.MAX_SAFE_INTEGER)];
    const count = Math.ceil((numberOf(of) - first) / stride);
    if (count < 1) throw new FunctionFailure(`there is no number from ${first} up to ${numberOf(of)}`);
    return first + stride * draw(count);
  },
  example: { template: '{{ random 60 "pve1" }}', cel: 'random(60, "pve1")', gives: 52 },
  more: [
    {
      vars: { xs: ["a", "b", "c"] },
      template: '{{ random xs seed="nas1" }}',
      cel: 'random(xs, "nas1")',
      gives: "c",
    },
  ],
};

const shuffle: LabFunction = {
  name: "shuffle",
  topic: "random values",
  summary: "The items of a list in an order that the seed decides.",
  params: [{ name: "list", type: "list" }, seed],
  returns: "list",
  picks: true,
  sharesName: true,
  run([list, by]) {
    const draw = drawer(by);
    const items = [...listOf(list)];
    for (let last = items.length - 1; last > 0; last -= 1) {
      const other = draw(last + 1);
      const [one, two] = [items[last], items[other]];
      if (one === undefined || two === undefined) continue;
      items[last] = two;
      items[other] = one;
    }
    return items;
  },
  example: {
    vars: { xs: [1, 2, 3, 4] },
    template: '{{ shuffle xs "pve1" }}',
    cel: 'shuffle(xs, "pve1")',
    gives: [2, 3, 4, 1],
  },
};

const randomString: LabFunction = {
  name: "random_string",
  topic: "random values",
  summary:
    "So many characters, letters and digits unless others are given, that the seed decides. Who knows the seed knows the text: for a password it must be a secret.",
  params: [{ name: "length", type: "integer" }, seed, { name: "characters", type: "string", optional: true }],
  returns: "string",
  run([length, by, characters]) {
    const from = [...textOr(characters, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")];
    if (from.length === 0) throw new FunctionFailure("there are no characters to choose from");
    const draw = drawer(by);
    const count = wholeWithin(numberOf(length), "length", 0, 10_000);
    return Array.from({ length: count }, () => from[draw(from.length)] ?? "").join("");
  },
  example: { template: '{{ random_string 16 "pve1" }}', cel: 'random_string(16, "pve1")', gives: "q1sdySaPoXn5DrVk" },
};

const randomMac: LabFunction = {
  name: "random_mac",
  topic: "random values",
  summary: "A hardware address that begins with this and goes on as the seed decides.",
  params: [{ name: "prefix", type: "string" }, seed],
  returns: "string",
  run([prefix, by]) {
    const start = textOf(prefix);
    if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){0,4}$/i.test(start)) {
      throw new FunctionFailure(`"${start}" does not begin a hardware address`, "one to five bytes, such as bc:24:11");
    }
    const draw = drawer(by);
    const bytes = start.toLowerCase().split(":");
    const more = Array.from({ length: 6 - bytes.length }, () => draw(256).toString(16).padStart(2, "0"));
    return [...bytes, ...more].join(":");
  },
  example: {
    template: '{{ random_mac "bc:24:11" "media" }}',
    cel: 'random_mac("bc:24:11", "media")',
    gives: "bc:24:11:21:fe:01",
  },
};

export const randomFunctions: readonly LabFunction[] = [random, shuffle, randomString, randomMac];

/** Whole numbers below a bound, one after the other; SHA-256 of the seed, so that they never change with a version of Node. */
function drawer(by: Value | undefined): (below: number) => number {
  const text = typeof by === "number" ? String(by) : textOf(given(by));
  let count = 0;
  return (below) => {
    // What is left over of 48 bits would make the small numbers a little likelier.
    const fair = 2 ** 48 - (2 ** 48 % below);
    for (;;) {
      const drawn = createHash("sha256").update(`${count}:${text}`, "utf8").digest().readUIntBE(0, 6);
      count += 1;
      if (drawn < fair) return drawn % below;
    }
  };
}
