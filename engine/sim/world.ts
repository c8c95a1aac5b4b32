// Over 300 lines: the data of one host, which everything else here reads; each field with what it stands for.

import type { DescribedImage, DockerState } from "./docker/state.ts";
import type { InternetFile } from "./internet/internet-file.ts";
import type { Tailnet } from "./tailnet/state.ts";
import type { ZfsState } from "./zfs/state.ts";

/**
 * What the embedded lab is made of: plain data that goes into a JSON file as it is. Files are the one truth wherever a
 * real system keeps it in files: users, groups, crontabs, unit files, enabled and masked units are not modelled twice.
 */
export interface World {
  readonly format: 1;
  readonly hosts: Record<string, Host>;
  /** Once something of it was changed. */
  internet?: Internet;
}
/** What the lab's hosts reach outside of them: services of others, which keep a state of their own. */
export interface Internet {
  /** Behind api.tailscale.com. */
  tailnet?: Tailnet;
  /** Backup servers among the hosts, by address. */
  backupServers?: Record<string, BackupServer>;
  /** Files by their address, beside those that are always there. */
  files?: Record<string, InternetFile>;
}

/** Entries as `getfacl -n` prints them, all of them; the default ones without their prefix. */
export interface NodeAcl {
  readonly access?: readonly string[];
  readonly default?: readonly string[];
}
interface NodeCommon {
  /** Four octal digits. */
  mode: string;
  uid: number;
  gid: number;
  /** Seconds since the epoch, by the host's clock. */
  mtime: number;
  /** POSIX ACL, where it says more than the mode. */
  acl?: NodeAcl;
  /** Seen from a container: owned by an id that its map does not hold, so its root has no power over it. Never kept. */
  unmapped?: true;
}
export interface FileNode extends NodeCommon {
  type: "file";
  content: string;
  /** Absent: the content is the text itself. */
  encoding?: "base64";
  /** An image of a disk: too large to be kept, it is known by its size and by what can be carved out of it. */
  image?: { readonly bytes: number; readonly of: string; readonly lost: Readonly<Record<string, number>> };
}
export interface DirectoryNode extends NodeCommon {
  type: "directory";
}
export interface SymlinkNode extends NodeCommon {
  type: "symlink";
  target: string;
}
export interface DeviceNode extends NodeCommon {
  type: "block" | "char";
  major: number;
  minor: number;
}
export interface SocketNode extends NodeCommon {
  type: "socket";
}
export type Node = FileNode | DirectoryNode | SymlinkNode | DeviceNode | SocketNode;

export interface Mount {
  readonly source: string;
  readonly target: string;
  readonly fstype: string;
  readonly options: string;
  readonly uuid?: string;
  /** Of a bind mount: which folder of the file system is seen here. */
  readonly root?: string;
  /** Of a bind mount: the path that the folder has beside it. */
  readonly bind?: string;
  /** In a container: the path of its node that is bound here. */
  readonly bound?: string;
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
  /** Disks beside that of the system, by kernel name (`sdb`); by its path a large file that serves as one. */
  readonly disks?: Record<string, Disk>;
  /** File trees that no path shows: of unmounted datasets and of snapshots by guid, and what a dataset's mount covers. */
  trees?: Record<string, Record<string, Node>>;
  /** Where OpenZFS is installed. */
  zfs?: ZfsState;
  /** Kernel modules that are loaded, once one was loaded or unloaded. */
  loadedModules?: readonly string[];
  /** Where Docker's engine runs, once something was done with it. */
  docker?: DockerState;
  /** The insides of its containers by id, once something was changed in them. */
  dockerInsides?: Record<string, Host>;
  /** On a Proxmox VE node: what it holds beside its files. Configurations are files under /etc/pve. */
  readonly pve?: PveNode;
  /** In a container: what its last start has made of its configuration. */
  booted?: Booted;
  /** Homes of Syncthing whose settings count only from its next start. All else of it is in its config.xml. */
  syncthing?: { readonly waitForRestart: readonly string[] };
  /** Its last restart, once there was one: the clock when it is up again. Until then nobody can reach it. */
  upAt?: number;
  /** Jobs by their id: detached work that runs, or whose outcome nobody has taken yet. */
  jobs?: Record<string, Job>;
}

/** A job of the host's. Times are of its clock. */
export interface Job {
  readonly words: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | null;
  /** Base64. */
  readonly stdin: string;
  readonly user: string;
  readonly since: number;
  readonly limitMs: number;
  /** The host as it was started: a job does not outlive it. */
  readonly life: string;
  /** How far a tool has come that works bit by bit; null for one that has done all at once and only ends later. */
  advancedTo: number | null;
  outcome: JobOutcome | null;
}
export interface JobOutcome {
  readonly code: number;
  /** Base64. */
  readonly stdout: string;
  readonly stderr: string;
  /** When it ends. */
  readonly at: number;
  readonly why: "late" | "big" | "-";
}

export interface Booted {
  /** The clock when its init began. */
  readonly since: number;
  readonly idMaps: readonly IdMap[];
  nets: readonly NetInterface[];
}
/** `count` ids from `inside` on are those of the node from `outside` on. */
export interface IdMap {
  readonly kind: "u" | "g";
  readonly inside: number;
  readonly outside: number;
  readonly count: number;
}
export interface NetInterface {
  readonly name: string;
  /** As its node's configuration spells it: another spelling makes another interface. */
  readonly mac: string;
  readonly index: number;
  readonly mtu: number;
  readonly up: boolean;
  /** With prefix length. */
  readonly addresses: readonly string[];
  readonly gateway?: string;
  /** Addresses of a lease are there only from this moment of the clock on. */
  readonly leaseAt?: number;
}

