import type { Place } from "../errors/diagnostic.ts";
import type { InventoryGroup } from "./inventory.ts";
import { hostsBelow } from "./order-groups.ts";
import type { RawInventory } from "./raw-inventory.ts";

/** Every group with all hosts at or below it; `all` first, and `ungrouped` where a host is in no other group. */
export function flattenGroups(raw: RawInventory): ReadonlyMap<string, InventoryGroup> {
  const nowhere: Place = { file: "(inventory)", line: 1, column: 1 };
  const top = [...raw.groups.keys()].filter((name) => name !== "all");
  const named = top.filter((name) => name !== "ungrouped");
  const inSome = hostsBelow(named, raw);
  const children = new Set(
    [...raw.groups.values()].filter(({ name }) => name !== "all").flatMap((group) => [...group.children.keys()]),
  );
  // Groups that no other group holds are children of `all`, said or not.
  const roots = top.filter((name) => !children.has(name));
  const own = raw.groups.get("all")?.hosts ?? [];
  const loose = [...raw.hosts.keys()].filter((host) => !inSome.has(host));
  const all = [...new Set([...own, ...loose, ...hostsBelow(roots, raw)])];
  const groups = new Map<string, InventoryGroup>();
  groups.set("all", { name: "all", place: raw.groups.get("all")?.place ?? nowhere, hosts: all, children: roots });
  for (const name of top) {
    const group = raw.groups.get(name);
    groups.set(name, {
      name,
      place: group?.place ?? nowhere,
      hosts: [...hostsBelow([name], raw)],
      children: [...(group?.children.keys() ?? [])],
    });
  }
  if (loose.length > 0)
    groups.set("ungrouped", {
      name: "ungrouped",
      place: raw.groups.get("ungrouped")?.place ?? nowhere,
      hosts: all.filter((host) => !inSome.has(host)),
      children: [],
    });
  return groups;
}
