/** A package of the lab's archive: Debian 12, amd64, as apt-cache showed it in 2025. */
export interface PackageInfo {
  /** Newest first. */
  readonly versions: readonly string[];
  readonly depends?: readonly string[];
  /** Programs, absolute paths. */
  readonly programs?: readonly string[];
  /** Configuration files: kept by `remove`, gone with `purge`. */
  readonly conffiles?: Readonly<Record<string, string>>;
  /** Unit files; the services among them start and are enabled with the installation, as Debian does. */
  readonly units?: Readonly<Record<string, string>>;
  /** Folders that it, or its daemon at its first start, makes: with their mode. */
  readonly folders?: Readonly<Record<string, string>>;
  /** Groups of its own, with their numbers. */
  readonly groups?: Readonly<Record<string, number>>;
  readonly summary: string;
  /** The archive that has it, where that is not Debian's: apt must have been told of it. */
  readonly from?: string;
  /** Of `versions` in its other suites. */
  readonly suites?: Readonly<Record<string, readonly string[]>>;
}
