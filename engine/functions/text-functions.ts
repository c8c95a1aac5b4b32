import { quoteWord } from "../text/quote-word.ts";
import type { Value } from "../value/value.ts";
import { listOf, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";
import { textToText } from "./text-to-text.ts";

const text: Param = { name: "text", type: "string" };

const join: LabFunction = {
  name: "join",
  topic: "texts",
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
  topic: "texts",
  summary: "The pieces of a text between the separators; unsaid, between white space.",
  params: [text, { name: "separator", type: "string", optional: true }],
  returns: "list",
  run: ([value, separator]) =>
    separator === undefined
      ? textOf(value)
          .split(/\s+/)
          .filter((word) => word !== "")
      : textOf(value).split(textOf(separator)),
  example: { template: '{{ split "a,b" "," }}', cel: '"a,b".split(",")', gives: ["a", "b"] },
  more: [{ template: '{{ split " a  b" }}', cel: 'split(" a  b")', gives: ["a", "b"] }],
};

const replace: LabFunction = {
  name: "replace",
  topic: "texts",
  summary: "The text with every occurrence of one text replaced by another.",
  params: [text, { name: "old", type: "string" }, { name: "new", type: "string" }],
  returns: "string",
  // A function as replacement: `$&` in the new text shall stay as it is.
  run: ([value, before, after]) => textOf(value).replaceAll(textOf(before), () => textOf(after)),
  example: { template: '{{ replace "a.b.c" "." "-" }}', cel: '"a.b.c".replace(".", "-")', gives: "a-b-c" },
};

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
  textToText("upper", "The text in capitals.", (value) => value.toUpperCase(), ["tank", "TANK"]),
  textToText("lower", "The text in small letters.", (value) => value.toLowerCase(), ["Tank", "tank"]),
  textToText("trim", "The text without the white space around it.", (value) => value.trim(), [" a ", "a"]),
  replace,
  textToText("quote", "The text as one word of a shell.", quoted, ["it's", "'it'\\''s'"]),
];
