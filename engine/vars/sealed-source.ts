import type { SourceEntry, ValueSource } from "../value/expression.ts";
import type { Node } from "../value/node.ts";
import { dataOfNode } from "./data-of-node.ts";
import { sealedExpression } from "./sealed-expression.ts";

/** Data with encrypted values in it, which are opened when somebody reads them. Undefined where there are none. */
export function sealedSource(node: Node): ValueSource | undefined {
  return holdsSealed(node) ? source(node) : undefined;
}

function holdsSealed(node: Node): boolean {
  if (node.kind === "scalar") return node.tag === "!secret";
  return (node.kind === "list" ? node.items : node.entries.map(({ value }) => value)).some(holdsSealed);
}

function source(node: Node): ValueSource {
  const { place } = node;
  if (node.kind === "list") return { kind: "list", items: node.items.map(source), place };
  if (node.kind === "map") {
    const entries = node.entries.map(
      ({ key, keyPlace, value }): SourceEntry => ({ key, keyPlace, value: source(value) }),
    );
    return { kind: "map", entries, place };
  }
  if (node.tag === "!secret") return { kind: "expression", expression: sealedExpression(node), place };
  return { kind: "literal", value: dataOfNode(node), place };
}
