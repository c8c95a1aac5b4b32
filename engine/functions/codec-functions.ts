import { createHash } from "node:crypto";
import { isList, isMap, type Value } from "../value/value.ts";
import { given, textOf } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const text: Param = { name: "text", type: "string" };

const toJson: LabFunction = {
  name: "to_json",
  summary: "The value as JSON, on one line unless an indent is given.",
  params: [
    { name: "value", type: "any" },
    { name: "indent", type: "integer", optional: true },
  ],
  returns: "string",
  run: ([value, indent]) => JSON.stringify(given(value), null, typeof indent === "number" ? indent : 0),
  example: { vars: { m: { a: [1, true] } }, template: "{{ to_json m }}", cel: "to_json(m)", gives: '{"a":[1,true]}' },
};

const fromJson: LabFunction = {
  name: "from_json",
  summary: "The value that a JSON text spells.",
  params: [text],
  returns: "any",
  run: ([value]) => parsed(textOf(value)),
  example: { vars: { x: '{"a":[1]}' }, template: "{{ from_json x }}", cel: "from_json(x)", gives: { a: [1] } },
};

const b64encode: LabFunction = {
  name: "b64encode",
  summary: "The text's UTF-8 bytes in base64.",
  params: [text],
  returns: "string",
  run: ([value]) => Buffer.from(textOf(value), "utf8").toString("base64"),
  example: { template: '{{ b64encode "über" }}', cel: 'b64encode("über")', gives: "w7xiZXI=" },
};

const b64decode: LabFunction = {
  name: "b64decode",
  summary: "The UTF-8 text that is spelled in base64.",
  params: [text],
  returns: "string",
  run: ([value]) => decoded(textOf(value)),
  example: { template: '{{ b64decode "w7xiZXI=" }}', cel: 'b64decode("w7xiZXI=")', gives: "über" },
};

const sha256: LabFunction = {
  name: "sha256",
  summary: "The SHA-256 digest of the text's UTF-8 bytes, in hexadecimal.",
  params: [text],
  returns: "string",
  run: ([value]) => createHash("sha256").update(textOf(value), "utf8").digest("hex"),
  example: {
    template: '{{ sha256 "" }}',
    cel: 'sha256("")',
    gives: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
  },
};

export const codecFunctions: readonly LabFunction[] = [toJson, fromJson, b64encode, b64decode, sha256];

function parsed(source: string): Value {
  let value: Value;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw new FunctionFailure(`the text is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}`);
  }
  requireSafe(value);
  return value;
}

/** JSON.parse rounds large integers silently; a disk's serial number must not change on its way. */
function requireSafe(value: Value): void {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new FunctionFailure(`the JSON holds the integer ${value}, too large to be exact`, "write it as a text");
  }
  if (isList(value)) value.forEach(requireSafe);
  else if (isMap(value)) Object.values(value).forEach(requireSafe);
}

function decoded(source: string): string {
  const compact = source.replace(/\s/g, "");
  // Buffer.from skips what it does not know; a typo would come out as garbage instead of an error.
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 === 1) {
    throw new FunctionFailure("the text is no base64");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(compact, "base64"));
  } catch {
    throw new FunctionFailure("the base64 holds bytes that are no UTF-8 text");
  }
}
