import type { Report } from "../site/expect.ts";
import type { RawInventory } from "./raw-inventory.ts";

/** How deep each group lies below `all`: the longest way down. A circle is reported once and cut where it closes. */
export function groupDepths(raw: RawInventory, report: Report): ReadonlyMap<string, number> {
  const depths = new Map<string, number>();
  const walk = (name: string, chain: readonly string[]): void => {
    const start = chain.indexOf(name);
    const group = raw.groups.get(name);
    if (start >= 0 || !group) return;
    if (depths.has(name) && (depths.get(name) ?? 0) >= chain.length + 1) return;
    depths.set(name, chain.length + 1);
    for (const [child, place] of group.children) {
      const at = [...chain, name].indexOf(child);
      if (at >= 0) {
        const circle = [...chain.slice(at), name, child].join(" → ");
        report({
          code: "group-cycle",
          message: `groups hold each other in a circle: ${circle}`,
          place,
          hint: "take one of these children out",
        });
        group.children.delete(child);
      } else walk(child, [...chain, name]);
    }
  };
  for (const name of raw.groups.keys()) if (name !== "all") walk(name, []);
  return depths;
}

/**
 * The hosts of groups and of all groups below them, in Ansible's order, in which plays go through them: the groups' own,
 * then those of their children, then those of the children of these.
 */
export function hostsBelow(names: readonly string[], raw: RawInventory): ReadonlySet<string> {
  const hosts = new Set<string>();
  const groups = new Set(names);
  // A set grows while it is walked.
  for (const name of groups) {
    const group = raw.groups.get(name);
    for (const host of group?.hosts ?? []) hosts.add(host);
    for (const child of group?.children.keys() ?? []) groups.add(child);
  }
  return hosts;
}
