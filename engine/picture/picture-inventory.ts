import type { Inventory, InventoryGroup } from "../inventory/inventory.ts";
import type { LabPicture, Thing } from "./picture.ts";

/** Groups with their groups and hosts; a host stands in each group that it is in. */
export function pictureInventory({ groups, hosts }: Inventory): LabPicture {
  const group = (own: InventoryGroup, path: string): Thing => {
    const id = `${path}/${own.name}`;
    const children = own.children.flatMap((name) => groups.get(name) ?? []);
    const deeper = new Set(children.flatMap((child) => child.hosts));
    // `all` has every host: those that no group of its own has are drawn in it.
    const direct = own.hosts.filter((name) => !deeper.has(name));
    return {
      id,
      kind: "group",
      name: own.name,
      facts: [`${own.hosts.length} ${own.hosts.length === 1 ? "host" : "hosts"}`],
      origins: [{ source: "inventory", place: own.place }],
      inside: [...children.map((child) => group(child, id)), ...direct.flatMap((name) => host(name, id))],
      networks: [],
    };
  };
  const host = (name: string, path: string): Thing[] => {
    const found = hosts.get(name);
    if (!found) return [];
    const origins = [{ source: "inventory" as const, place: found.place }];
    return [{ id: `${path}/${name}`, kind: "host", name, facts: [], origins, inside: [], networks: [] }];
  };
  const below = new Set([...groups.values()].flatMap(({ children }) => children));
  const top = [...groups.values()].filter(({ name, hosts: own }) => !below.has(name) && own.length > 0);
  return { title: "Inventory", things: top.map((each) => group(each, "")), networks: [], links: [], notes: [] };
}
