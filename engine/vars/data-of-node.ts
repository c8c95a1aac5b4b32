import type { Node } from "../value/node.ts";
import { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";

/** A YAML tree as plain data: nothing in it is a template, and tags mean nothing. Texts of an encrypted file are secrets. */
export function dataOfNode(node: Node): Value {
  if (node.kind === "scalar") {
    return node.secret === true && typeof node.value === "string" ? new Secret(node.value) : node.value;
  }
  if (node.kind === "list") return node.items.map(dataOfNode);
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, dataOfNode(value)]));
}
