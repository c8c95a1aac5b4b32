/** A container or virtual machine, as its node tells of it. */
export interface Guest {
  readonly vmid: number;
  readonly type: "lxc" | "qemu";
  /** What Proxmox VE calls its node. */
  readonly node: string;
  /** The inventory's host through which it was found. */
  readonly through: string;
  /** Null where the configuration has none. */
  readonly hostname: string | null;
  readonly status: "running" | "stopped";
  readonly tags: readonly string[];
  readonly pool: string | null;
  /** It is there to be cloned and never runs. */
  readonly template: boolean;
}

/** Guests by the file of the inventory that asked for them. A file that is not in it was not asked. */
export type FoundGuests = ReadonlyMap<string, readonly Guest[]>;

/** In messages: `container 101 on pve1`. */
export function guestTitle({ type, vmid, node }: Guest): string {
  return `${type === "lxc" ? "container" : "virtual machine"} ${vmid} on ${node}`;
}
