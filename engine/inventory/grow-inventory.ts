import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Variable, VarsLayer } from "../vars/layer.ts";
import { variableNameProblem } from "../vars/variable-names.ts";
import { checkConnectionVars } from "./connection-vars.ts";
import type { Inventory, InventoryGroup, InventoryHost } from "./inventory.ts";

/** What a run adds to its inventory: a host, or more groups and variables of one that is there (`add_host`, `group_by`). */
export interface Growth {
  readonly host: string;
  readonly place: Place;
  readonly groups: readonly string[];
  /** Groups that hold these groups. */
  readonly parents: readonly string[];
  readonly variables: ReadonlyMap<string, Variable>;
}

/** What is wrong with it, as far as names and connection variables tell. */
export function growthProblems(growth: Growth, inventory: Inventory): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  const { host, place } = growth;
  const complain = (code: string, message: string, hint: string, related: Diagnostic["related"] = []): void => {
    found.push({ code, message, place, hint, ...(related.length > 0 && { related }) });
  };
  if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(host)) {
    const port = /^([A-Za-z0-9_][A-Za-z0-9_.-]*):(\d+)$/.exec(host);
    const better = "give it a name of letters, digits, _, - and ., and its address as `lab_host`";
    const hint = port ? `write \`name: ${port[1]}\` and \`lab_port: ${port[2]}\`` : better;
    complain("bad-name", `\`${host}\` cannot be the name of a host`, hint);
  }
  if (inventory.groups.has(host) || host === "all" || host === "ungrouped") {
    complain("ambiguous-name", `\`${host}\` is a group: a pattern could mean either`, "give the host another name");
  }
  for (const group of [...growth.groups, ...growth.parents]) {
    if (!/^[A-Za-z_][A-Za-z0-9_-]*$/.test(group)) {
      complain("bad-name", `\`${group}\` cannot be the name of a group`, "letters, digits, _ and -, no digit first");
    } else if (inventory.hosts.has(group) || group === host) {
      complain("ambiguous-name", `\`${group}\` is a host: a pattern could mean either`, "give the group another name");
    } else if (group === "ungrouped") {
      complain("bad-name", "`ungrouped` is for the hosts that are in no group", "leave it out");
    }
  }
  for (const group of growth.groups) {
    const ring = growth.parents.find((parent) => parent === group || below(group, inventory).has(parent));
    if (ring !== undefined) {
      complain("group-cycle", `\`${ring}\` is below \`${group}\` and cannot hold it`, "take one of the parents out");
    }
  }
  for (const [name, variable] of growth.variables) {
    const problem = variableNameProblem(name, variable.place);
    if (problem) found.push(problem);
  }
  checkConnectionVars(growth.variables, (diagnostic) => found.push(diagnostic));
  return found;
}

/** The inventory with the addition. What was there stays as it is; a group that is new has the variables that group_vars/ has for it. */
export function growInventory(inventory: Inventory, growth: Growth): Inventory {
  const known = inventory.hosts.get(growth.host);
  const host: InventoryHost = known ?? { name: growth.host, place: growth.place, groups: [], layers: [] };
  const hosts = new Map(inventory.hosts);
  hosts.set(host.name, host);
  const groups = withGroups(inventory, growth);
  const order = [...hosts.keys()];
  const joined = new Set(growth.groups.filter((name) => name !== "all"));
  for (const [name, group] of groups) {
    const holds = name === "all" || joined.has(name) || [...below(name, { groups })].some((inner) => joined.has(inner));
    if (!holds || group.hosts.includes(host.name)) continue;
    groups.set(name, { ...group, hosts: [...group.hosts, host.name] });
  }
  settleUngrouped(groups, order, growth.place);
  const depths = depthsOf(groups);
  const names = [...groups.values()]
    .filter(({ name, hosts: members }) => name !== "all" && members.includes(host.name))
    .map(({ name }) => name)
    .sort((one, other) => (depths.get(one) ?? 1) - (depths.get(other) ?? 1) || (one < other ? -1 : 1));
  const own: readonly VarsLayer[] = known
    ? known.layers.filter(({ level }) => level === 3)
    : (inventory.varsOf?.("host", host.name) ?? []);
  const added: VarsLayer = { level: 3, origin: `add_host of ${host.name}`, variables: growth.variables };
  // A host that is added anew says more of itself than before; host_vars/ says the last word.
  const layers = [
    ...["all", ...names].flatMap((name) => inventory.varsOf?.("group", name) ?? []),
    ...(known ? own : []),
    ...(growth.variables.size > 0 ? [added] : []),
    ...(known ? [] : own),
  ];
  hosts.set(host.name, { ...host, groups: names, layers });
  return { ...inventory, hosts, groups };
}

function withGroups(inventory: Inventory, { groups: names, parents, place }: Growth): Map<string, InventoryGroup> {
  const groups = new Map(inventory.groups);
  const ensure = (name: string): InventoryGroup => {
    const group = groups.get(name) ?? { name, place, hosts: [], children: [] };
    groups.set(name, group);
    return group;
  };
  ensure("all");
  for (const name of [...parents, ...names]) ensure(name);
  for (const parent of parents) {
    if (parent === "all") continue;
    const group = ensure(parent);
    groups.set(parent, { ...group, children: [...new Set([...group.children, ...names])] });
  }
  // What the group holds already is held by its new parents, too.
  for (const parent of parents) {
    const group = ensure(parent);
    const members = new Set([...group.hosts, ...names.flatMap((name) => groups.get(name)?.hosts ?? [])]);
    groups.set(parent, { ...group, hosts: [...inventory.hosts.keys()].filter((each) => members.has(each)) });
  }
  const held = new Set([...groups.values()].filter(({ name }) => name !== "all").flatMap(({ children }) => children));
  const all = ensure("all");
  const top = [...groups.keys()].filter((name) => name !== "all" && !held.has(name));
  groups.set("all", { ...all, children: top });
  return groups;
}

/** `ungrouped` is there as long as a host is in no other group. */
function settleUngrouped(groups: Map<string, InventoryGroup>, order: readonly string[], place: Place): void {
  const grouped = new Set(
    [...groups.values()].filter(({ name }) => name !== "all" && name !== "ungrouped").flatMap(({ hosts }) => hosts),
  );
  const loose = order.filter((name) => !grouped.has(name));
  const known = groups.get("ungrouped");
  if (loose.length === 0) groups.delete("ungrouped");
  else groups.set("ungrouped", { name: "ungrouped", place, children: [], ...known, hosts: loose });
}

/** The groups below one, without itself. */
function below(name: string, { groups }: Pick<Inventory, "groups">): ReadonlySet<string> {
  const found = new Set<string>();
  const walk = (at: string): void => {
    for (const child of groups.get(at)?.children ?? []) {
      if (found.has(child)) continue;
      found.add(child);
      walk(child);
    }
  };
  walk(name);
  return found;
}

/** How deep each group lies below `all`: the longest way down. */
function depthsOf(groups: ReadonlyMap<string, InventoryGroup>): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const walk = (name: string, depth: number): void => {
    if ((depths.get(name) ?? 0) >= depth || depth > groups.size + 1) return;
    depths.set(name, depth);
    for (const child of groups.get(name)?.children ?? []) walk(child, depth + 1);
  };
  for (const name of groups.keys()) if (name !== "all") walk(name, 1);
  return depths;
}
