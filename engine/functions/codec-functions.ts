import { parseYamlText, yamlText } from "../formats/yaml-text.ts";
import { Secret } from "../value/secret.ts";
import { Unknown } from "../value/unknown.ts";
import { isList, isMap, type Value } from "../value/value.ts";
import { given, numberOr, textOf, wholeWithin } from "./arguments.ts";
import { FunctionFailure, type LabFunction, type Param } from "./function.ts";

const text: Param = { name: "text", type: "string" };
const value: Param = { name: "value", type: "any" };
const width: Param = { name: "indent", type: "integer", optional: true };

const toJson: LabFunction = {
  name: "to_json",
  topic: "encodings and hashes",
  summary: "The value as JSON, on one line unless an indent is given.",
  params: [value, width],
  returns: "string",
  run: ([what, indent]) => JSON.stringify(given(what), null, indentOf(indent, 0)),
  example: { vars: { m: { a: [1, true] } }, template: "{{ to_json m }}", cel: "to_json(m)", gives: '{"a":[1,true]}' },
};

const toNiceJson: LabFunction = {
  name: "to_nice_json",
  topic: "encodings and hashes",
  summary:
    "The value as JSON on several lines, set in by 4 columns or as many as are given, keys in the order of the alphabet.",
  params: [value, width],
  returns: "string",
  run: ([what, indent]) => JSON.stringify(sorted(given(what)), null, indentOf(indent, 4)),
  example: {
    vars: { m: { b: 1, a: [2] } },
    template: "{{ to_nice_json m 2 }}",
    cel: "to_nice_json(m, 2)",
    gives: '{\n  "a": [\n    2\n  ],\n  "b": 1\n}',
  },
};

const fromJson: LabFunction = {
  name: "from_json",
  topic: "encodings and hashes",
  summary: "The value that a JSON text spells.",
  params: [text],
  returns: "any",
  run: ([source]) => parsed(textOf(source)),
  example: { vars: { x: '{"a":[1]}' }, template: "{{ from_json x }}", cel: "from_json(x)", gives: { a: [1] } },
};

const toYaml: LabFunction = {
  name: "to_yaml",
  topic: "encodings and hashes",
  summary:
    "The value as YAML that every reader takes alike, set in by 2 columns or as many as are given. It ends with a line's end.",
  params: [value, width],
  returns: "string",
  run: ([what, indent]) => yamlText(plain(given(what)), indentOf(indent, 2)),
  example: {
    vars: { m: { a: [1, "on"] } },
    template: "{{ to_yaml m }}",
    cel: "to_yaml(m)",
    gives: 'a:\n  - 1\n  - "on"\n',
  },
};

const toNiceYaml: LabFunction = {
  name: "to_nice_yaml",
  topic: "encodings and hashes",
  summary: "The value as YAML, set in by 4 columns, keys in the order of the alphabet.",
  params: [value, width],
  returns: "string",
  run: ([what, indent]) => yamlText(plain(sorted(given(what))), indentOf(indent, 4)),
  example: {
    vars: { m: { b: { c: 1 }, a: 2 } },
    template: "{{ to_nice_yaml m }}",
    cel: "to_nice_yaml(m)",
    gives: "a: 2\nb:\n    c: 1\n",
  },
};

const fromYaml: LabFunction = {
  name: "from_yaml",
  topic: "encodings and hashes",
  summary: "The value that a text in YAML 1.2 spells.",
  params: [text],
  returns: "any",
  run: ([source]) => fromYamlText(textOf(source)),
  example: { vars: { x: "a: [1, on]" }, template: "{{ from_yaml x }}", cel: "from_yaml(x)", gives: { a: [1, "on"] } },
};

const b64encode: LabFunction = {
  name: "b64encode",
  topic: "encodings and hashes",
  summary: "The text's UTF-8 bytes in base64.",
  params: [text],
  returns: "string",
  run: ([source]) => Buffer.from(textOf(source), "utf8").toString("base64"),
  example: { template: '{{ b64encode "über" }}', cel: 'b64encode("über")', gives: "w7xiZXI=" },
};

const b64decode: LabFunction = {
  name: "b64decode",
  topic: "encodings and hashes",
  summary: "The UTF-8 text that is spelled in base64.",
  params: [text],
  returns: "string",
  run: ([source]) => decoded(textOf(source)),
  example: { template: '{{ b64decode "w7xiZXI=" }}', cel: 'b64decode("w7xiZXI=")', gives: "über" },
};

export const codecFunctions: readonly LabFunction[] = [
  toJson,
  toNiceJson,
  fromJson,
  toYaml,
  toNiceYaml,
  fromYaml,
  b64encode,
  b64decode,
];

function indentOf(indent: Value | undefined, otherwise: number): number {
  return wholeWithin(numberOr(indent, otherwise), "indent", otherwise === 0 ? 0 : 1, 10);
}

function sorted(what: Value): Value {
  if (isList(what)) return what.map(sorted);
  if (!isMap(what)) return what;
  const entries = Object.entries(what).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(entries.map(([key, each]) => [key, sorted(each)]));
}

type Plain = Parameters<typeof yamlText>[0];

/** Secrets and what is not known were dealt with before the function was called. */
function plain(what: Value): Plain {
  if (what instanceof Secret || what instanceof Unknown) throw new FunctionFailure("this has no form in YAML");
  if (isList(what)) return what.map(plain);
  if (isMap(what)) return Object.fromEntries(Object.entries(what).map(([key, each]) => [key, plain(each)]));
  return what;
}

function fromYamlText(source: string): Value {
  const read = parseYamlText(source);
  if (!read.ok) {
    const line = read.line === null ? "" : ` (line ${read.line})`;
    throw new FunctionFailure(`the text is no YAML: ${read.message}${line}`);
  }
  requireSafe(read.value, "YAML");
  return read.value;
}

function parsed(source: string): Value {
  let read: Value;
  try {
    read = JSON.parse(source);
  } catch (error) {
    throw new FunctionFailure(`the text is no JSON: ${error instanceof Error ? error.message : "it cannot be read"}`);
  }
  requireSafe(read, "JSON");
  return read;
}

/** Parsers round large integers silently; a disk's serial number must not change on its way. */
function requireSafe(read: Value, what: "JSON" | "YAML"): void {
  if (typeof read === "number" && Number.isInteger(read) && !Number.isSafeInteger(read)) {
    throw new FunctionFailure(`the ${what} holds the integer ${read}, too large to be exact`, "write it as a text");
  }
  if (isList(read)) for (const item of read) requireSafe(item, what);
  else if (isMap(read)) for (const each of Object.values(read)) requireSafe(each, what);
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
