import { textOf } from "./arguments.ts";
import type { LabFunction } from "./function.ts";

/** A function that makes a text of a text and takes nothing else; the last two: what its example is given, and what it gives. */
export function textToText(
  name: string,
  summary: string,
  change: (text: string) => string,
  [input, gives]: readonly [string, string],
): LabFunction {
  return {
    name,
    topic: "texts",
    summary,
    params: [{ name: "text", type: "string" }],
    returns: "string",
    run: ([value]) => change(textOf(value)),
    example: { vars: { x: input }, template: `{{ ${name} x }}`, cel: `${name}(x)`, gives },
  };
}
