/** A property of a storage, as the command line takes it. */
export type PropertyKind =
  | { readonly kind: "boolean" }
  | { readonly kind: "integer"; readonly from?: number; readonly to?: number }
  | {
      readonly kind: "text";
      /** By its name among those that storages use. */
      readonly format?: string;
      readonly pattern?: RegExp;
      /** What is wrong with the value, null if nothing is: a format that is not among those. */
      readonly check?: (value: string) => string | null;
    }
  | { readonly kind: "one-of"; readonly values: readonly string[] };

const boolean = { kind: "boolean" } as const;
const text = { kind: "text" } as const;
const of = (format: string) => ({ kind: "text", format }) as const;
const oneOf = (...values: readonly string[]) => ({ kind: "one-of", values }) as const;

/** Every property that any type knows. */
export const PROPERTIES: Readonly<Record<string, PropertyKind>> = {
  blocksize: text,
  bwlimit: of("bwlimit"),
  content: of("pve-storage-content-list"),
  "content-dirs": of("pve-dir-override-list"),
  "create-base-path": boolean,
  "create-subdirs": boolean,
  datastore: text,
  disable: boolean,
  domain: text,
  "encryption-key": text,
  export: of("pve-storage-path"),
  fingerprint: { kind: "text", pattern: /^[A-Fa-f0-9]{2}(:[A-Fa-f0-9]{2}){31}$/ },
  format: oneOf("raw", "qcow2", "subvol", "vmdk"),
  is_mountpoint: text,
  "max-protected-backups": { kind: "integer", from: -1 },
  maxfiles: { kind: "integer", from: 0 },
  mkdir: boolean,
  mountpoint: of("pve-storage-path"),
  namespace: text,
  nocow: boolean,
  nodes: of("pve-node-list"),
  options: text,
  password: text,
  path: of("pve-storage-path"),
  pool: text,
  port: { kind: "integer", from: 1, to: 65535 },
  preallocation: oneOf("off", "metadata", "falloc", "full"),
  "prune-backups": of("prune-backups"),
  saferemove: boolean,
  server: of("pve-storage-server"),
  share: text,
  shared: boolean,
  smbversion: oneOf("default", "2.0", "2.1", "3", "3.0", "3.11"),
  sparse: boolean,
  subdir: of("pve-storage-path"),
  tagged_only: boolean,
  thinpool: text,
  username: text,
  vgname: text,
};

/** Properties that `pvesm set` does not know at all: fixed in every type that has them. */
export const NEVER_SET: ReadonlySet<string> = new Set([
  "datastore",
  "export",
  "path",
  "share",
  "thinpool",
  "type",
  "vgname",
]);

export interface StorageType {
  /** Cannot be without; the order in which they are missed. All are fixed once it is made. */
  readonly required: readonly string[];
  readonly optional: readonly string[];
  /** Kinds of content it can hold, and those it holds unless told. */
  readonly content: readonly string[];
  readonly defaultContent: readonly string[];
  readonly shared: boolean;
  /** Keeps files in folders by kind of content. */
  readonly folders: boolean;
}

const BASIC = ["content", "disable", "nodes"];
const BACKUPS = ["max-protected-backups", "maxfiles", "prune-backups"];
const FOLDERS = ["content-dirs", "create-base-path", "create-subdirs", "mkdir"];
const FILES = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "none", "import"];

export const STORAGE_TYPES: Readonly<Record<string, StorageType>> = {
  btrfs: {
    required: ["path"],
    optional: [
      ...BASIC,
      ...BACKUPS,
      ...FOLDERS,
      "bwlimit",
      "format",
      "is_mountpoint",
      "nocow",
      "preallocation",
      "shared",
    ],
    content: FILES,
    defaultContent: ["images", "rootdir"],
    shared: false,
    folders: true,
  },
  cifs: {
    required: ["path", "server", "share"],
    optional: [
      ...BASIC,
      ...BACKUPS,
      ...FOLDERS,
      "bwlimit",
      "domain",
      "format",
      "options",
      "password",
      "preallocation",
      "smbversion",
      "subdir",
      "username",
    ],
    content: FILES,
    defaultContent: ["images"],
    shared: true,
    folders: true,
  },
  dir: {
    required: ["path"],
    optional: [...BASIC, ...BACKUPS, ...FOLDERS, "bwlimit", "format", "is_mountpoint", "preallocation", "shared"],
    content: FILES,
    defaultContent: ["images", "rootdir"],
    shared: false,
    folders: true,
  },
  lvm: {
    required: ["vgname"],
    optional: [...BASIC, "bwlimit", "saferemove", "shared", "tagged_only"],
    content: ["images", "rootdir"],
    defaultContent: ["images"],
    shared: false,
    folders: false,
  },
  lvmthin: {
    required: ["thinpool", "vgname"],
    optional: [...BASIC, "bwlimit"],
    content: ["images", "rootdir"],
    defaultContent: ["images", "rootdir"],
    shared: false,
    folders: false,
  },
  nfs: {
    required: ["export", "path", "server"],
    optional: [...BASIC, ...BACKUPS, ...FOLDERS, "bwlimit", "format", "options", "preallocation"],
    content: FILES,
    defaultContent: ["images"],
    shared: true,
    folders: true,
  },
  pbs: {
    required: ["datastore", "server"],
    optional: [...BASIC, ...BACKUPS, "encryption-key", "fingerprint", "namespace", "password", "port", "username"],
    content: ["backup", "none"],
    defaultContent: ["backup"],
    shared: true,
    folders: false,
  },
  zfspool: {
    required: ["pool"],
    optional: [...BASIC, "blocksize", "bwlimit", "mountpoint", "sparse"],
    content: ["images", "rootdir"],
    defaultContent: ["images", "rootdir"],
    shared: false,
    folders: false,
  },
};

/** Every type that the tools know, as they list them. What is not in STORAGE_TYPES is not imitated. */
export const TYPE_NAMES: readonly string[] = [
  "btrfs",
  "cephfs",
  "cifs",
  "dir",
  "esxi",
  "glusterfs",
  "iscsi",
  "iscsidirect",
  "lvm",
  "lvmthin",
  "nfs",
  "pbs",
  "rbd",
  "zfs",
  "zfspool",
];

export const CONTENT_TYPES: readonly string[] = [
  "images",
  "rootdir",
  "vztmpl",
  "iso",
  "backup",
  "snippets",
  "import",
  "none",
];
