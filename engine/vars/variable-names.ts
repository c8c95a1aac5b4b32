import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { registry } from "../functions/registry.ts";

/** Variables that the engine sets; no level can set them. */
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
]);

/** Variables whose values are secrets, however they are set. */
export const secretNames: ReadonlySet<string> = new Set(["lab_password", "lab_passphrase", "lab_become_password"]);

/** Names that mean something else in templates or conditions wherever they stand. */
const taken: ReadonlySet<string> = new Set(["vars", "this", "cel", "true", "false", "null", "undefined", "in"]);

/** What is wrong with a variable's name; undefined if nothing is. */
export function variableNameProblem(name: string, place: Place): Diagnostic | undefined {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    const better = name.replace(/[^A-Za-z0-9_]/g, "_").replace(/^(?=\d)/, "_");
    const message = `"${name}" cannot name a variable: letters, digits and _ alone, no digit first`;
    return { code: "invalid-variable-name", message, place, ...(better === "" ? {} : { hint: `name it ${better}` }) };
  }
  if (magicNames.has(name)) {
    const message = `"${name}" is set by the engine and cannot be set`;
    return { code: "magic-variable", message, place, hint: "choose another name" };
  }
  // With a name that functions share, arguments tell the function from the variable.
  if (registry.has(name) && registry.get(name)?.sharesName !== true) {
    const message = `"${name}" is a function, and a variable of that name could not be read`;
    return { code: "function-name", message, place, hint: `choose another name, such as ${name}_value` };
  }
  if (!taken.has(name)) return undefined;
  return {
    code: "reserved-name",
    message: `"${name}" has a meaning of its own in expressions`,
    place,
    hint: "choose another name",
  };
}
