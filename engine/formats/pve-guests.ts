import { member, parseJson } from "./json.ts";

/** A guest of the cluster, on whatever node. */
export interface ClusterGuest {
  readonly type: "lxc" | "qemu";
  readonly node: string;
}

/** Where Proxmox VE tells which ids are taken, in the whole cluster, by what and on which node. */
export const GUEST_LIST = "/etc/pve/.vmlist";

/** Null: this is not the list. */
export function parseGuestList(text: string): ReadonlyMap<string, ClusterGuest> | null {
  const ids = member(parseJson(text), "ids");
  if (typeof ids !== "object" || ids === null) return null;
  const guests = new Map<string, ClusterGuest>();
  for (const [id, entry] of Object.entries(ids)) {
    const type = member(entry, "type");
    const node = member(entry, "node");
    if ((type === "lxc" || type === "qemu") && typeof node === "string") guests.set(id, { type, node });
  }
  return guests;
}
