import { parsePropertyString } from "./property-string.ts";
import { type ConfEntry, parseGuestConf } from "./pve-conf.ts";
import { findSection, listOf, parseSectionConfig } from "./section-config.ts";

/** Devices that every Linux has: a container that uses them runs anywhere. */
const EVERYWHERE = new Set([
  "/dev/fuse",
  "/dev/full",
  "/dev/net/tun",
  "/dev/null",
  "/dev/random",
  "/dev/urandom",
  "/dev/zero",
]);

/** What of a guest's configuration exists on its own node alone, in its own words: with it the guest starts nowhere else. */
export function tiesOf(conf: string, type: "lxc" | "qemu"): readonly string[] {
  return parseGuestConf(conf).current.flatMap((entry) => (type === "lxc" ? containerTie(entry) : machineTie(entry)));
}

function containerTie({ key, value, raw }: ConfEntry): readonly string[] {
  const told = [`${key}: ${value}`];
  if (raw) {
    const [source = ""] = value.trim().split(/\s+/);
    return key === "lxc.mount.entry" && source.startsWith("/") && !EVERYWHERE.has(source) ? told : [];
  }
  if (/^mp\d+$/.test(key)) {
    const { options } = parsePropertyString(value, "volume");
    return (options.get("volume") ?? "").startsWith("/") && options.get("shared") !== "1" ? told : [];
  }
  if (/^dev\d+$/.test(key)) {
    const { options } = parsePropertyString(value, "path");
    return EVERYWHERE.has(options.get("path") ?? "") ? [] : told;
  }
  return [];
}

function machineTie({ key, value }: ConfEntry): readonly string[] {
  const told = [`${key}: ${value}`];
  // A mapping names the device on each node.
  if (/^hostpci\d+$/.test(key)) return /(^|,)mapping=/.test(value) ? [] : told;
  if (/^usb\d+$/.test(key)) return /(^|,)(mapping=|host=spice|spice)/.test(value) ? [] : told;
  if (/^(serial|parallel)\d+$/.test(key)) return value.startsWith("/dev/") ? told : [];
  if (/^(scsi|virtio|sata|ide)\d+$/.test(key)) return /^(file=)?\//.test(value) ? told : [];
  return [];
}

/** A volume of a guest, by what Proxmox VE calls it, and the storage that it is on. */
export interface GuestVolume {
  readonly key: string;
  readonly volume: string;
  readonly storage: string;
}
/** Those that the guest cannot be without. What is not replicated on purpose, and CD-ROMs, are none of them. */
export function volumesOf(conf: string): readonly GuestVolume[] {
  return parseGuestConf(conf).current.flatMap(({ key, value, raw }) => {
    if (raw || !/^(rootfs|mp\d+|(scsi|virtio|sata|ide|efidisk|tpmstate)\d+)$/.test(key)) return [];
    const { options } = parsePropertyString(value, "volume");
    const volume = options.get("volume") ?? options.get("file") ?? "";
    if (options.get("replicate") === "0" || options.get("media") === "cdrom") return [];
    const storage = /^([a-z][\w.-]*):/i.exec(volume)?.[1];
    return storage === undefined ? [] : [{ key, volume, storage }];
  });
}

/** What of a storage counts for who can use it. Null: there is none. */
export function storageReach(
  cfg: string,
  id: string,
): { readonly type: string; readonly shared: boolean; readonly nodes: readonly string[] | null } | null {
  const section = findSection(parseSectionConfig(cfg), id);
  if (section === undefined) return null;
  const nodes = section.options.get("nodes");
  return {
    type: section.type,
    shared: SHARED.has(section.type) || section.options.get("shared") === "1",
    nodes: nodes === undefined ? null : listOf(nodes),
  };
}
/** Storages of these kinds are the same wherever they are. */
const SHARED = new Set(["nfs", "cifs", "cephfs", "rbd", "glusterfs", "iscsi", "iscsidirect", "zfs", "pbs"]);
