import { given, textOf } from "../functions/arguments.ts";
import type { LabFunction, Param, ParamType } from "../functions/function.ts";
import { FunctionFailure } from "../functions/function.ts";
import { sizeOf } from "../functions/list-functions.ts";
import { Secret } from "../value/secret.ts";
import { typeName, type Value } from "../value/value.ts";

/** What the CEL specification defines and the common registry does not: known in conditions alone, under CEL's names. */
type Builtin = Omit<LabFunction, "example" | "summary" | "topic">;

const text: Param = { name: "text", type: "string" };

function onText(
  name: string,
  returns: ParamType,
  params: readonly Param[],
  run: (text: string, ...args: readonly (Value | undefined)[]) => Value,
): Builtin {
  return { name, params: [text, ...params], returns, run: ([value, ...args]) => run(textOf(value), ...args) };
}

const part: Param = { name: "part", type: "string" };
const from: Param = { name: "from", type: "integer", optional: true };

const list: readonly Builtin[] = [
  {
    name: "size",
    params: [{ name: "value", type: "string, list or map" }],
    returns: "integer",
    picks: true,
    run: ([value]) => sizeOf(given(value)),
  },
  {
    name: "type",
    params: [{ name: "value", type: "any" }],
    returns: "string",
    picks: true,
    run: ([value]) => (value instanceof Secret ? "string" : typeName(given(value))),
  },
  {
    name: "dyn",
    params: [{ name: "value", type: "any" }],
    returns: "any",
    picks: true,
    run: ([value]) => given(value),
  },
  onText("startsWith", "boolean", [part], (value, start) => value.startsWith(textOf(start))),
  onText("endsWith", "boolean", [part], (value, end) => value.endsWith(textOf(end))),
  onText("indexOf", "integer", [part, from], (value, wanted, start) =>
    value.indexOf(textOf(wanted), typeof start === "number" ? start : 0),
  ),
  onText("lastIndexOf", "integer", [part, from], (value, wanted, start) =>
    value.lastIndexOf(textOf(wanted), typeof start === "number" ? start : Number.POSITIVE_INFINITY),
  ),
  onText(
    "substring",
    "string",
    [
      { name: "start", type: "integer" },
      { name: "end", type: "integer", optional: true },
    ],
    cut,
  ),
  onText("lowerAscii", "string", [], (value) => value.replace(/[A-Z]/g, (letter) => letter.toLowerCase())),
  onText("upperAscii", "string", [], (value) => value.replace(/[a-z]/g, (letter) => letter.toUpperCase())),
];

export const builtins: ReadonlyMap<string, LabFunction> = new Map(
  list.map((entry) => [
    entry.name,
    { ...entry, topic: "values", summary: "", example: { template: "", cel: "", gives: null } },
  ]),
);

function cut(value: string, start: Value | undefined, end: Value | undefined): string {
  const first = typeof start === "number" ? start : 0;
  const last = typeof end === "number" ? end : value.length;
  if (first < 0 || last > value.length || first > last) {
    throw new FunctionFailure(`the text has ${value.length} characters, and ${first} to ${last} is not within`);
  }
  return value.slice(first, last);
}
