import { type ClusterGuest, parseGuestList } from "../../engine/formats/pve-guests.ts";
import type { ExecAnswer } from "../../engine/module/index.ts";

/** What is looked at, in milliseconds: files. `qm` starts a Perl of its own each time and only writes. */
export interface Seen {
  readonly guests: string | null;
  readonly conf: string | null;
  readonly pid: string | null;
  readonly storages?: string | null | undefined;
  readonly original?: string | null | undefined;
  readonly process?: Uint8Array | null | undefined;
  readonly links?: readonly string[] | null | undefined;
  readonly ha?: string | null | undefined;
  /** What qemu-img says of the image for the disk at a slot. */
  readonly [image: `image ${string}`]: ExecAnswer | undefined;
}

export function confPath(vmid: number): string {
  return `/etc/pve/qemu-server/${vmid}.conf`;
}
/** Where Proxmox VE keeps the number of the process of a machine that runs. */
export function pidPath(vmid: number): string {
  return `/run/qemu-server/${vmid}.pid`;
}
export function processPath(pid: string | null): string | undefined {
  const number = pid?.trim() ?? "";
  return /^[1-9]\d*$/.test(number) ? `/proc/${number}/cmdline` : undefined;
}

/** A number may be left over from a process that died, and be another's now: that which runs the machine says so. */
export function isRunning(vmid: number, { process }: Pick<Seen, "process">): boolean {
  if (process == null) return false;
  const words = Buffer.from(process).toString("utf8").split("\0");
  return /(^|\/)(kvm|qemu-system-\w+)$/.test(words[0] ?? "") && words[words.indexOf("-id") + 1] === String(vmid);
}

/** Null: this is no Proxmox VE node. */
export function guestsOf(seen: Pick<Seen, "guests">): ReadonlyMap<string, ClusterGuest> | null {
  return seen.guests === null ? null : parseGuestList(seen.guests);
}
