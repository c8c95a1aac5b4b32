import { Secret } from "../value/secret.ts";
import { isList, isMap, typeName, type Value } from "../value/value.ts";
import { given, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";

const fallback: LabFunction = {
  name: "default",
  topic: "values",
  summary: "The first value, or the second one where the first is undefined or null.",
  params: [
    { name: "value", type: "any" },
    { name: "otherwise", type: "any" },
  ],
  returns: "any",
  optionalFirst: true,
  picks: true,
  run: ([value, otherwise]) => value ?? given(otherwise),
  example: { template: '{{ default missing "none" }}', cel: 'default(missing, "none")', gives: "none" },
};

const defined: LabFunction = {
  name: "defined",
  topic: "values",
  summary: "Whether the variable or key is there; one that is null is.",
  params: [{ name: "value", type: "any" }],
  returns: "boolean",
  optionalFirst: true,
  picks: true,
  run: ([value]) => value !== undefined,
  example: { template: "{{ defined missing }}", cel: "defined(missing)", gives: false },
};

const secret: LabFunction = {
  name: "secret",
  sharesName: true,
  topic: "values",
  summary: "The text as a secret: it, and all that is made from it, is never shown.",
  params: [{ name: "text", type: "string" }],
  returns: "string",
  picks: true,
  run: ([text]) => new Secret(textOf(text)),
  example: { template: '{{ secret "swordfish" }}', cel: 'secret("swordfish")', gives: new Secret("swordfish") },
};

const int: LabFunction = {
  name: "int",
  sharesName: true,
  topic: "values",
  summary: "The whole number that a text spells, or the whole part of a number.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "integer",
  run: ([value]) => toInteger(given(value)),
  example: { template: '{{ int "42" }}', cel: 'int("42")', gives: 42 },
};

const string: LabFunction = {
  name: "string",
  sharesName: true,
  topic: "values",
  summary: "The value as text, as YAML would print it.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "string",
  run: ([value]) => String(value),
  example: { template: "{{ string 8.4 }}", cel: "string(8.4)", gives: "8.4" },
};

const bool: LabFunction = {
  name: "bool",
  sharesName: true,
  topic: "values",
  summary:
    "The boolean that a text spells: true, yes, on and 1, or false, no, off and 0; a number is true unless it is 0.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "boolean",
  run: ([value]) => toBoolean(given(value)),
  example: { template: '{{ bool "yes" }}', cel: 'bool("yes")', gives: true },
};

const float: LabFunction = {
  name: "float",
  topic: "values",
  summary: "The number that a text spells.",
  params: [{ name: "value", type: "string or number" }],
  returns: "number",
  sharesName: true,
  run: ([value]) => (typeof value === "number" ? value : toFloat(textOf(value))),
  example: { template: '{{ float "2.5" }}', cel: 'float("2.5")', gives: 2.5 },
};

const orEmpty: LabFunction = {
  name: "default_if_empty",
  topic: "values",
  summary:
    "The first value, or the second one where the first is undefined, null, false, 0, or an empty text, list or map.",
  params: [
    { name: "value", type: "any" },
    { name: "otherwise", type: "any" },
  ],
  returns: "any",
  optionalFirst: true,
  wantsOthers: isEmpty,
  picks: true,
  run: ([value, otherwise]) => (value !== undefined && !isEmpty(value) ? value : given(otherwise)),
  example: {
    vars: { x: "" },
    template: '{{ default_if_empty x "none" }}',
    cel: 'default_if_empty(x, "none")',
    gives: "none",
  },
};

const mandatory: LabFunction = {
  name: "mandatory",
  topic: "values",
  summary: "The value; where it is undefined or null an error that says what the message says.",
  params: [
    { name: "value", type: "any" },
    { name: "message", type: "string", optional: true },
  ],
  returns: "any",
  optionalFirst: true,
  picks: true,
  run([value, message]) {
    if (value !== undefined && value !== null) return value;
    throw new FunctionFailure(message === undefined ? "the value is missing" : textOf(message));
  },
  example: {
    vars: { pool: "tank" },
    template: '{{ mandatory pool "name the pool" }}',
    cel: 'mandatory(pool, "name the pool")',
    gives: "tank",
  },
};

const ternary: LabFunction = {
  name: "ternary",
  topic: "values",
  summary: "The second value where the first is true, else the third.",
  params: [
    { name: "condition", type: "boolean" },
    { name: "yes", type: "any" },
    { name: "no", type: "any" },
  ],
  returns: "any",
  picks: true,
  run: ([condition, yes, no]) => given(condition === true ? yes : no),
  example: {
    vars: { on: true },
    template: '{{ ternary on "up" "down" }}',
    cel: 'on ? ternary(on, "up", "down") : "down"',
    gives: "up",
  },
};

const typeOf: LabFunction = {
  name: "type_of",
  topic: "values",
  summary: "What kind of value it is: null, boolean, integer, double, string, list or map.",
  params: [{ name: "value", type: "any" }],
  returns: "string",
  picks: true,
  run: ([value]) => (value instanceof Secret ? "string" : typeName(given(value))),
  example: { vars: { xs: [1] }, template: "{{ type_of xs }}", cel: "type_of(xs)", gives: "list" },
};

export const valueFunctions: readonly LabFunction[] = [
  fallback,
  orEmpty,
  defined,
  mandatory,
  ternary,
  secret,
  int,
  float,
  string,
  bool,
  typeOf,
];

function isEmpty(value: Value | undefined): boolean {
  if (value === undefined || value === null || value === false || value === 0 || value === "") return true;
  if (value instanceof Secret) return value.reveal() === "";
  return isList(value) ? value.length === 0 : isMap(value) && Object.keys(value).length === 0;
}

function toFloat(text: string): number {
  if (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?\s*$/i.test(text)) {
    const number = Number(text);
    if (Number.isFinite(number)) return number;
  }
  throw new FunctionFailure(`no number is in ${shown(text)}`, "digits with a point, such as 2.5 or -7");
}

function toInteger(value: Value): number {
  const number = typeof value === "string" ? spelledNumber(value) : Number(value);
  const whole = Math.trunc(number);
  if (!Number.isSafeInteger(whole)) {
    throw new FunctionFailure(`no whole number is in ${shown(value)}`, "digits alone, such as 42 or -7");
  }
  return whole === 0 ? 0 : whole;
}

function spelledNumber(text: string): number {
  // Number("") is 0 and Number("0x1f") 31: neither is what the author of a homelab's YAML meant.
  return /^\s*[+-]?\d+(\.\d+)?\s*$/.test(text) ? Number(text) : Number.NaN;
}

function toBoolean(value: Value): boolean {
  if (typeof value === "boolean") return value;
  if (typeof value === "number") return value !== 0;
  const word = typeof value === "string" ? value.trim().toLowerCase() : "";
  if (["true", "yes", "on", "1"].includes(word)) return true;
  if (["false", "no", "off", "0"].includes(word)) return false;
  throw new FunctionFailure(`${shown(value)} is no boolean`, "true, yes, on, 1, false, no, off or 0");
}

function shown(value: Value): string {
  // An argument may be a revealed secret: the caller drops the message's text in that case.
  return isMap(value) ? "a map" : JSON.stringify(value);
}
