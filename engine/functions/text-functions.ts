import { quoteWord } from "../text/quote-word.ts";
import type { Value } from "../value/value.ts";
import { listOf, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const text: Param = { name: "text", type: "string" };

function simple(
  name: string,
  summary: string,
  change: (text: string) => string,
  [input, gives]: readonly [string, string],
): LabFunction {
  return {
    name,
    summary,
    params: [text],
    returns: "string",
    run: ([value]) => change(textOf(value)),
    example: { vars: { x: input }, template: `{{ ${name} x }}`, cel: `${name}(x)`, gives },
  };
}

const join: LabFunction = {
  name: "join",
  summary: "The items of a list as one text, with a separator between them.",
  params: [
    { name: "list", type: "list" },
    { name: "separator", type: "string", optional: true },
  ],
  returns: "string",
  run: ([list, separator]) =>
    listOf(list)
      .map(joinable)
      .join(separator === undefined ? "" : textOf(separator)),
  example: { vars: { xs: ["a", "b"] }, template: '{{ join xs ", " }}', cel: 'xs.join(", ")', gives: "a, b" },
};

const split: LabFunction = {
  name: "split",
  summary: "The pieces of a text between the separators.",
  params: [text, { name: "separator", type: "string" }],
  returns: "list",
  run: ([value, separator]) => textOf(value).split(textOf(separator)),
  example: { template: '{{ split "a,b" "," }}', cel: '"a,b".split(",")', gives: ["a", "b"] },
};

const replace: LabFunction = {
  name: "replace",
  summary: "The text with every occurrence of one text replaced by another.",
  params: [text, { name: "old", type: "string" }, { name: "new", type: "string" }],
  returns: "string",
  // A function as replacement: `$&` in the new text shall stay as it is.
  run: ([value, before, after]) => textOf(value).replaceAll(textOf(before), () => textOf(after)),
  example: { template: '{{ replace "a.b.c" "." "-" }}', cel: '"a.b.c".replace(".", "-")', gives: "a-b-c" },
};

const regexReplace: LabFunction = {
  name: "regex_replace",
  summary: "The text with every match of a regular expression replaced; `$1` stands for the first group.",
  params: [text, { name: "pattern", type: "string" }, { name: "replacement", type: "string" }],
  returns: "string",
  run: ([value, pattern, replacement]) => textOf(value).replace(regexOf(textOf(pattern)), textOf(replacement)),
  example: {
    template: '{{ regex_replace "vm-101" "[a-z]+-([0-9]+)" "$1" }}',
    cel: 'regex_replace("vm-101", "[a-z]+-([0-9]+)", "$1")',
    gives: "101",
  },
};

/** Module-wide: `matches` in CEL uses it too. */
export function regexOf(pattern: string): RegExp {
  try {
    return new RegExp(pattern, "gu");
  } catch (error) {
    const why = error instanceof Error ? error.message : "it cannot be read";
    throw new FunctionFailure(`"${pattern}" is no regular expression: ${why}`, "a backslash must be doubled in quotes");
  }
}

function quoted(text: string): string {
  if (!text.includes("\0")) return quoteWord(text);
  throw new FunctionFailure("a text with a NUL character cannot be a word of a shell", "take the NUL out of it");
}

function joinable(item: Value): string {
  if (item !== null && typeof item !== "object") return String(item);
  const what = item === null ? "null" : "a list or map";
  throw new FunctionFailure(
    `the items must be texts, numbers or booleans, and one is ${what}`,
    "`to_json` prints lists and maps",
  );
}

export const textFunctions: readonly LabFunction[] = [
  join,
  split,
  simple("upper", "The text in capitals.", (value) => value.toUpperCase(), ["tank", "TANK"]),
  simple("lower", "The text in small letters.", (value) => value.toLowerCase(), ["Tank", "tank"]),
  simple("trim", "The text without the white space around it.", (value) => value.trim(), [" a ", "a"]),
  replace,
  regexReplace,
  simple("basename", "The last part of a path.", basename, ["/etc/pve/lxc", "lxc"]),
  simple("dirname", "A path without its last part.", dirname, ["/etc/pve/lxc", "/etc/pve"]),
  simple("quote", "The text as one word of a shell.", quoted, ["it's", "'it'\\''s'"]),
];

function basename(path: string): string {
  return path.replace(/\/+$/, "").split("/").at(-1) ?? "";
}

function dirname(path: string): string {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  if (slash < 0) return path.startsWith("/") ? "/" : ".";
  return trimmed.slice(0, slash).replace(/\/+$/, "") || "/";
}
