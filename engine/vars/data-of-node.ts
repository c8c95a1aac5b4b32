import type { Node } from "../value/node.ts";
import type { Value } from "../value/value.ts";

/** A YAML tree as plain data: nothing in it is a template, and tags mean nothing. */
export function dataOfNode(node: Node): Value {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(dataOfNode);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, dataOfNode(value)]));
}
