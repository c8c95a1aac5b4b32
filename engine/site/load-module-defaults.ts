import type { Node } from "../value/node.ts";
import { ansibleModule } from "./ansible-modules.ts";
import { describe, type Report } from "./expect.ts";
import { hasTemplate, readValue } from "./read-value.ts";
import type { ModuleDefaults } from "./site.ts";

/** `module_defaults`: by module, the parameters that its tasks have unless they say otherwise. */
export function loadModuleDefaults(node: Node, report: Report): ModuleDefaults {
  if (node.kind === "scalar" && node.value === null) return [];
  if (node.kind !== "map") {
    report({
      code: "wrong-type",
      message: `\`module_defaults\` must be a map of modules, not ${hasTemplate(node) ? "a template" : describe(node)}`,
      place: node.place,
      hint: 'write the modules out, their parameters below them; the values may be templates: `copy: { mode: "0644" }`',
    });
    return [];
  }
  return node.entries.flatMap(({ key, keyPlace, value }): ModuleDefaults => {
    const complain = (message: string, hint: string): ModuleDefaults => {
      report({ code: "wrong-module-defaults", message, place: keyPlace, hint });
      return [];
    };
    if (key.startsWith("group/")) {
      return complain(`\`module_defaults\` knows no groups of modules, such as \`${key}\``, "name each module");
    }
    const short = /^[a-z0-9_]+\.[a-z0-9_]+\.([a-z0-9_]+)$/.exec(key)?.[1];
    if (short !== undefined) {
      return complain(
        `there is no module \`${key}\``,
        ansibleModule(short) ?? `modules have short names: \`${short}\``,
      );
    }
    if (value.kind === "scalar" && value.value === null) return [];
    if (value.kind !== "map") {
      report({
        code: "wrong-type",
        message: `the defaults of \`${key}\` must be a map of parameters, not ${hasTemplate(value) ? "a template" : describe(value)}`,
        place: value.place,
        hint: "write `PARAMETER: value`, one a line; the values may be templates",
      });
      return [];
    }
    const params = readValue(value, report);
    return params === undefined ? [] : [{ module: key, place: keyPlace, params }];
  });
}
