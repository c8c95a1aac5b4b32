import { nodeList } from "../command/formats.ts";
import type { Format, Schema } from "../command/schema.ts";
import {
  bandwidthLimit,
  contentList,
  overrideList,
  pruneBackupsFormat,
  storagePath,
  storageServer,
} from "./storage-formats.ts";

const boolean = { kind: "boolean" } as const;
const text = { kind: "string" } as const;
const of = (format: Format) => ({ kind: "string", format }) as const;
const oneOf = (...values: readonly string[]) => ({ kind: "string", values }) as const;

/** Every property that any type knows. */
export const PROPERTIES: Readonly<Record<string, Schema>> = {
  blocksize: text,
  bwlimit: of(bandwidthLimit),
  content: of(contentList),
  "content-dirs": of(overrideList),
  "create-base-path": boolean,
  "create-subdirs": boolean,
  datastore: text,
  disable: boolean,
  domain: text,
  "encryption-key": text,
  export: of(storagePath),
  fingerprint: { kind: "string", pattern: /^[A-Fa-f0-9]{2}(:[A-Fa-f0-9]{2}){31}$/ },
  format: oneOf("raw", "qcow2", "subvol", "vmdk"),
  is_mountpoint: text,
  "max-protected-backups": { kind: "integer", min: -1 },
  maxfiles: { kind: "integer", min: 0 },
  mkdir: boolean,
  mountpoint: of(storagePath),
  namespace: text,
  nocow: boolean,
  nodes: of(nodeList),
  options: text,
  password: text,
  path: of(storagePath),
  pool: text,
  port: { kind: "integer", min: 1, max: 65535 },
  preallocation: oneOf("off", "metadata", "falloc", "full"),
  "prune-backups": of(pruneBackupsFormat),
  saferemove: boolean,
  server: of(storageServer),
  share: text,
  shared: boolean,
  smbversion: oneOf("default", "2.0", "2.1", "3", "3.0", "3.11"),
  sparse: boolean,
  subdir: of(storagePath),
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
