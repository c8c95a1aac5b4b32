import { compileExpression } from "../condition/compile-condition.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { compileTemplate } from "../template/compile-template.ts";
import { nearest } from "../text/nearest.ts";
import {
  type Expression,
  type Parsed,
  type SourceEntry,
  UnknownRead,
  type ValueSource,
  type VariableUse,
} from "../value/expression.ts";
import type { Node, ScalarNode } from "../value/node.ts";
import type { Scope } from "../value/scope.ts";
import { Secret } from "../value/secret.ts";
import { evaluateAll } from "../value/tolerance.ts";
import type { Value } from "../value/value.ts";
import { hiddenExpression, sealedExpression } from "./sealed-expression.ts";

const tags = ["!raw", "!expr", "!secret", "!merge", "!append"] as const;

/** A YAML tree of the site with its templates and expressions parsed, once, when the site is loaded. */
export function compileValue(node: Node): Parsed<ValueSource> {
  const diagnostics: Diagnostic[] = [];
  const value = compile(node, diagnostics, undefined);
  return diagnostics.length > 0 ? { ok: false, diagnostics } : { ok: true, value };
}

/** The same for the value of a variable, where `!merge` and `!append` may stand. */
export function compileVariable(node: Node): Parsed<ValueSource> {
  if (node.tag !== "!merge" && node.tag !== "!append") return compileValue(node);
  const { tag, ...untagged } = node;
  const combine = tag === "!merge" ? "merge" : "append";
  const kind = tag === "!merge" ? "map" : "list";
  if (node.kind === (kind === "map" ? "list" : "map")) {
    const message = `${tag} stands before a ${kind}, and this is a ${node.kind}`;
    const hint = kind === "map" ? "lists are joined by !append" : "maps are joined by !merge";
    return { ok: false, diagnostics: [{ code: "wrong-tag", message, place: node.place, hint }] };
  }
  const compiled = compileValue(untagged);
  if (!compiled.ok) return compiled;
  const { value } = compiled;
  if (value.kind === "literal") {
    const message = `${tag} stands before a ${kind}, or an expression that gives one`;
    return { ok: false, diagnostics: [{ code: "wrong-tag", message, place: node.place }] };
  }
  return { ok: true, value: { ...value, combine } };
}

/**
 * Stands for a value that was wrong and has been reported: nothing is known of it, so that later checks do not tell its
 * absence as a second fault. It is never evaluated in a run, since such a site is not run.
 */
export function brokenValue(place: ValueSource["place"]): ValueSource {
  const evaluate = () => {
    throw new UnknownRead("it is wrong in the site");
  };
  return { kind: "expression", expression: { source: "", place, uses: [], evaluate }, place };
}

/** The value with its expressions evaluated. Throws EvaluationError, and UnknownRead where an Unknown is read. */
export function evaluateValue(source: ValueSource, scope: Scope): Value {
  if (source.kind === "literal") return source.value;
  if (source.kind === "expression") return source.expression.evaluate(scope);
  const constant = constants.get(source);
  if (constant !== undefined) return constant;
  const value =
    source.kind === "list"
      ? evaluateAll(source.items, (item) => evaluateValue(item, scope))
      : Object.fromEntries(evaluateAll(source.entries, (entry) => [entry.key, evaluateValue(entry.value, scope)]));
  if (isConstant(source)) constants.set(source, value);
  return value;
}

/** Lists and maps that hold no expression: made once, and shared by every host and task that reads them. */
const constants = new WeakMap<ValueSource, Value>();

function isConstant(source: ValueSource): boolean {
  return source.kind !== "expression" && childrenOf(source).every(isConstant);
}

/** Every reading of a variable in the value, in source order. */
export function usesOf(source: ValueSource): readonly VariableUse[] {
  if (source.kind === "literal") return [];
  if (source.kind === "expression") return source.expression.uses;
  // Each round of a loop asks again.
  const found = uses.get(source) ?? childrenOf(source).flatMap(usesOf);
  uses.set(source, found);
  return found;
}

const uses = new WeakMap<ValueSource, readonly VariableUse[]>();

function childrenOf(source: ValueSource): readonly ValueSource[] {
  if (source.kind === "list") return source.items;
  return source.kind === "map" ? source.entries.map(({ value }) => value) : [];
}

