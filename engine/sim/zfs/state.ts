/** What OpenZFS holds on a host of the embedded lab: plain data. Parsing, printing and rules are in the files beside. */
export interface ZfsState {
  /** Of the tools: `2.3.2-2~bpo12+2`. */
  readonly version: string;
  /** Imported pools by name. */
  readonly pools: Record<string, Pool>;
  /** Pools on disks that are not imported. */
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
}
export interface Vdev {
  readonly type: "disk" | "mirror" | "raidz1" | "raidz2" | "raidz3" | "draid" | "file";
  /** Of a group: `mirror-0`. Of a disk: the path it was given by, `/dev/disk/by-id/…`. */
  readonly name: string;
  children: Vdev[];
  state: "ONLINE" | "DEGRADED" | "FAULTED" | "OFFLINE" | "UNAVAIL" | "REMOVED";
}
export interface PoolScan {
  readonly function: "scrub" | "resilver";
  readonly state: "scanning" | "finished" | "canceled" | "paused";
  /** The host's clock. */
  readonly startedMs: number;
  readonly endsMs: number;
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
}
export interface Snapshot {
  readonly name: string;
  readonly guid: string;
  readonly createdMs: number;
  readonly properties: Record<string, SetProperty>;
  readonly holds: string[];
}
