import type { Place } from "../errors/diagnostic.ts";
import type { InventoryGroup } from "./inventory.ts";
import { hostsBelow } from "./order-groups.ts";
import type { RawInventory } from "./read-inventory-file.ts";

/** Every group with all hosts at or below it; `all` first, and `ungrouped` where a host is in no other group. */
export function flattenGroups(raw: RawInventory): ReadonlyMap<string, InventoryGroup> {
  const all = [...raw.hosts.keys()];
  const nowhere: Place = { file: "(inventory)", line: 1, column: 1 };
  const inSome = new Set(
    [...raw.groups.keys()]
      .filter((name) => name !== "all" && name !== "ungrouped")
      .flatMap((name) => [...hostsBelow(name, raw)]),
  );
  const groups = new Map<string, InventoryGroup>();
  // Groups that no other group holds are children of `all`, said or not.
  const top = [...raw.groups.keys()].filter((name) => name !== "all");
  const children = new Set(
    [...raw.groups.values()].filter(({ name }) => name !== "all").flatMap((group) => [...group.children.keys()]),
  );
  groups.set("all", {
    name: "all",
    place: raw.groups.get("all")?.place ?? nowhere,
    hosts: all,
    children: top.filter((name) => !children.has(name)),
  });
  for (const name of top) {
    const group = raw.groups.get(name);
    const below = hostsBelow(name, raw);
    groups.set(name, {
      name,
      place: group?.place ?? nowhere,
      hosts: all.filter((host) => below.has(host)),
      children: [...(group?.children.keys() ?? [])],
    });
  }
  const loose = all.filter((host) => !inSome.has(host));
  if (loose.length > 0)
    groups.set("ungrouped", {
      name: "ungrouped",
      place: raw.groups.get("ungrouped")?.place ?? nowhere,
      hosts: loose,
      children: [],
    });
  return groups;
}
