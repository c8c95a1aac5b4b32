import { parsePropertyString } from "../../engine/formats/property-string.ts";
import { parsePveSize } from "../../engine/formats/pve-size.ts";
import { listOf } from "../../engine/formats/section-config.ts";
import type { Value, ValueMap } from "../../engine/module/index.ts";

export type StorageType = "btrfs" | "cifs" | "dir" | "lvm" | "lvmthin" | "nfs" | "pbs" | "zfspool";
export const STORAGE_TYPES = ["dir", "zfspool", "nfs", "cifs", "pbs", "btrfs", "lvmthin", "lvm"] as const;

/** How the text in storage.cfg and the parameter become the same thing. */
type Kind = "flag" | "mount point" | "number" | "path" | "set" | "map" | "size" | "text" | "caseless";

export interface Option {
  /** Of the parameter. */
  readonly param: string;
  /** In storage.cfg and on the command line. */
  readonly key: string;
  readonly kind: Kind;
  readonly types: readonly StorageType[];
  /** What it is where the file says nothing. */
  readonly unset: Value;
  /** Cannot be changed once the storage is there. */
  readonly fixed?: true;
}

const FILES: readonly StorageType[] = ["dir", "btrfs", "nfs", "cifs"];
const BACKUPS: readonly StorageType[] = [...FILES, "pbs"];
const ALL: readonly StorageType[] = STORAGE_TYPES;

const option = (
  param: string,
  kind: Kind,
  types: readonly StorageType[],
  more: Partial<Pick<Option, "unset" | "fixed" | "key">> = {},
): Option => ({ param, key: param.replaceAll("_", "-"), kind, types, unset: null, ...more });
const fixed = { fixed: true } as const;

/** Every parameter that is an option of storage.cfg, in the order in which a new storage gets them. */
export const OPTIONS: readonly Option[] = [
  option("path", "path", FILES, fixed),
  option("pool", "text", ["zfspool"], fixed),
  option("server", "caseless", ["nfs", "cifs", "pbs"], fixed),
  option("export", "path", ["nfs"], fixed),
  option("share", "text", ["cifs"], fixed),
  option("datastore", "text", ["pbs"], fixed),
  option("vgname", "text", ["lvm", "lvmthin"], fixed),
  option("thinpool", "text", ["lvmthin"], fixed),
  option("content", "set", ALL),
  option("nodes", "set", ALL),
  option("disable", "flag", ALL, { unset: false }),
  option("shared", "flag", ["dir", "btrfs", "lvm"], { unset: false }),
  option("subdir", "path", ["cifs"]),
  option("username", "text", ["cifs", "pbs"]),
  option("domain", "text", ["cifs"]),
  option("smbversion", "text", ["cifs"], { unset: "default" }),
  option("options", "text", ["nfs", "cifs"]),
  option("port", "number", ["pbs"], { unset: 8007 }),
  option("namespace", "text", ["pbs"]),
  option("fingerprint", "caseless", ["pbs"]),
  option("sparse", "flag", ["zfspool"], { unset: false }),
  option("blocksize", "size", ["zfspool"]),
  option("mountpoint", "path", ["zfspool"]),
  option("is_mountpoint", "mount point", ["dir", "btrfs"], { unset: false, key: "is_mountpoint" }),
  option("create_base_path", "flag", FILES, { unset: true }),
  option("create_subdirs", "flag", FILES, { unset: true }),
  option("nocow", "flag", ["btrfs"], { unset: false }),
  option("preallocation", "text", FILES, { unset: "metadata" }),
  option("format", "text", FILES),
  option("prune_backups", "map", BACKUPS),
  option("max_protected_backups", "number", BACKUPS),
  option("content_dirs", "map", FILES),
  option("bwlimit", "map", ["dir", "btrfs", "nfs", "cifs", "zfspool", "lvm", "lvmthin"]),
  option("saferemove", "flag", ["lvm"], { unset: false }),
];

/** Kinds of content that each type can hold, and those it holds where the file says nothing. */
const ANY_FILE = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import"];
const DISKS = ["images", "rootdir"];
export const CONTENT: Readonly<
  Record<StorageType, { readonly can: readonly string[]; readonly unset: readonly string[] }>
> = {
  dir: { can: ANY_FILE, unset: DISKS },
  btrfs: { can: ANY_FILE, unset: DISKS },
  nfs: { can: ANY_FILE, unset: ["images"] },
  cifs: { can: ANY_FILE, unset: ["images"] },
  pbs: { can: ["backup"], unset: ["backup"] },
  zfspool: { can: DISKS, unset: DISKS },
  lvm: { can: DISKS, unset: ["images"] },
  lvmthin: { can: DISKS, unset: DISKS },
};

/** What a text of storage.cfg means, in the user's words. */
export function readOption({ kind, unset, key }: Option, type: StorageType, text: string | undefined): Value {
  if (key === "content") return listOf(text ?? CONTENT[type].unset.join(",")).filter((word) => word !== "none");
  if (text === undefined) return unset;
  switch (kind) {
    case "flag":
      return isYes(text);
    case "mount point":
      return text.startsWith("/") ? text : isYes(text);
    case "number":
      return Number(text);
    case "set":
      return listOf(text);
    case "map":
      return key === "prune-backups" ? readPruning(text) : readMap(text);
    case "path":
      return text.replace(/(.)\/+$/, "$1");
    case "size":
    case "text":
    case "caseless":
      return text;
  }
}
function isYes(text: string): boolean {
  return /^(1|on|yes|true)$/i.test(text);
}
function readMap(text: string): ValueMap {
  return Object.fromEntries(
    [...parsePropertyString(text).options].map(([name, value]) => [
      name,
      /^\d+(\.\d+)?$/.test(value) ? Number(value) : value,
    ]),
  );
}
/** A count of 0 keeps nothing more, and where nothing else is said everything is kept. */
function readPruning(text: string): ValueMap {
  const { options } = parsePropertyString(text);
  const kept = [...options].flatMap(([name, value]): readonly (readonly [string, Value])[] => {
    if (name === "keep-all") return isYes(value) ? [["keep_all", true]] : [];
    return Number(value) > 0 ? [[name.replaceAll("-", "_"), Number(value)]] : [];
  });
  return kept.length === 0 ? { keep_all: true } : Object.fromEntries(kept);
}

/** Whether both mean the same. */
export function sameOption({ kind }: Option, a: Value, b: Value): boolean {
  if (a === null || b === null) return a === b;
  if (kind === "size") return sizeOf(a) === sizeOf(b);
  if (kind === "caseless") return String(a).toLowerCase() === String(b).toLowerCase();
  return canonical(a) === canonical(b);
}
function sizeOf(value: Value): number | string {
  return parsePveSize(String(value).toUpperCase()) ?? String(value);
}
function canonical(value: Value): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return JSON.stringify(value);
  return JSON.stringify(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** The value as the command takes it. */
export function printOption({ kind, key }: Option, value: Value): string {
  if (kind === "set" && Array.isArray(value)) return value.join(",");
  if (kind === "map" && typeof value === "object" && value !== null && !Array.isArray(value)) {
    const name = (each: string) => (key === "prune-backups" ? each.replaceAll("_", "-") : each);
    return Object.entries(value)
      .map(([each, amount]) => `${name(each)}=${amount === true ? 1 : String(amount)}`)
      .join(",");
  }
  return value === true ? "1" : value === false ? "0" : String(value);
}
