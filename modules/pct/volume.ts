import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import { parsePveSize, printPveSize } from "../../engine/formats/pve-size.ts";
import type { Value } from "../../engine/module/index.ts";
import { type ConfView, isOn } from "./conf-view.ts";
import { canonicalIdmap } from "./idmap.ts";
import { cleanPath } from "./values.ts";

const GIB = 1024 ** 3;
/** What LVM rounds up to: a volume that is larger by less than this is as large as it was asked to be. */
const ROUNDED_UP = 4 * 1024 ** 2;

/** An entry `rootfs` or `mpN`, taken apart. */
export interface VolumeEntry {
  readonly key: string;
  /** Inside; `/` of rootfs. */
  readonly target: string;
  readonly kind: "bind" | "device" | "volume";
  /** A path of the node, or the id of a volume (`STORAGE:GIB` while it is only pending). */
  readonly volume: string;
  /** Of a volume. */
  readonly storage: string | null;
  /** Bytes; null where the entry does not say. */
  readonly size: number | null;
  readonly options: ReadonlyMap<string, string>;
}

export function volumeEntry(key: string, value: string): VolumeEntry {
  const { options } = parsePropertyString(value, "volume");
  const volume = options.get("volume") ?? "";
  const kind = volume.startsWith("/dev/") ? "device" : volume.startsWith("/") ? "bind" : "volume";
  const fresh = /^[^:]+:(\d+(?:\.\d+)?)$/.exec(volume);
  const size = options.get("size");
  return {
    key,
    target: key === "rootfs" ? "/" : cleanPath(options.get("mp") ?? ""),
    kind,
    volume: kind === "volume" ? volume : cleanPath(volume),
    storage: kind === "volume" ? volume.slice(0, volume.indexOf(":")) : null,
    size: fresh ? Math.round(Number(fresh[1]) * GIB) : size === undefined ? null : parsePveSize(size),
    options,
  };
}

/**
 * An entry as it will be after the next start, with the size that its volume has now: `pct resize` writes it into what is
 * in force, and a pending entry carries the size of the time when it was written.
 */
export function mergedVolume({ merged, current }: ConfView, key: string): VolumeEntry {
  const entry = volumeEntry(key, merged.get(key) ?? "");
  const inForce = volumeEntry(key, current.get(key) ?? "");
  const size = inForce.options.get("size");
  if (inForce.volume !== entry.volume || size === undefined || entry.options.get("size") === size) return entry;
  return { ...entry, size: inForce.size, options: new Map([...entry.options, ["size", size]]) };
}

/** Sub-options of rootfs and mounts (`backup` and `idmap`: of mounts alone), and what leaving them out means. */
export interface VolumeOptions {
  readonly acl?: boolean | undefined;
  readonly backup?: boolean | undefined;
  readonly idmap?: string | undefined;
  readonly mountoptions?: readonly string[] | undefined;
  readonly quota?: boolean | undefined;
  readonly replicate?: boolean | undefined;
  readonly ro?: boolean | undefined;
  readonly shared?: boolean | undefined;
}
export const VOLUME_OPTIONS = ["acl", "backup", "idmap", "mountoptions", "quota", "replicate", "ro", "shared"] as const;
type Name = (typeof VOLUME_OPTIONS)[number];

/** An option in the user's words; undefined where it says no more than leaving it out does. */
export function shownOption(name: Name, value: string | undefined): Value | undefined {
  if (value === undefined || value === "") return undefined;
  if (name === "idmap") return canonicalIdmap(value);
  if (name === "mountoptions") return [...new Set(value.split(";"))].sort();
  const on = isOn(value);
  // Access control lists have three states: on, off, and whatever the file system does.
  if (name === "acl") return on;
  return on === (name === "replicate") ? undefined : on;
}
export function writtenOption(name: Name, options: VolumeOptions): string | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (typeof value === "string") return value;
  return value.length === 0 ? undefined : value.join(";");
}
/** As compared: a wanted option in the same words as one that is there. */
export function wantedOption(name: Name, options: VolumeOptions): Value | undefined {
  return shownOption(name, writtenOption(name, options));
}

/** In the spelling in which Proxmox VE itself prints it: the volume bare, `mp`, then the alphabet. */
export function printEntry(volume: string, target: string | null, options: ReadonlyMap<string, string>): string {
  const rest = [...options].filter(([name]) => name !== "volume" && name !== "mp").sort(([a], [b]) => (a < b ? -1 : 1));
  const head: [string, string][] = [["volume", volume]];
  if (target !== null) head.push(["mp", target]);
  return printPropertyString(new Map([...head, ...rest]), "volume");
}

/** How a new volume is asked for: `local-zfs:8`. */
export function freshVolume(storage: string, bytes: number): string {
  return `${storage}:${bytes / GIB}`;
}

/** `limit`: a plain folder is to become a volume of some size. */
export type SizeChange = "same" | "grow" | "shrink" | "limit";
export function compareSize(is: number, wanted: number): SizeChange {
  if (is === 0 && wanted > 0) return "limit";
  if (is < wanted) return "grow";
  return is - wanted < ROUNDED_UP && (wanted > 0 || is === 0) ? "same" : "shrink";
}
export function shownSize(bytes: number | null): Value {
  if (bytes === null) return null;
  return bytes === 0 ? "0" : printPveSize(bytes);
}
