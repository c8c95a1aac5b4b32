import { contentFolder, type Storage } from "./storages.ts";

/** What the name of a volume says, behind its storage's id and the colon. */
export interface VolumeName {
  readonly content: "images" | "iso" | "vztmpl" | "backup" | "snippets" | "import";
  /** Of the file or dataset itself. */
  readonly name: string;
  readonly vmid: string | null;
  /** As listings print it: `raw`, `subvol`, `tgz`, `tar.zst`, `iso`, `snippet`. */
  readonly format: string;
}

/** Null: the name is none that this type of storage knows. */
export function parseVolumeName(type: string, volume: string): VolumeName | null {
  if (type === "zfspool") {
    const parts = /^(?:base(?:vol)?-\d+-[^/\s]+\/)?((base|basevol|vm|subvol)-(\d+)-[^/\s]+)$/.exec(volume);
    if (!parts) return null;
    const format = /vol$/.test(parts[2] ?? "") ? "subvol" : "raw";
    return { content: "images", name: parts[1] ?? "", vmid: parts[3] ?? null, format };
  }
  if (type === "lvm" || type === "lvmthin") {
    const parts = /^((?:vm|base)-(\d+)-[^/\s]+)$/.exec(volume);
    return parts ? { content: "images", name: volume, vmid: parts[2] ?? null, format: "raw" } : null;
  }
  const image = /^(?:\d+\/[^/\s]+\/)?(\d+)\/([^/\s]+\.(raw|qcow2|vmdk|subvol))$/.exec(volume);
  if (image) return { content: "images", name: image[2] ?? "", vmid: image[1] ?? null, format: image[3] ?? "" };
  const [, kind = "", name = ""] = /^([a-z]+)\/([^/]+)$/.exec(volume) ?? [];
  if (kind === "iso" && /\.(iso|img)$/i.test(name)) return { content: "iso", name, vmid: null, format: "iso" };
  if (kind === "vztmpl") {
    const packed = /\.tar\.(gz|xz|zst|bz2)$/.exec(name)?.[1];
    return packed === undefined ? null : { content: "vztmpl", name, vmid: null, format: `t${packed}` };
  }
  if (kind === "backup") {
    const parts = /\.(tgz|(?:tar|vma)(?:\.(?:gz|lzo|zst|bz2))?)$/.exec(name);
    const vmid = /^vzdump-(?:lxc|qemu|openvz)-(\d+)-/.exec(name)?.[1] ?? null;
    return parts ? { content: "backup", name, vmid, format: parts[1] ?? "" } : null;
  }
  if (kind === "snippets") return { content: "snippets", name, vmid: null, format: "snippet" };
  const imported = kind === "import" ? /\.(ova|ovf|qcow2|raw|vmdk)$/.exec(name)?.[1] : undefined;
  return imported === undefined ? null : { content: "import", name, vmid: null, format: imported };
}

/** Where a volume is. */
export function pathOf(storage: Storage, volume: string, parsed: VolumeName): string {
  const pool = storage.options.get("pool") ?? "";
  if (storage.type === "zfspool") {
    const folder = storage.options.get("mountpoint") ?? `/${pool}`;
    return parsed.format === "subvol" ? `${folder}/${parsed.name}` : `/dev/zvol/${pool}/${parsed.name}`;
  }
  if (storage.type === "lvm" || storage.type === "lvmthin")
    return `/dev/${storage.options.get("vgname")}/${parsed.name}`;
  const folder = contentFolder(storage, parsed.content) ?? "";
  if (parsed.content !== "images") return `${folder}/${parsed.name}`;
  const own = `${folder}/${volume.split("/").at(-2)}/${parsed.name}`;
  // Each image on btrfs is a subvolume, so that it can be snapshotted.
  return storage.type === "btrfs" && parsed.format === "raw" ? `${own.replace(/\.raw$/, "")}/disk.raw` : own;
}

/** `STORAGE:NAME`; null if it is not of that form. */
export function splitVolumeId(id: string): { readonly storage: string; readonly volume: string } | null {
  const parts = /^([a-z][a-z0-9\-_.]*[a-z0-9]):(.+)$/i.exec(id);
  return parts ? { storage: parts[1] ?? "", volume: parts[2] ?? "" } : null;
}
