import type { FrozenHost } from "../world.ts";

/** In what the releases of OpenZFS differ. 2.1 and 2.3 are recorded; 2.2 is from its list of changes. */
export interface ZfsRules {
  /** `zfs get -j`, `zfs list -j`, `zfs mount -j`. */
  readonly json: boolean;
  /** With what a refused `zfs set` exits. */
  readonly setFailure: 1 | 255;
  /** `zfs set -u`. */
  readonly setWithoutMount: boolean;
  /** A new mountpoint mounts also what was not mounted. Of 2.2, which has `set -u` to avoid it, that is assumed. */
  readonly newMountpointMounts: boolean;
  /** `zfs holds -p`. */
  readonly holdsParsable: boolean;
  /** What -p prints for a limit that is not set. */
  readonly noLimit: "none" | "18446744073709551615";
  /** The largest record: 2^24 or 2^20. */
  readonly largestBlock: number;
  /** Properties that it does not have. */
  readonly lacks: ReadonlySet<string>;
  readonly defaults: Readonly<Record<string, string>>;
  /** Names of index properties, instead of those of the newest. */
  readonly words: Readonly<Record<string, { readonly values: string; readonly words: string }>>;
  /** `zfs help` is hinted at, and exists. */
  readonly help: boolean;
  /** The width of the first column in the list of properties. */
  readonly propertyColumn: number;
  /** The REFER column of `zfs list`. */
  readonly referColumn: number;
  /** What keeps a held snapshot: named, or only "busy". */
  readonly namesHolds: boolean;
  /** A failure to share or to remount is told, and the command succeeds all the same. */
  readonly remountFailure: 0 | 1;
  readonly tellsShareFailure: boolean;
  /** The live mount options say how names are compared. */
  readonly caseOption: boolean;
  readonly zones: boolean;
}

const NEWEST: ZfsRules = {
  json: true,
  setFailure: 255,
  setWithoutMount: true,
  newMountpointMounts: true,
  holdsParsable: true,
  noLimit: "none",
  largestBlock: 2 ** 24,
  lacks: new Set(),
  defaults: {},
  words: {},
  help: true,
  propertyColumn: 22,
  referColumn: 5,
  namesHolds: true,
  remountFailure: 0,
  tellsShareFailure: true,
  caseOption: true,
  zones: true,
};

// xattr=on means folders before 2.3, and extended attributes in the dnode from then on.
const OLD_XATTR = { values: "on | off | dir | sa", words: "off on sa dir=on" };
const OLD_SNAPDIR = { values: "hidden | visible", words: "hidden visible" };

const OF_2_2: ZfsRules = {
  ...NEWEST,
  json: false,
  lacks: new Set(["direct", "longname"]),
  words: { xattr: OLD_XATTR, snapdir: OLD_SNAPDIR },
};

const OF_2_1: ZfsRules = {
  ...OF_2_2,
  newMountpointMounts: false,
  setFailure: 1,
  setWithoutMount: false,
  holdsParsable: false,
  noLimit: "18446744073709551615",
  largestBlock: 2 ** 20,
  lacks: new Set(["direct", "longname", "prefetch", "volthreading", "snapshots_changed"]),
  defaults: { compression: "off", relatime: "off", volblocksize: "8192" },
  words: {
    xattr: OLD_XATTR,
    snapdir: OLD_SNAPDIR,
    checksum: {
      values: "on | off | fletcher2 | fletcher4 | sha256 | sha512 | skein | edonr",
      words: "on off fletcher2 fletcher4 sha256 noparity sha512 skein edonr",
    },
    dedup: {
      values: "on | off | verify | sha256[,verify] | sha512[,verify] | skein[,verify] | edonr,verify",
      words: "on off verify sha256 sha256,verify sha512 sha512,verify skein skein,verify edonr,verify",
    },
  },
  help: false,
  propertyColumn: 15,
  referColumn: 8,
  namesHolds: false,
  remountFailure: 1,
  tellsShareFailure: false,
  caseOption: false,
  zones: false,
};

/** The rules of the release that a host has. */
export function rulesOf(host: FrozenHost): ZfsRules {
  const [major = 2, minor = 3] = (host.zfs?.version ?? "2.3").split(/[.-]/).map(Number);
  if (major > 2 || minor >= 3) return NEWEST;
  return minor === 2 ? OF_2_2 : OF_2_1;
}
