import { compileCondition } from "../condition/compile-condition.ts";
import type { Expression, Parsed, ValueSource } from "../value/expression.ts";
import type { Node, ScalarNode } from "../value/node.ts";
import { compileValue, compileVariable } from "../vars/compile-value.ts";
import { isText, type Report, wrongType, yaml11Boolean } from "./expect.ts";

export { brokenValue } from "../vars/compile-value.ts";

/** Takes the value of something parsed and reports the rest. */
function take<T>(parsed: Parsed<T>, report: Report): T | undefined {
  for (const diagnostic of parsed.ok ? (parsed.warnings ?? []) : parsed.diagnostics) report(diagnostic);
  return parsed.ok ? parsed.value : undefined;
}

/**
 * What a node was compiled to. Playbooks that share roles and inventory share their nodes, see `readSiteYaml`; what is made
 * of a node hangs on nothing else.
 */
function onceForNode<N extends Node, T>(make: (node: N) => Parsed<T>): (node: N) => Parsed<T> {
  const made = new WeakMap<N, Parsed<T>>();
  return (node) => {
    const parsed = made.get(node) ?? make(node);
    made.set(node, parsed);
    return parsed;
  };
}
const compiledValue = onceForNode(compileValue);
const compiledVariable = onceForNode(compileVariable);
const compiledCondition = onceForNode((node: ScalarNode) => compileCondition(String(node.value), node));

/** Any value, its templates parsed. */
export function readValue(node: Node, report: Report): ValueSource | undefined {
  return take(compiledValue(node), report);
}

/** The value of a variable, where `!merge` and `!append` may stand. */
export function readVariable(node: Node, report: Report): ValueSource | undefined {
  return take(compiledVariable(node), report);
}

/** A boolean, or a template that makes one. */
export function readBooleanValue(node: Node, what: string, report: Report): ValueSource | undefined {
  if (node.kind === "scalar" && typeof node.value === "boolean") return readValue(node, report);
  if (hasTemplate(node)) return readValue(node, report);
  const value = yaml11Boolean(node, what, report);
  if (value !== undefined) return { kind: "literal", value, place: node.place };
  return wrongType(node, what, "true, false or a template", report);
}

/** A text, or a template that makes one. */
export function readTextValue(node: Node, what: string, report: Report): ValueSource | undefined {
  return isText(node) ? readValue(node, report) : wrongType(node, what, "a text", report);
}

/** Whether a scalar is a template or an expression. */
export function hasTemplate(node: Node): boolean {
  return isText(node) && node.tag !== "!raw" && (node.tag === "!expr" || node.value.includes("{{"));
}

/** CEL conditions that must all hold: a text, a list of texts, or a boolean. */
export function readConditions(node: Node, what: string, report: Report): readonly Expression[] {
  const items = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind !== "scalar" || (typeof item.value !== "string" && typeof item.value !== "boolean")) {
      wrongType(item, what, "a condition: a text, true or false, or a list of them", report);
      return [];
    }
    return take(compiledCondition(item), report) ?? [];
  });
}
