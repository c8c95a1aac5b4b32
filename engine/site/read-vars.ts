import type { MapNode, Node } from "../value/node.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { describe, isVariableName, type Report } from "./expect.ts";
import { readValue } from "./read-value.ts";

/** Names that the engine gives; a variable of the same name would never be seen, or hide what everything relies on. */
export const magicNames: ReadonlySet<string> = new Set([
  "inventory_hostname",
  "groups",
  "group_names",
  "hostvars",
  "play_hosts",
  "playbook_dir",
  "role_name",
  "role_path",
  "check_mode",
  "run_id",
  "omit",
  "facts",
  "vars",
]);

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
  return { ...at, variables: readVariables(node, report) };
}

function readVariables(map: MapNode, report: Report): ReadonlyMap<string, Variable> {
  const variables = new Map<string, Variable>();
  for (const { key, keyPlace, value } of map.entries) {
    if (!checkVariableName(key, keyPlace, report)) continue;
    const source = readValue(value, report);
    if (source) variables.set(key, { place: keyPlace, content: { kind: "source", source } });
  }
  return variables;
}

export function checkVariableName(name: string, place: Variable["place"], report: Report): boolean {
  if (!isVariableName(name)) {
    const better = name.replaceAll(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
    const hint = `letters, digits and _, no digit first: \`${better}\``;
    report({ code: "bad-name", message: `\`${name}\` cannot be the name of a variable`, place, hint });
    return false;
  }
  if (magicNames.has(name)) {
    report({ code: "reserved-name", message: `\`${name}\` is set by the engine`, place, hint: "choose another name" });
    return false;
  }
  return true;
}
