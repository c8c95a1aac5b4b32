import type { Host, Node } from "../world.ts";

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
