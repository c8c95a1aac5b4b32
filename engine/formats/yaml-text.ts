import { isScalar, parseAllDocuments, Scalar, stringify, visit } from "yaml";

/** What YAML can say: the same as JSON. */
export type YamlValue = null | boolean | number | string | readonly YamlValue[] | YamlMap;
export interface YamlMap {
  readonly [key: string]: YamlValue;
}
export type YamlText =
  | {
      readonly ok: true;
      readonly value: YamlValue;
      /** Plain words such as `22:22` that older readers of YAML take for a number to the base of 60. */
      readonly sexagesimal: readonly string[];
    }
  | { readonly ok: false; readonly message: string; readonly line: number | null };

/** A text in YAML that is no file of the site: what a tool on a host reads, with anchors, aliases and merge keys resolved. */
export function parseYamlText(text: string): YamlText {
  const documents = parseAllDocuments(text, {
    version: "1.2",
    schema: "core",
    merge: true,
    prettyErrors: true,
    logLevel: "silent",
  });
  const [document, second] = [...documents];
  if (document === undefined) return { ok: true, value: null, sexagesimal: [] };
  if (second !== undefined) return { ok: false, message: "holds more than one document", line: null };
  // A tag that nobody knows is a warning to the parser, and to whoever relies on it (`!reset`) a different meaning.
  const trouble = document.errors[0] ?? document.warnings[0];
  if (trouble !== undefined) {
    const [first = ""] = trouble.message.split("\n");
    return {
      ok: false,
      message: first.replace(/ at line \d+, column \d+:?$/, ""),
      line: trouble.linePos?.[0].line ?? null,
    };
  }
  const sexagesimal: string[] = [];
  visit(document, {
    Scalar(_, { type, source }) {
      if (type === Scalar.PLAIN && source !== undefined && /^\d+(:[0-5]?\d)+$/.test(source)) sexagesimal.push(source);
    },
  });
  try {
    // Aliases may make a small text unfold into a huge value: the parser gives up beyond a hundred of them.
    return { ok: true, value: plain(document.toJS({ maxAliasCount: 1000 })), sexagesimal };
  } catch (error) {
    return { ok: false, message: error instanceof Error ? error.message : String(error), line: null };
  }
}

/** A value as YAML. What could be read as anything else than a text, by any reader, is in quotes. */
export function yamlText(value: YamlValue, indent = 2): string {
  return stringify(value, (_, each) => (typeof each === "string" && ambiguous.test(each) ? quoted(each) : each), {
    version: "1.1",
    lineWidth: 0,
    indent,
    aliasDuplicateObjects: false,
  });
}

const ambiguous = /^[\d.:+-]+$/;
function quoted(text: string): Scalar<string> {
  const scalar = new Scalar(text);
  scalar.type = Scalar.QUOTE_DOUBLE;
  return scalar;
}

/** Keys are texts, and a date or a big number is what was written. */
function plain(value: unknown): YamlValue {
  if (value === null || value === undefined) return null;
  if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map(plain);
  if (isScalar(value)) return plain(value.value);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, plain(child)]));
  }
  return String(value);
}
