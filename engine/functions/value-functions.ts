import { Secret } from "../value/secret.ts";
import { isMap, type Value } from "../value/value.ts";
import { given, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction } from "./function.ts";

const fallback: LabFunction = {
  name: "default",
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
  summary: "The text as a secret: it, and all that is made from it, is never shown.",
  params: [{ name: "text", type: "string" }],
  returns: "string",
  picks: true,
  run: ([text]) => new Secret(textOf(text)),
  example: { template: '{{ secret "swordfish" }}', cel: 'secret("swordfish")', gives: new Secret("swordfish") },
};

const int: LabFunction = {
  name: "int",
  summary: "The whole number that a text spells, or the whole part of a number.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "integer",
  run: ([value]) => toInteger(given(value)),
  example: { template: '{{ int "42" }}', cel: 'int("42")', gives: 42 },
};

const string: LabFunction = {
  name: "string",
  summary: "The value as text, as YAML would print it.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "string",
  run: ([value]) => String(value),
  example: { template: "{{ string 8.4 }}", cel: "string(8.4)", gives: "8.4" },
};

const bool: LabFunction = {
  name: "bool",
  summary:
    "The boolean that a text spells: true, yes, on and 1, or false, no, off and 0; a number is true unless it is 0.",
  params: [{ name: "value", type: "string, number or boolean" }],
  returns: "boolean",
  run: ([value]) => toBoolean(given(value)),
  example: { template: '{{ bool "yes" }}', cel: 'bool("yes")', gives: true },
};

export const valueFunctions: readonly LabFunction[] = [fallback, defined, secret, int, string, bool];

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