export interface BadArea {
  /** Bytes. */
  readonly at: number;
  readonly bytes: number;
  /** Which retry reads it after all; unsaid: none. */
  readonly tries?: number;
}
/** A disk and what is on it. */
export interface Disk {
  readonly bytes: number;
  readonly serial: string;
  readonly model: string;
  /** Names under /dev/disk/by-id. */
  readonly ids: readonly string[];
  content: DiskContent;
  /** A disk that died answers with errors. */
  health: "fine" | "dead";
  /** `blockdev --setro`, by kernel name of the disk and its partitions: until the machine restarts. */
  readOnly?: readonly string[];
  /** Areas that cannot be read any more: it is dying. */
  readonly bad?: readonly BadArea[];
  /** Files that were deleted on it and can be carved: how many, by extension. */
  readonly lost?: Readonly<Record<string, number>>;
}
export type DiskContent =
  | { readonly kind: "blank" }
  | { readonly kind: "filesystem"; readonly fstype: string; readonly uuid: string; readonly mounted?: string }
  /** Of a pool, imported or not. */
  | {
      readonly kind: "zfs";
      readonly pool: string;
      readonly guid: string;
      readonly state: "imported" | "exported" | "destroyed";
    };

export interface PveNode {
  /** Containers by vmid. */
  readonly containers: Record<string, Container>;
  /** Virtual machines by vmid. */
  readonly vms: Record<string, Vm>;
  /** Volumes of guests by volume id (`local:101/vm-101-disk-0.raw`), on whatever storage. */
  readonly volumes: Record<string, Volume>;
  /** The next process id; they only grow. */
  nextPid: number;
  /** Of Proxmox VE. Unsaid: 8.4. High availability of 9 has rules in place of groups. */
  readonly version?: "8.4" | "9.0";
  /** Nodes of its cluster that are switched off. Who is in the cluster says /etc/pve/corosync.conf. */
  offlinePeers?: readonly string[];
  /** Lock files that somebody else holds, and the node's clock at which he lets go. */
  heldLocks?: Record<string, number>;
}
export interface Container {
  /** Its inside: a host of its own, entered with lxc-attach; null until its root file system is unpacked. */
  inside: Host | null;
  /** Null while it is stopped. */
  running: RunningGuest | null;
  /** What its root file system was at each snapshot. */
  readonly snapshots: Record<string, Host>;
}
export interface Vm {
  running: RunningGuest | null;
  /** Its processors stand still (`qm suspend`). */
  paused?: true;
}
export interface RunningGuest {
  /** The node's clock when it was started. */
  readonly since: number;
  readonly pid: number;
  /** The part of its configuration that is in force, as text: raw lines count from here until the next start. */
  readonly conf: string;
}
export interface Volume {
  /** Bytes. 0: a folder without a limit. */
  bytes: number;
  readonly format: "raw" | "qcow2" | "vmdk" | "subvol" | "tar" | "iso";
  /** A system was copied to it that a virtual machine boots; a new disk is blank. */
  readonly system?: GuestSystem;
}
export interface GuestSystem {
  /** Whether QEMU's guest agent is installed in it. */
  readonly agent: boolean;
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
  /** `proxmox`: a Proxmox VE node. `container`: the inside of one, made from a template. */
  readonly kind: "debian" | "proxmox" | "container";
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
  /** How images of a registry behave, by their name with its tag. */
  readonly images?: Readonly<Record<string, DescribedImage>>;
  /** Disks beside that of the system; blank unless said otherwise. */
  readonly disks?: readonly DescribedDisk[];
  /** The system that a container's template holds. */
  readonly system?: "debian" | "alpine";
}
export interface DescribedDisk {
  /** Kernel name: `sdb`, `nvme1n1`. */
  readonly name: string;
  readonly bytes: number;
  readonly serial?: string;
  readonly model?: string;
  /** Under /dev/disk/by-id. Unsaid: made from bus, model and serial. */
  readonly id?: string;
  /** A file system that is on it already. */
  readonly fstype?: string;
  readonly bad?: readonly BadArea[];
  readonly lost?: Readonly<Record<string, number>>;
}

/** The host as whoever only looks may see it. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;
export type FrozenHost = Frozen<Host>;

/** A record's own entry: names come from users, and `constructor` is a name like any other. */
export function own<T>(record: Readonly<Record<string, T>>, key: string): T | undefined {
  return Object.hasOwn(record, key) ? record[key] : undefined;
}

/** A Proxmox Backup Server among the lab's hosts, as others find it over the network. */
export interface BackupServer {
  /** Of its certificate: pairs of hexadecimal digits with colons between. */
  fingerprint: string;
  /** What lies in each datastore. */
  readonly stores: Record<string, BackupSnapshot[]>;
  /** SHA-256 of the secret of each token. */
  tokens: Readonly<Record<string, string>>;
  /** The lines of its acl.cfg. */
  acl: readonly string[];
}

export interface BackupSnapshot {
  /** Namespace; empty: the root. */
  readonly ns: string;
  readonly type: "ct" | "host" | "vm";
  readonly id: string;
  /** Seconds since the epoch. */
  readonly time: number;
  /** Archives by the name of their file, with what lies in those of files. */
  readonly archives: Readonly<Record<string, BackupArchive>>;
  readonly owner: string;
  readonly encrypted: boolean;
  /** Of a container: its configuration and its inside. */
  readonly guest?: { readonly conf: string; readonly inside: Host };
}
export interface BackupArchive {
  readonly bytes: number;
  /** By their path in the archive, which begins with a slash. */
  readonly files?: Readonly<Record<string, Node>>;
}
