import { entryOf, type MapEntry, type Node } from "../value/node.ts";
import type { Variable } from "../vars/layer.ts";
import { expectList, expectText, type Report } from "./expect.ts";
import { ansibleHint, keywords } from "./keywords.ts";
import type { LoadContext } from "./load-context.ts";
import { readEnvironment, readTags } from "./load-keywords.ts";
import { readBooleanValue, readConditions, readTextValue } from "./read-value.ts";
import { readVars } from "./read-vars.ts";
import type { RoleUse } from "./site.ts";

/** The roles of a play, or the dependencies of a role. Each is wanted from now on. */
export function loadRoleUses(
  node: Node,
  what: string,
  playbookFolder: string,
  context: LoadContext,
): readonly RoleUse[] {
  if (node.kind === "scalar" && node.value === null) return [];
  const list = expectList(node, what, context.report);
  return (list?.items ?? []).flatMap((item) => {
    const use = loadRoleUse(item, context.report);
    if (use) context.wantedRoles.push({ name: use.role, place: use.place, playbookFolder });
    return use ?? [];
  });
}

function loadRoleUse(node: Node, report: Report): RoleUse | undefined {
  if (node.kind !== "map") {
    const role = expectText(node, "role", report);
    return role === undefined ? undefined : { role, place: node.place, when: [], tags: [], vars: parameters(role, []) };
  }
  const roleNode = entryOf(node, "role")?.value;
  if (roleNode === undefined) {
    const name = entryOf(node, "name");
    const hint = name ? "write `role` instead of `name`" : "write `- role: NAME`, its parameters below it";
    report({
      code: "missing-keyword",
      message: "the use of a role needs `role`",
      place: name?.keyPlace ?? node.place,
      hint,
    });
    return undefined;
  }
  const role = expectText(roleNode, "role", report);
  if (role === undefined) return undefined;
  const given: MapEntry[] = [];
  const use: { -readonly [Key in keyof RoleUse]: RoleUse[Key] } = {
    role,
    place: roleNode.place,
    when: [],
    tags: [],
    vars: parameters(role, []),
  };
  let vars: Node | null = null;
  for (const entry of node.entries) {
    const { key, value } = entry;
    if (key === "role") continue;
    if (key === "when") use.when = readConditions(value, key, report);
    else if (key === "tags") use.tags = readTags(value, report);
    else if (key === "vars") vars = value;
    else if (key === "become" || key === "become_user") {
      const source = key === "become" ? readBooleanValue(value, key, report) : readTextValue(value, key, report);
      if (source) use[key === "become" ? "become" : "becomeUser"] = source;
    } else if (key === "environment") {
      const source = readEnvironment(value, report);
      if (source) use.environment = source;
    } else if (key === "delegate_to") {
      const source = readTextValue(value, key, report);
      if (source) use.delegateTo = source;
    } else if (keywords.task.has(key) || ansibleHint(key) !== undefined) {
      // As a parameter it would do nothing, and the author has certainly meant the keyword.
      const hint = ansibleHint(key) ?? "for a parameter of this name write it below `vars`";
      report({
        code: "unknown-keyword",
        message: `the use of a role has no keyword \`${key}\``,
        place: entry.keyPlace,
        hint,
      });
    } else given.push(entry);
  }
  const at = { level: 5, origin: `parameters of role ${role}` } as const;
  // Both spellings of parameters; one that is given in both is taken from the shorter.
  const ofVars = readVars(vars, at, report);
  const ofKeys = readVars({ kind: "map", entries: given, place: node.place }, at, report);
  use.vars = parameters(role, [...ofVars.variables, ...ofKeys.variables]);
  return use;
}

function parameters(role: string, variables: readonly (readonly [string, Variable])[]): RoleUse["vars"] {
  return { level: 5, origin: `parameters of role ${role}`, variables: new Map(variables) };
}
