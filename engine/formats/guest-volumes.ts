import { parsePropertyString } from "./property-string.ts";
import { type GuestConf, parseGuestConf } from "./pve-conf.ts";
import { findSection, parseSectionConfig } from "./section-config.ts";

/** What a snapshot of a guest takes hold of, from its configuration and that of the storages. */
export interface GuestVolumes {
  readonly volumes: readonly GuestVolume[];
  /** Folders and devices of the node, by where they are inside: no snapshot has them, and Proxmox VE takes none of a guest with any. */
  readonly binds: readonly string[];
}
export interface GuestVolume {
  /** `local-zfs:subvol-103-disk-0`. */
  readonly id: string;
  /** Of its storage; null for one that the configuration does not know. */
  readonly storageType: string | null;
  /** On ZFS. */
  readonly dataset: string | null;
}
/** A snapshot that Proxmox VE made. */
export interface GuestSnapshot {
  readonly name: string;
  readonly made: number;
  readonly description: string;
  /** Half made, or being deleted. */
  readonly unfinished: boolean;
}

const CONTAINER = /^(rootfs|mp\d+)$/;
const MACHINE = /^((ide|sata|scsi|virtio|efidisk)\d+|tpmstate0)$/;

export function guestVolumes(type: "lxc" | "qemu", conf: GuestConf, storageCfg: string): GuestVolumes {
  const sections = parseSectionConfig(storageCfg);
  const volumes: GuestVolume[] = [];
  const binds: string[] = [];
  for (const { key, value, raw } of conf.current) {
    if (raw || !(type === "lxc" ? CONTAINER : MACHINE).test(key)) continue;
    const { options } = parsePropertyString(value, type === "lxc" ? "volume" : "file");
    const id = options.get(type === "lxc" ? "volume" : "file") ?? "";
    if (type === "qemu" && (id === "none" || id === "cdrom" || options.get("media") === "cdrom")) continue;
    if (id.startsWith("/")) {
      binds.push(options.get("mp") ?? id);
      continue;
    }
    const section = findSection(sections, id.slice(0, id.indexOf(":")));
    const pool = section?.type === "zfspool" ? section.options.get("pool") : undefined;
    volumes.push({
      id,
      storageType: section?.type ?? (id.startsWith("local:") ? "dir" : null),
      dataset:
        pool === undefined
          ? null
          : `${pool}/${id
              .slice(id.indexOf(":") + 1)
              .split("/")
              .at(-1)}`,
    });
  }
  return { volumes, binds };
}

/** In the order of their making. */
export function guestSnapshots(conf: GuestConf): readonly GuestSnapshot[] {
  return conf.sections
    .filter(({ kind }) => kind === "snapshot")
    .map(({ name, description, entries }) => {
      const value = (key: string) => entries.find((entry) => !entry.raw && entry.key === key)?.value;
      return {
        name,
        made: Number(value("snaptime") ?? 0),
        description: description.trim(),
        unfinished: value("snapstate") !== undefined,
      };
    })
    .sort((a, b) => a.made - b.made);
}

export type { GuestConf };
export { parseGuestConf };
