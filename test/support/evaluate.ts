import type { Diagnostic, Place } from "../../engine/errors/diagnostic.ts";
import { readYaml } from "../../engine/site/read-yaml.ts";
import { EvaluationError } from "../../engine/value/evaluation-error.ts";
import { type Expression, type Parsed, UnknownRead } from "../../engine/value/expression.ts";
import type { Node } from "../../engine/value/node.ts";
import type { Outside, Scope } from "../../engine/value/scope.ts";
import { Secret } from "../../engine/value/secret.ts";
import type { Value, ValueMap } from "../../engine/value/value.ts";

/** Variables without levels. */
export function scopeWith(variables: ValueMap, outside?: Outside): Scope {
  return {
    ...(outside && { outside }),
    get: (name) => (Object.hasOwn(variables, name) ? variables[name] : undefined),
    has: (name) => Object.hasOwn(variables, name),
    names: () => Object.keys(variables),
  };
}

/** A text on the first line of a file. */
export const inFile = {
  place: { file: "site.yml", line: 1, column: 1 },
  placeAt: (offset: number, length = 1): Place => ({ file: "site.yml", line: 1, column: offset + 1, length }),
};

/** What was wrong, as a reader of the error sees it: the code, the marked text, the words. */
export interface Complaint {
  readonly code: string;
  readonly marked: string;
  readonly says: string;
}

/** The value, the complaint, or `unknown: WHY`; a secret as `secret(TEXT)` so that the two cannot be confused. */
export function outcomeOf(text: string, parsed: Parsed<Expression>, scope: Scope): unknown {
  if (!parsed.ok) return complaintOf(text, parsed.diagnostics[0]);
  try {
    return shown(parsed.value.evaluate(scope));
  } catch (error) {
    if (error instanceof EvaluationError) return complaintOf(text, error.diagnostic);
    if (error instanceof UnknownRead) return `unknown: ${error.why}`;
    throw error;
  }
}

function complaintOf(text: string, diagnostic: Diagnostic | undefined): Complaint {
  const { code = "none", message = "", hint, place } = diagnostic ?? {};
  const start = (place?.column ?? 1) - 1;
  const marked = text.slice(start, start + (place?.length ?? 1));
  return { code, marked, says: hint === undefined ? message : `${message} | ${hint}` };
}

function shown(value: Value): unknown {
  if (value instanceof Secret) return `secret(${value.reveal()})`;
  if (Array.isArray(value)) return value.map(shown);
  return value;
}

/** A YAML text as the nodes that the site is read into. */
export function nodeOf(yaml: string, file = "vars.yml"): Node {
  const { node, diagnostics } = readYaml(file, yaml);
  if (node === null) throw new Error(diagnostics.map(({ message }) => message).join("\n") || "no YAML");
  return node;
}
