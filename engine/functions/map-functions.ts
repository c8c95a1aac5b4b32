import { Secret } from "../value/secret.ts";
import { isList, isMap, type Value, type ValueMap } from "../value/value.ts";
import { aType } from "./a-type.ts";
import { given, listOf, mapOf, textOf, textOr } from "./arguments.ts";
import { atPath } from "./at-path.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";
import { equalIn } from "./set-functions.ts";

const listMerges = ["replace", "keep", "append", "prepend", "append_rp", "prepend_rp"] as const;
type ListMerge = (typeof listMerges)[number];

const combine: LabFunction = {
  name: "combine",
  topic: "lists and maps",
  summary:
    "The first map with the keys of another one, or of a list of maps, put over it. `recursive` does so in the maps within, too; `list_merge` says what becomes of lists: replace (default), keep, append, prepend, append_rp, prepend_rp.",
  params: [
    { name: "map", type: "map" },
    { name: "other", type: "list or map" },
    { name: "recursive", type: "boolean", optional: true },
    { name: "list_merge", type: "string", optional: true },
  ],
  returns: "map",
  picks: true,
  run([map, other, recursive, listMerge]) {
    const word = textOr(listMerge, "replace");
    const how = listMerges.find((known) => known === word);
    if (how === undefined)
      throw new FunctionFailure(`"list_merge" knows no "${word}"`, `it is ${listMerges.join(", ")}`);
    const others = isList(other) ? other : [given(other)];
    return others.reduce<ValueMap>((lower, upper) => {
      if (isMap(upper)) return combined(lower, upper, recursive === true, how);
      throw new FunctionFailure(`maps are combined, and an item of the list is ${aType(upper)}`);
    }, mapOf(map));
  },
  example: {
    vars: { a: { x: 1, in: { y: 1 } }, b: { in: { z: 2 } } },
    template: "{{ combine a b recursive=true }}",
    cel: "combine(a, b, true)",
    gives: { x: 1, in: { y: 1, z: 2 } },
  },
  more: [
    { vars: { a: { x: 1 }, b: { x: 2 } }, template: "{{ combine a b }}", cel: "combine(a, [b])", gives: { x: 2 } },
    {
      vars: { a: { xs: [1] }, b: { xs: [2] } },
      template: '{{ combine a b list_merge="append" }}',
      cel: 'combine(a, b, false, "append")',
      gives: { xs: [1, 2] },
    },
  ],
};

const dict2items: LabFunction = {
  name: "dict2items",
  topic: "lists and maps",
  summary: "A map as a list of {key, value}, or of maps with two other keys.",
  params: [
    { name: "map", type: "map" },
    { name: "key_name", type: "string", optional: true },
    { name: "value_name", type: "string", optional: true },
  ],
  returns: "list",
  picks: true,
  run([map, keyName, valueName]) {
    if (keyName instanceof Secret || valueName instanceof Secret)
      throw new FunctionFailure("a secret cannot be the name of a key");
    const [keyKey, valueKey] = [textOr(keyName, "key"), textOr(valueName, "value")];
    return Object.entries(mapOf(map)).map(([key, value]) => ({ [keyKey]: key, [valueKey]: value }));
  },
  example: {
    vars: { m: { a: 1 } },
    template: "{{ dict2items m }}",
    cel: "dict2items(m)",
    gives: [{ key: "a", value: 1 }],
  },
  more: [
    {
      vars: { m: { a: 1 } },
      template: '{{ dict2items m value_name="size" }}',
      cel: 'dict2items(m, "key", "size")',
      gives: [{ key: "a", size: 1 }],
    },
  ],
};

const items2dict: LabFunction = {
  name: "items2dict",
  topic: "lists and maps",
  summary: "A list of {key, value}, or of maps with two other keys, as one map; of two with one key the later counts.",
  params: [
    { name: "list", type: "list" },
    { name: "key_name", type: "string", optional: true },
    { name: "value_name", type: "string", optional: true },
  ],
  returns: "map",
  picks: true,
  run([list, keyName, valueName]) {
    const [keyKey, valueKey] = [textOr(keyName, "key"), textOr(valueName, "value")];
    return mapOfEntries(
      listOf(list).map((item) => {
        const [key, value] = isMap(item) ? [item[keyKey], item[valueKey]] : [];
        if (key !== undefined && value !== undefined) return [key, value];
        throw new FunctionFailure(
          `each item must be a map with "${keyKey}" and "${valueKey}", and one is ${isMap(item) ? `{${Object.keys(item).join(", ")}}` : aType(item)}`,
        );
      }),
    );
  },
  example: {
    vars: { xs: [{ key: "a", value: 1 }] },
    template: "{{ items2dict xs }}",
    cel: "items2dict(xs)",
    gives: { a: 1 },
  },
};