/** A text may hold Jinja's `{% if %}` without any `{{`: the template compiler knows it and says what to write. */
const mayBeTemplate = /\{\{|\{%[-+]?\s*\w/;

function compile(node: Node, diagnostics: Diagnostic[], raw: "raw" | undefined): ValueSource {
  const { place } = node;
  if (node.broken) return brokenValue(place);
  const inner = tagOf(node, diagnostics) ?? raw;
  if (node.kind === "scalar") return compileScalar(node, diagnostics, inner);
  if (inner === "expr") {
    diagnostics.push({
      code: "wrong-tag",
      message: `!expr stands before an expression, and this is a ${node.kind}`,
      place,
    });
  }
  const below = inner === "raw" ? "raw" : undefined;
  if (node.kind === "list")
    return { kind: "list", items: node.items.map((item) => compile(item, diagnostics, below)), place };
  const entries: readonly SourceEntry[] = node.entries.map(({ key, keyPlace, value }) => {
    if (below === undefined && key.includes("{{")) diagnostics.push(templatedKey(key, keyPlace));
    return { key, keyPlace, value: compile(value, diagnostics, below) };
  });
  return { kind: "map", entries, place };
}

function compileScalar(
  node: ScalarNode,
  diagnostics: Diagnostic[],
  tag: "raw" | "expr" | "secret" | undefined,
): ValueSource {
  if (tag === "secret") return { kind: "expression", expression: sealedExpression(node), place: node.place };
  const source = compileOpenScalar(node, diagnostics, tag);
  if (node.secret !== true) return source;
  // It stands in an encrypted file.
  if (source.kind === "expression") return { ...source, expression: hiddenExpression(source.expression) };
  if (source.kind !== "literal" || typeof source.value !== "string") return source;
  return { kind: "literal", value: new Secret(source.value), place: source.place };
}

function compileOpenScalar(node: ScalarNode, diagnostics: Diagnostic[], tag: "raw" | "expr" | undefined): ValueSource {
  const { value, place } = node;
  if (tag === "expr") {
    const source = value === null ? "" : String(value);
    return expression(compileExpression(source, node), place, diagnostics);
  }
  if (typeof value !== "string") return { kind: "literal", value, place };
  if (tag === "raw" || !mayBeTemplate.test(value)) {
    return { kind: "literal", value, place, placeAt: (offset, length) => node.placeAt(offset, length) };
  }
  return expression(compileTemplate(value, node), place, diagnostics);
}

function expression(parsed: Parsed<Expression>, place: ValueSource["place"], diagnostics: Diagnostic[]): ValueSource {
  if (parsed.ok) return { kind: "expression", expression: parsed.value, place };
  diagnostics.push(...parsed.diagnostics);
  return { kind: "literal", value: null, place };
}

/** What the node's own tag says; a tag that cannot stand here is reported. */
function tagOf(node: Node, diagnostics: Diagnostic[]): "raw" | "expr" | "secret" | undefined {
  const { tag, place } = node;
  if (tag === undefined) return undefined;
  if (tag === "!secret" && node.kind === "scalar") return "secret";
  if (tag === "!raw" || tag === "!expr") return tag === "!raw" ? "raw" : "expr";
  diagnostics.push({ place, ...tagProblem(tag) });
  return undefined;
}

function tagProblem(tag: string): { readonly code: string; readonly message: string; readonly hint: string } {
  if (tag === "!secret") {
    const hint = "encrypt each of its values, or the whole file: lab secret encrypt FILE";
    return { code: "wrong-tag", message: "!secret stands before one encrypted text", hint };
  }
  if (tag === "!merge" || tag === "!append") {
    const hint = "it stands before the whole value of a variable";
    return { code: "wrong-tag", message: `${tag} has no meaning here`, hint };
  }
  const near = nearest(tag, tags);
  const hint = near === undefined ? `there are ${tags.join(", ")}` : `did you mean "${near}"?`;
  return { code: "unknown-tag", message: `there is no tag "${tag}"`, hint };
}

function templatedKey(key: string, place: ValueSource["place"]): Diagnostic {
  const message = `the key "${key}" holds a template, and keys are never rendered`;
  return { code: "templated-key", message, place, hint: "build the map with !expr: {name: value}" };
}
