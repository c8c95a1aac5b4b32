/** What OpenZFS holds on a host of the embedded lab: plain data. Parsing, printing and rules are in the files beside. */
export interface ZfsState {
  /** Of the tools: `2.3.2-2~bpo12+2`. */
  readonly version: string;
  /** Imported pools by name. */
  readonly pools: Record<string, Pool>;
  /** Pools on disks that are not imported, by guid: several may have one name. Destroyed ones are among them. */
  readonly exported: Record<string, Pool>;
}

/** A value that was set. What is not set here is inherited or the default. */
export interface SetProperty {
  /** As `-p` prints it. */
  readonly value: string;
  readonly source: "local" | "received" | "temporary";
}

export interface Pool {
  readonly name: string;
  readonly guid: string;
  readonly properties: Record<string, SetProperty>;
  vdevs: Vdev[];
  /** Names of disks under /dev, in each class. */
  logs: Vdev[];
  cache: Vdev[];
  spares: Vdev[];
  special: Vdev[];
  /** By full name; the pool's own root dataset is one of them. */
  readonly datasets: Record<string, Dataset>;
  scan: PoolScan | null;
  /** The next number of a top-level vdev: numbers are not used again. */
  nextVdev: number;
  altroot?: string;
  /** Imported with `readonly=on`. */
  readOnly?: true;
  /** Among `exported`: destroyed, and still on its disks. */
  destroyed?: true;
  /** A top-level vdev that was taken out; nothing of it is left but this. */
  removal?: { readonly vdev: number; readonly endedMs: number };
  /** A raidz that was made wider. */
  expansion?: { readonly vdev: string; readonly endedMs: number };
  checkpointMs?: number;
  /** A limit on file systems or snapshots was set somewhere: new datasets count from then on. */
  countsDatasets?: true;
}
export interface Vdev {
  /** `replacing`: an old and a new device, until all is on the new one. */
  readonly type: "disk" | "mirror" | "raidz1" | "raidz2" | "raidz3" | "draid" | "file" | "replacing";
  /** Of a group: `mirror-0`. Of a disk: the path it was given by, `/dev/disk/by-id/…`. */
  readonly name: string;
  children: Vdev[];
  /** As it was left by hand; a device that died or is missing shows in `poolNow` (pools.ts). */
  state: "ONLINE" | "DEGRADED" | "FAULTED" | "OFFLINE" | "UNAVAIL" | "REMOVED";
  readonly guid?: string;
  /** Of a device: its bytes that ZFS has. */
  readonly bytes?: number;
  /** Of a device: zpool was given the disk and has made its partitions. */
  readonly wholeDisk?: true;
  /** Of a top-level vdev: its number. */
  readonly id?: number;
  /** Of a top-level vdev: its sectors are 2 to the power of this. */
  readonly ashift?: number;
  /** Until the next import only. */
  offlineUntilImport?: true;
  /** The host's clock when a trim was done, or will be. */
  trimmedMs?: number;
}
export interface PoolScan {
  readonly function: "scrub" | "resilver";
  readonly state: "scanning" | "finished" | "canceled" | "paused";
  /** The host's clock. */
  readonly startedMs: number;
  /** When it will be done, or was done, canceled or paused. */
  readonly endsMs: number;
  /** Of a paused one: how long it has still to go. */
  readonly leftMs?: number;
}

export interface Dataset {
  readonly name: string;
  readonly type: "filesystem" | "volume";
  readonly guid: string;
  readonly createdMs: number;
  readonly properties: Record<string, SetProperty>;
  /** Set at creation and never again: `casesensitivity`, `volblocksize`, … */
  readonly fixed: Record<string, string>;
  /** In the order of their making. */
  readonly snapshots: Snapshot[];
  /** The snapshot that it is a clone of, `pool/fs@name`. */
  origin?: string;
  mounted: boolean;
  keyLoaded?: boolean;
  /** Of an encryption root: SHA-256 of its key. */
  keyDigest?: string;
  /** What came with a stream; it stays when something else is set over it. */
  received?: Record<string, string>;
  bookmarks?: Bookmark[];
  /** What `zfs allow` granted. */
  permissions?: Permission[];
  /** It counts what is below it: a limit was set somewhere. */
  counted?: true;
  snapshotsChangedMs?: number;
}
export interface Bookmark {
  readonly name: string;
  readonly guid: string;
  readonly createdMs: number;
}
export interface Permission {
  readonly scope: "set" | "create" | "local" | "descendent" | "both";
  /** `user nobody`, `group daemon`, `everyone`; of a set its `@name`; of create time permissions empty. */
  readonly who: string;
  readonly rights: readonly string[];
}
export interface Snapshot {
  readonly name: string;
  readonly guid: string;
  readonly createdMs: number;
  readonly properties: Record<string, SetProperty>;
  readonly holds: string[];
  /** The host's clock when each hold was taken, by its tag. */
  readonly heldMs?: Record<string, number>;
  /** It goes with its last hold or clone. */
  deferred?: true;
  /** What it holds that its dataset no longer does, in bytes. */
  uniqueBytes?: number;
}
