/**
 * What the embedded lab is made of: plain data that goes into a JSON file as it is. Files are the one truth wherever a
 * real system keeps it in files: users, groups, crontabs, unit files, enabled and masked units are not modelled twice.
 */
export interface World {
  readonly format: 1;
  readonly hosts: Record<string, Host>;
}

interface NodeCommon {
  /** Four octal digits. */
  mode: string;
  uid: number;
  gid: number;
  /** Seconds since the epoch, by the host's clock. */
  mtime: number;
}
export interface FileNode extends NodeCommon {
  type: "file";
  content: string;
  /** Absent: the content is the text itself. */
  encoding?: "base64";
}
export interface DirectoryNode extends NodeCommon {
  type: "directory";
}
interface SymlinkNode extends NodeCommon {
  type: "symlink";
  target: string;
}
export type Node = FileNode | DirectoryNode | SymlinkNode;

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly fstype: string;
  readonly options: string;
  readonly uuid?: string;
}

/** What systemd holds in memory about a unit; all else about it is in its files. */
export interface UnitState {
  /** `starting` becomes active `activatingMs` after `since`; `started` is active, and dies if it is one that dies. */
  phase: "stopped" | "starting" | "started" | "failed";
  /** The host's clock when the phase began. */
  since: number;
  restarts: number;
  /** How often it was started: a first start may be made to fail. */
  starts: number;
  /** Someone asked for this state by name; it did not come with a package. */
  asked?: true;
  /** SHA-256 of the unit file as it was when systemd read it. */
  loaded?: string;
}

export interface InstalledPackage {
  version: string;
  /** `config-files`: removed, its configuration kept. */
  state: "installed" | "config-files";
  /** Named by someone, not pulled in by another package. */
  manual: boolean;
  held?: true;
}

export interface Host {
  /** What it was made from: a fresh host of the same description tells what has been changed since. */
  readonly description: HostDescription;
  clockMs: number;
  /** Every node but the virtual ones, by absolute path; `/` is one of them. */
  readonly files: Record<string, Node>;
  mounts: Mount[];
  readonly units: Record<string, UnitState>;
  readonly packages: Record<string, InstalledPackage>;
  /** Kernel parameters by their dotted name. */
  readonly sysctl: Record<string, string>;
  hostname: string;
  bootId: string;
}

/** An answer declared in the inventory for a command that the lab does not imitate. */
export interface DeclaredAnswer {
  /** Each word, or a last `**` for any further words; a word `*` is any one word. */
  readonly argv: readonly string[];
  readonly code?: number;
  readonly stdout?: string;
  readonly stderr?: string;
}
interface UnitBehaviour {
  /** How long it is activating. */
  readonly activatingMs?: number;
  /** How many of its first starts fail. */
  readonly failsFirst?: number;
  /** How long after its start it dies. */
  readonly diesAfterMs?: number;
}
/** What a new host is made from; the inventory may say it. */
export interface HostDescription {
  readonly kind: "debian";
  readonly name: string;
  /** Login users beside root; each gets a group of its own and a home. */
  readonly users?: readonly string[];
  /** Beside `/` and the virtual ones. Unsaid: a USB disk at /mnt/hdd. */
  readonly mounts?: readonly Mount[];
  readonly addresses?: readonly string[];
  readonly cpus?: number;
  readonly memoryMb?: number;
  /** Packages beside the base system. */
  readonly packages?: readonly string[];
  readonly units?: Readonly<Record<string, UnitBehaviour>>;
  readonly answers?: readonly DeclaredAnswer[];
}

/** The host as whoever only looks may see it. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
export type FrozenHost = Frozen<Host>;

/** A record's own entry: names come from users, and `constructor` is a name like any other. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}
