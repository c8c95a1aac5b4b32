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
