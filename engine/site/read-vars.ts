import type { Place } from "../errors/diagnostic.ts";
import type { MapNode, Node } from "../value/node.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { variableNameProblem } from "../vars/variable-names.ts";
import { describe, type Report } from "./expect.ts";
import { brokenValue, readVariable } from "./read-value.ts";

/** A map of variables as one layer. Nothing (an empty file, `vars:`) is a layer without variables. */
export function readVars(
  node: Node | null,
  at: { readonly level: VarsLayer["level"]; readonly origin: string },
  report: Report,
): VarsLayer {
  const variables = new Map<string, Variable>();
  if (node === null || (node.kind === "scalar" && node.value === null)) return { ...at, variables };
  if (node.kind !== "map") {
    const hint = "write `name: value`, one a line";
    report({
      code: "wrong-type",
      message: `${at.origin} must be a map, not ${describe(node)}`,
      place: node.place,
      hint,
    });
    return { ...at, variables };
  }
  return { ...at, variables: readVariables(node, report), ...(node.closed && { closed: true as const }) };
}

function readVariables(map: MapNode, report: Report): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { key, keyPlace, value } of map.entries) {
    if (!checkVariableName(key, keyPlace, report)) continue;
    const source = readVariable(value, report) ?? brokenValue(value.place);
    variables.set(key, { place: keyPlace, content: { kind: "source", source } });
  }
  return variables;
}

/** Reports a name that no variable can bear. */
export function checkVariableName(name: string, place: Place, report: Report): boolean {
  const problem = variableNameProblem(name, place);
  if (problem) report(problem);
  return problem === undefined;
}
