import { registry } from "../functions/registry.ts";
import { builtins } from "./builtins.ts";
import type { ASTNode } from "./parse-cel.ts";

/** The type that an expression has whatever the variables hold; undefined where it hangs on them. */
export function staticType(node: ASTNode): string | undefined {
  switch (node.op) {
    case "value":
      return typeof node.args === "boolean"
        ? "boolean"
        : typeof node.args === "string"
          ? "string"
          : node.args === null
            ? "null"
            : "number";
    case "list":
      return "list";
    case "map":
      return "map";
    case "-":
    case "*":
    case "/":
    case "%":
    case "-_":
      return "number";
    case "+":
      return "number, a text or a list";
    case "call":
      return functionType(node.args[0]);
    case "rcall":
      return functionType(node.args[0]);
    default:
      return undefined;
  }
}

function functionType(name: string): string | undefined {
  if (name === "map" || name === "filter") return "list";
  const returns = (registry.get(name) ?? builtins.get(name))?.returns;
  return returns === "any" ? undefined : returns;
}
