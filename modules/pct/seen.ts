import type { ClusterGuest } from "../../engine/formats/pve-guests.ts";
import { parseGuestList } from "../../engine/formats/pve-guests.ts";
import type { ExecAnswer, Stat } from "../../engine/module/index.ts";

/** What is looked at, in milliseconds: files of /etc/pve and `lxc-info`. `pct` starts a Perl of its own each time and only writes. */
export interface Seen {
  readonly guests: string | null;
  readonly conf: string | null;
  readonly state: ExecAnswer;
  readonly storages?: string | null | undefined;
  readonly archive?: Stat | null | undefined;
  readonly original?: string | null | undefined;
  readonly originalState?: ExecAnswer | undefined;
  /** Of the node, as the kernel lists them. */
  readonly mounts?: string | null | undefined;
  /** zone.tab. */
  readonly zones?: string | null | undefined;
  readonly links?: readonly string[] | null | undefined;
  readonly ha?: string | null | undefined;
  readonly replication?: string | null | undefined;
  /** Of pve-container. */
  readonly version?: ExecAnswer | undefined;
  readonly running?: ExecAnswer | undefined;
  readonly templates?: readonly string[] | null | undefined;
  readonly offered?: string | null | undefined;
  readonly offeredToo?: string | null | undefined;
  /** Of bridges by name. */
  readonly [mtu: `mtu ${string}`]: string | null;
  /** Devices and folders of the node by path. */
  readonly [path: `/${string}`]: Stat | null;
}

export function confPath(vmid: number): string {
  return `/etc/pve/lxc/${vmid}.conf`;
}

/** Null: this is no Proxmox VE node. */
export function guestsOf(seen: Pick<Seen, "guests">): ReadonlyMap<string, ClusterGuest> | null {
  return seen.guests === null ? null : parseGuestList(seen.guests);
}
