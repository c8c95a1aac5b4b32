import { isOn } from "../../engine/formats/guest-view.ts";
import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { parsePveSize } from "../../engine/formats/pve-size.ts";
import type { Value } from "../../engine/module/index.ts";

/** An entry of a drive, taken apart. */
export interface DiskEntry {
  readonly key: string;
  readonly kind: "disk" | "cloudinit" | "cdrom";
  /** The id of a volume, a path, or `none`. */
  readonly file: string;
  readonly storage: string | null;
  /** Bytes; null where the entry does not say. */
  readonly size: number | null;
  readonly options: ReadonlyMap<string, string>;
}

const DRIVE = /^(?:ide|sata|scsi|virtio)\d+$/;

export function diskEntry(key: string, value: string): DiskEntry {
  const { options } = parsePropertyString(value, "file");
  const file = options.get("file") ?? options.get("volume") ?? "";
  const size = options.get("size");
  const cloudinit = /(^|[:/])vm-\d+-cloudinit(\.\w+)?$|^[^/]+:cloudinit$/.test(file);
  return {
    key,
    kind: cloudinit ? "cloudinit" : options.get("media") === "cdrom" ? "cdrom" : "disk",
    file,
    storage: file.includes(":") && !file.startsWith("/") ? file.slice(0, file.indexOf(":")) : null,
    size: size === undefined ? null : parsePveSize(size),
    options,
  };
}

/** Every drive of a configuration. */
export function drivesOf(entries: ReadonlyMap<string, string>): readonly DiskEntry[] {
  return [...entries].filter(([key]) => DRIVE.test(key)).map(([key, value]) => diskEntry(key, value));
}

export const DISK_OPTIONS = ["cache", "discard", "ssd", "iothread", "backup", "replicate"] as const;
export type DiskOption = (typeof DISK_OPTIONS)[number];

/** An option in the user's words; undefined where it says no more than leaving it out does. */
export function shownOption(name: DiskOption, value: string | undefined): Value | undefined {
  if (value === undefined || value === "") return undefined;
  if (name === "cache") return value === "none" ? undefined : value;
  if (name === "discard") return isOn(value) ? true : undefined;
  const on = isOn(value);
  return on === (name === "backup" || name === "replicate") ? undefined : on;
}
