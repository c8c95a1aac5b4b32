import type { ClusterGuest } from "./pve-guests.ts";

/** Where Proxmox VE keeps high availability. Groups are of release 8, rules of 9. */
export const HA = {
  resources: "/etc/pve/ha/resources.cfg",
  groups: "/etc/pve/ha/groups.cfg",
  rules: "/etc/pve/ha/rules.cfg",
  /** Part of Proxmox VE from release 9 on: the cheapest look at whether there are rules. */
  rulesModule: "/usr/share/perl5/PVE/HA/Rules.pm",
} as const;

/** `ct:101` of a guest that is named by its number, with or without its type. Null: the cluster has no such guest. */
export function resourceId(guest: string, guests: ReadonlyMap<string, ClusterGuest> | null): string | null {
  const [, type, id = ""] = /^(?:(ct|vm):)?(\d+)$/.exec(guest) ?? [];
  if (type !== undefined) return `${type}:${id}`;
  const found = guests?.get(id);
  return found === undefined ? null : `${found.type === "lxc" ? "ct" : "vm"}:${id}`;
}

/** `pve1:2,pve2` as priorities by node; a node without one has 0. Written in random order, so this is how it is compared. */
export function nodePriorities(text: string | undefined): ReadonlyMap<string, number> {
  const pairs = (text ?? "").split(/[,;\s]+/).flatMap((word): readonly (readonly [string, number])[] => {
    const [node = "", priority = "0"] = word.split(":");
    return node === "" ? [] : [[node, Number(priority)]];
  });
  return new Map(pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
}

/** As the tools take it; a priority of 0 is that of a node without one. */
export function printPriorities(nodes: ReadonlyMap<string, number>): string {
  return [...nodes].map(([node, priority]) => (priority === 0 ? node : `${node}:${priority}`)).join(",");
}