const dict: LabFunction = {
  name: "dict",
  topic: "lists and maps",
  summary: "A map of keys and values that follow each other, or of a list of such pairs.",
  params: [{ name: "key", type: "any" }],
  variadic: true,
  returns: "map",
  picks: true,
  sharesName: true,
  run(args) {
    const [only, ...more] = args;
    if (more.length === 0 && isList(only)) {
      return mapOfEntries(
        only.map((pair) => {
          if (isList(pair) && pair.length === 2) return [pair[0] ?? null, pair[1] ?? null];
          throw new FunctionFailure("each item of the list must be a pair, a list of two");
        }),
      );
    }
    if (args.length % 2 === 1)
      throw new FunctionFailure("the last key has no value", "keys and values follow each other");
    return mapOfEntries(
      args.flatMap((key, index): [Value, Value][] => (index % 2 === 0 ? [[given(key), given(args[index + 1])]] : [])),
    );
  },
  example: {
    template: '{{ dict "size" 4 "name" "tank" }}',
    cel: 'dict("size", 4, "name", "tank")',
    gives: { size: 4, name: "tank" },
  },
  more: [
    {
      vars: { ks: ["a", "b"], vs: [1, 2] },
      template: "{{ dict (zip ks vs) }}",
      cel: "dict(zip(ks, vs))",
      gives: { a: 1, b: 2 },
    },
  ],
};

const get: LabFunction = {
  name: "get",
  topic: "lists and maps",
  summary: "What a map or list has at a key, an index, or a path such as `a.b`; else the third argument, or null.",
  params: [
    { name: "from", type: "list or map" },
    { name: "key", type: "string or integer" },
    { name: "otherwise", type: "any", optional: true },
  ],
  returns: "any",
  picks: true,
  sharesName: true,
  run: ([from, key, otherwise]) => found(given(from), given(key)) ?? otherwise ?? null,
  example: { vars: { m: { a: { b: 1 } } }, template: '{{ get m "a.b" }}', cel: 'get(m, "a.b")', gives: 1 },
  more: [{ vars: { m: { a: 1 } }, template: '{{ get m "x" 0 }}', cel: 'get(m, "x", 0)', gives: 0 }],
};

const extract: LabFunction = {
  name: "extract",
  topic: "lists and maps",
  summary:
    "What a map or list has at a key; of a list of keys, a list of what it has at each. A key that is not there is an error.",
  params: [
    { name: "key", type: "any" },
    { name: "from", type: "list or map" },
    { name: "then", type: "string", optional: true },
  ],
  returns: "any",
  picks: true,
  sharesName: true,
  run([key, from, then]) {
    const one = (each: Value): Value => {
      if (typeof each !== "string" && typeof each !== "number")
        throw new FunctionFailure(`a key is a text or an integer, and this is ${aType(each)}`);
      const value = found(given(from), each);
      const inner = value === undefined || then === undefined ? value : atPath(value, textOf(then));
      if (inner !== undefined) return inner;
      throw new FunctionFailure(`there is nothing at "${each}${then === undefined ? "" : `.${textOf(then)}`}"`);
    };
    return isList(key) ? key.map(one) : one(given(key));
  },
  example: {
    vars: { ks: ["b", "a"], m: { a: 1, b: 2 } },
    template: "{{ extract ks m }}",
    cel: "extract(ks, m)",
    gives: [2, 1],
  },
};

export const mapFunctions: readonly LabFunction[] = [combine, dict2items, items2dict, dict, get, extract];

function found(from: Value, key: Value): Value | undefined {
  // A key that holds a dot is itself first.
  if (isMap(from) && typeof key === "string" && Object.hasOwn(from, key)) return from[key];
  if (isList(from) && typeof key === "number") return from.at(key);
  return atPath(from, String(key));
}

function mapOfEntries(entries: readonly (readonly [Value, Value])[]): ValueMap {
  return Object.fromEntries(
    entries.map(([key, value]) => {
      if (typeof key === "string" || typeof key === "number" || typeof key === "boolean") return [String(key), value];
      throw new FunctionFailure(`the key of a map is a text, and this is ${aType(key)}`);
    }),
  );
}

function combined(lower: ValueMap, upper: ValueMap, recursive: boolean, lists: ListMerge): ValueMap {
  const entries = Object.entries(upper).map(([key, above]): [string, Value] => {
    const below = Object.hasOwn(lower, key) ? lower[key] : undefined;
    if (recursive && isMap(below) && isMap(above)) return [key, combined(below, above, recursive, lists)];
    return [key, isList(below) && isList(above) ? mergedLists(below, above, lists) : above];
  });
  const changed = new Map(entries);
  // Keys of the first map keep their place, so that what is printed does not jump around.
  const kept = Object.entries(lower).map(([key, below]): [string, Value] => [key, changed.get(key) ?? below]);
  return Object.fromEntries([...kept, ...entries.filter(([key]) => !Object.hasOwn(lower, key))]);
}

/** `rp`: what both have stands once, where the upper list has it. */
function mergedLists(below: readonly Value[], above: readonly Value[], how: ListMerge): readonly Value[] {
  const others = below.filter((item) => !equalIn(item, above));
  switch (how) {
    case "replace":
      return above;
    case "keep":
      return below;
    case "append":
      return [...below, ...above];
    case "prepend":
      return [...above, ...below];
    case "append_rp":
      return [...others, ...above];
    case "prepend_rp":
      return [...above, ...others];
  }
}
