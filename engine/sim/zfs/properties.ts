// Over 300 lines: one table of 100 properties, and the few functions that read it.
import type { ZfsRules } from "./versions.ts";

/** How a value is written and read. */
export type PropertyKind =
  /** One of some words. */
  | "index"
  | "string"
  /** Bytes, with `none` for 0: `quota`. */
  | "quota"
  /** Bytes, a power of two. */
  | "block"
  | "bytes"
  /** A number of things, `none` allowed. */
  | "limit"
  /** A number printed as it is: `guid`. */
  | "plain"
  | "ratio"
  | "date";

/** `once`: at creation only. `default`: can be set, and is not inherited. */
type PropertyAttribute = "readonly" | "once" | "default" | "inherit";

export interface Property {
  readonly name: string;
  /** Its heading in `zfs list`. */
  readonly column: string;
  readonly kind: PropertyKind;
  readonly attribute: PropertyAttribute;
  /** f file system, v volume, s snapshot, b bookmark. */
  readonly types: string;
  /** What it may be, in the words of the usage text. */
  readonly values: string;
  /** As -p prints it. */
  readonly default: string;
  /** For `index`: accepted word to the word that it reads back as. */
  readonly words: ReadonlyMap<string, string>;
  /** Not in the lists, but known. */
  readonly hidden: boolean;
}

type Row = readonly [
  name: string,
  column: string,
  kind: PropertyKind | "hidden",
  attribute: PropertyAttribute,
  types: string,
  values: string,
  fallback?: string,
  words?: string,
];

const ON_OFF = "on | off";
const BOOLEAN = "off on";
const SIZE = "<size>";
const SIZE_NONE = "<size> | none";
const COUNT_NONE = "<count> | none";
const RATIO = "<1.00x or higher if compressed>";
const CACHE = "all | none | metadata";
const ZSTD = Array.from({ length: 19 }, (_, index) => `zstd-${index + 1}`);
const FAST = [2, 3, 4, 5, 6, 7, 8, 9, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 500, 1000].map(
  (level) => `zstd-fast-${level}`,
);
const COMPRESSION = [
  "on off lzjb gzip gzip-1 gzip-2 gzip-3 gzip-4 gzip-5 gzip-6=gzip gzip-7 gzip-8 gzip-9 zle lz4 zstd zstd-fast",
  ...ZSTD,
  "zstd-fast-1=zstd-fast",
  ...FAST,
].join(" ");

/** In the order in which `zfs get all` prints them. */
const ROWS: readonly Row[] = [
  ["type", "TYPE", "string", "readonly", "fvsb", "filesystem | volume | snapshot | bookmark"],
  ["creation", "CREATION", "date", "readonly", "fvsb", "<date>"],
  ["used", "USED", "bytes", "readonly", "fvs", SIZE],
  ["available", "AVAIL", "bytes", "readonly", "fv", SIZE],
  ["referenced", "REFER", "bytes", "readonly", "fvsb", SIZE],
  ["compressratio", "RATIO", "ratio", "readonly", "fvsb", RATIO],
  ["mounted", "MOUNTED", "index", "readonly", "f", "yes | no", "no", "no yes"],
  ["origin", "ORIGIN", "string", "readonly", "fv", "<snapshot>"],
  ["quota", "QUOTA", "quota", "default", "f", SIZE_NONE, "0"],
  ["reservation", "RESERV", "quota", "default", "fv", SIZE_NONE, "0"],
  ["volsize", "VOLSIZE", "bytes", "default", "sv", SIZE, "0"],
  ["volblocksize", "VOLBLOCK", "block", "once", "v", "512 to 128k, power of 2", "16384"],
  ["recordsize", "RECSIZE", "block", "inherit", "f", "512 to 1M, power of 2", "131072"],
  ["mountpoint", "MOUNTPOINT", "string", "inherit", "f", "<path> | legacy | none", "/"],
  ["sharenfs", "SHARENFS", "string", "inherit", "f", "on | off | NFS share options", "off"],
  [
    "checksum",
    "CHECKSUM",
    "index",
    "inherit",
    "fv",
    "on | off | fletcher2 | fletcher4 | sha256 | sha512 | skein | edonr | blake3",
    "on",
    "on off fletcher2 fletcher4 sha256 noparity sha512 skein edonr blake3",
  ],
  [
    "compression",
    "COMPRESS",
    "index",
    "inherit",
    "fv",
    "on | off | lzjb | gzip | gzip-[1-9] | zle | lz4 | zstd | zstd-[1-19] | zstd-fast | zstd-fast-[1-10,20,30,40,50,60,70,80,90,100,500,1000]",
    "on",
    COMPRESSION,
  ],
  ["atime", "ATIME", "index", "inherit", "f", ON_OFF, "on", BOOLEAN],
  ["devices", "DEVICES", "index", "inherit", "fs", ON_OFF, "on", BOOLEAN],
  ["exec", "EXEC", "index", "inherit", "fs", ON_OFF, "on", BOOLEAN],
  ["setuid", "SETUID", "index", "inherit", "fs", ON_OFF, "on", BOOLEAN],
  ["readonly", "RDONLY", "index", "inherit", "fv", ON_OFF, "off", BOOLEAN],
  ["zoned", "ZONED", "index", "inherit", "f", ON_OFF, "off", BOOLEAN],
  ["snapdir", "SNAPDIR", "index", "inherit", "f", "disabled | hidden | visible", "hidden", "disabled hidden visible"],
  [
    "aclmode",
    "ACLMODE",
    "index",
    "inherit",
    "f",
    "discard | groupmask | passthrough | restricted",
    "discard",
    "discard groupmask passthrough restricted",
  ],
  [
    "aclinherit",
    "ACLINHERIT",
    "index",
    "inherit",
    "f",
    "discard | noallow | restricted | passthrough | passthrough-x",
    "restricted",
    "discard noallow restricted passthrough secure=restricted passthrough-x",
  ],
  ["createtxg", "CREATETXG", "plain", "readonly", "fvsb", "<uint64>"],
  ["name", "NAME", "hidden", "readonly", "fvsb", ""],
  ["canmount", "CANMOUNT", "index", "default", "f", "on | off | noauto", "on", "off on noauto"],
  ["iscsioptions", "ISCSIOPTIONS", "hidden", "inherit", "v", ""],
  ["xattr", "XATTR", "index", "inherit", "fs", "on | off | dir | sa", "on", "off on sa=on dir"],
  ["copies", "COPIES", "index", "inherit", "fv", "1 | 2 | 3", "1", "1 2 3"],
  ["version", "VERSION", "index", "default", "fs", "1 | 2 | 3 | 4 | 5 | current", "5", "1 2 3 4 5 current=5"],
  ["utf8only", "UTF8ONLY", "index", "once", "fs", ON_OFF, "off", BOOLEAN],
  [
    "normalization",
    "NORMALIZATION",
    "index",
    "once",
    "fs",
    "none | formC | formD | formKC | formKD",
    "none",
    "none formD formKC formC formKD",
  ],
  [
    "casesensitivity",
    "CASE",
    "index",
    "once",
    "fs",
    "sensitive | insensitive | mixed",
    "sensitive",
    "sensitive insensitive mixed",
  ],
  ["vscan", "VSCAN", "index", "inherit", "f", ON_OFF, "off", BOOLEAN],
  ["nbmand", "NBMAND", "index", "inherit", "fs", ON_OFF, "off", BOOLEAN],
  ["sharesmb", "SHARESMB", "string", "inherit", "f", "on | off | SMB share options", "off"],
  ["refquota", "REFQUOTA", "quota", "default", "f", SIZE_NONE, "0"],
  ["refreservation", "REFRESERV", "quota", "default", "fv", SIZE_NONE, "0"],
  ["guid", "GUID", "plain", "readonly", "fvsb", "<uint64>"],
  ["primarycache", "PRIMARYCACHE", "index", "inherit", "fvs", CACHE, "all", "none metadata all"],
  ["secondarycache", "SECONDARYCACHE", "index", "inherit", "fvs", CACHE, "all", "none metadata all"],
  ["usedbysnapshots", "USEDSNAP", "bytes", "readonly", "fv", SIZE],
  ["usedbydataset", "USEDDS", "bytes", "readonly", "fv", SIZE],
  ["usedbychildren", "USEDCHILD", "bytes", "readonly", "fv", SIZE],
  ["usedbyrefreservation", "USEDREFRESERV", "bytes", "readonly", "fv", SIZE],
  ["defer_destroy", "DEFER_DESTROY", "index", "readonly", "s", "yes | no", "off", BOOLEAN],
  ["userrefs", "USERREFS", "plain", "readonly", "s", "<count>"],
  ["logbias", "LOGBIAS", "index", "inherit", "fv", "latency | throughput", "latency", "latency throughput"],
  ["objsetid", "OBJSETID", "plain", "readonly", "fvs", "<uint64>"],
  [
    "dedup",
    "DEDUP",
    "index",
    "inherit",
    "fv",
    "on | off | verify | sha256[,verify] | sha512[,verify] | skein[,verify] | edonr,verify | blake3[,verify]",
    "off",
    "on off verify sha256 sha256,verify sha512 sha512,verify skein skein,verify edonr,verify blake3 blake3,verify",
  ],
  ["mlslabel", "MLSLABEL", "string", "inherit", "fvs", "<sensitivity label>", "none"],
  ["sync", "SYNC", "index", "inherit", "fv", "standard | always | disabled", "standard", "standard always disabled"],
  [
    "dnodesize",
    "DNSIZE",
    "index",
    "inherit",
    "f",
    "legacy | auto | 1k | 2k | 4k | 8k | 16k",
    "legacy",
    "legacy auto 1k 2k 4k 8k 16k",
  ],
  ["refcompressratio", "REFRATIO", "ratio", "readonly", "fvs", RATIO],
  ["written", "WRITTEN", "bytes", "readonly", "fvs", SIZE],
  ["clones", "CLONES", "string", "readonly", "s", "<dataset>[,...]"],
  ["logicalused", "LUSED", "bytes", "readonly", "fv", SIZE],
  ["logicalreferenced", "LREFER", "bytes", "readonly", "fvsb", SIZE],
  ["inconsistent", "INCONSISTENT", "hidden", "readonly", "fvs", ""],
  [
    "volmode",
    "VOLMODE",
    "index",
    "inherit",
    "fv",
    "default | full | geom | dev | none",
    "default",
    "default full geom=full dev none",
  ],
  ["filesystem_limit", "FSLIMIT", "limit", "default", "f", COUNT_NONE, "none"],
  ["snapshot_limit", "SSLIMIT", "limit", "default", "fv", COUNT_NONE, "none"],
  ["filesystem_count", "FSCOUNT", "limit", "readonly", "f", "<count>", "none"],
  ["snapshot_count", "SSCOUNT", "limit", "readonly", "fv", "<count>", "none"],
  ["snapdev", "SNAPDEV", "index", "inherit", "fv", "hidden | visible", "hidden", "hidden visible"],
  [
    "acltype",
    "ACLTYPE",
    "index",
    "inherit",
    "fs",
    "off | nfsv4 | posix",
    "off",
    "off posix nfsv4 disabled=off noacl=off posixacl=posix",
  ],
  ["context", "CONTEXT", "string", "default", "fvs", "<selinux context>", "none"],
  ["fscontext", "FSCONTEXT", "string", "default", "fvs", "<selinux fscontext>", "none"],
  ["defcontext", "DEFCONTEXT", "string", "default", "fvs", "<selinux defcontext>", "none"],
  ["rootcontext", "ROOTCONTEXT", "string", "default", "fvs", "<selinux rootcontext>", "none"],
  ["relatime", "RELATIME", "index", "inherit", "f", ON_OFF, "on", BOOLEAN],
  [
    "redundant_metadata",
    "REDUND_MD",
    "index",
    "inherit",
    "fv",
    "all | most | some | none",
    "all",
    "all most some none",
  ],
  ["overlay", "OVERLAY", "index", "inherit", "f", ON_OFF, "on", BOOLEAN],
  ["receive_resume_token", "RESUMETOK", "string", "readonly", "fv", "<string token>"],
  [
    "encryption",
    "ENCRYPTION",
    "index",
    "once",
    "fvs",
    "on | off | aes-128-ccm | aes-192-ccm | aes-256-ccm | aes-128-gcm | aes-192-gcm | aes-256-gcm",
    "off",
    "on=aes-256-gcm off aes-128-ccm aes-192-ccm aes-256-ccm aes-128-gcm aes-192-gcm aes-256-gcm",
  ],
  ["keylocation", "KEYLOCATION", "string", "default", "fv", "prompt | <file URI> | <https URL> | <http URL>", "none"],
  ["keyformat", "KEYFORMAT", "index", "once", "fv", "none | raw | hex | passphrase", "none", "none raw hex passphrase"],
  ["pbkdf2iters", "PBKDF2ITERS", "plain", "once", "fv", "<iters>", "0"],
  ["encryptionroot", "ENCROOT", "string", "readonly", "fvs", "<filesystem | volume>"],
  [
    "keystatus",
    "KEYSTATUS",
    "index",
    "readonly",
    "fvs",
    "none | unavailable | available",
    "none",
    "none unavailable available",
  ],
  ["special_small_blocks", "SPECIAL_SMALL_BLOCKS", "block", "inherit", "f", "zero or 512 to 1M, power of 2", "0"],
  ["redact_snaps", "RSNAPS", "string", "readonly", "fvsb", "<snapshot>[,...]"],
  ["snapshots_changed", "SNAPSHOTS_CHANGED", "date", "readonly", "fv", "<date>"],
  ["prefetch", "PREFETCH", "index", "inherit", "fvs", "none | metadata | all", "all", "none metadata all"],
  ["volthreading", "VOLTHREADING", "index", "default", "v", ON_OFF, "on", BOOLEAN],
  ["direct", "DIRECT", "index", "inherit", "f", "disabled | standard | always", "standard", "disabled standard always"],
  ["longname", "LONGNAME", "index", "inherit", "f", ON_OFF, "off", BOOLEAN],
];

/** Other spellings. */
const ALIASES: Readonly<Record<string, string>> = {
  avail: "available",
  refer: "referenced",
  ratio: "compressratio",
  reserv: "reservation",
  volblock: "volblocksize",
  recsize: "recordsize",
  compress: "compression",
  rdonly: "readonly",
  case: "casesensitivity",
  usedsnap: "usedbysnapshots",
  usedds: "usedbydataset",
  usedchild: "usedbychildren",
  usedrefreserv: "usedbyrefreservation",
  refreserv: "refreservation",
  lused: "logicalused",
  lrefer: "logicalreferenced",
  encroot: "encryptionroot",
  fscount: "filesystem_count",
  fslimit: "filesystem_limit",
  sscount: "snapshot_count",
  sslimit: "snapshot_limit",
  dnsize: "dnodesize",
  redund_md: "redundant_metadata",
  refratio: "refcompressratio",
};

const tables = new Map<ZfsRules, ReadonlyMap<string, Property>>();

/** The properties of a release by name, in the order of `zfs get all`. */
export function propertiesOf(rules: ZfsRules): ReadonlyMap<string, Property> {
  const known = tables.get(rules);
  if (known !== undefined) return known;
  const table = new Map(
    ROWS.filter(([name]) => !rules.lacks.has(name)).map((row) => [row[0], propertyFrom(row, rules)] as const),
  );
  tables.set(rules, table);
  return table;
}

function propertyFrom([name, column, kind, attribute, types, values, fallback, words]: Row, rules: ZfsRules): Property {
  const own = rules.words[name];
  return {
    name,
    column,
    kind: kind === "hidden" ? "string" : kind,
    attribute,
    types,
    values: own?.values ?? values,
    default: rules.defaults[name] ?? (kind === "limit" ? rules.noLimit : (fallback ?? "-")),
    words: new Map(
      (own?.words ?? words ?? "").split(" ").map((word) => {
        const [given = "", shown = given] = word.split("=");
        return [given, shown] as const;
      }),
    ),
    hidden: kind === "hidden",
  };
}

/** The property of a name or another spelling of it. */
export function propertyNamed(rules: ZfsRules, name: string): Property | undefined {
  const table = propertiesOf(rules);
  const lower = name.toLowerCase();
  return table.get(name) ?? table.get(Object.hasOwn(ALIASES, lower) ? (ALIASES[lower] ?? "") : "");
}

/** Anybody's own property: it has a colon, and no capitals. */
export function isUserProperty(name: string): boolean {
  return name.includes(":") && /^[a-z0-9._:-]+$/.test(name);
}

const QUOTA = /^(user|group|project)(obj)?(used|quota)@(.*)$/s;
/** `userquota@1000` taken apart. */
export function quotaProperty(
  name: string,
): { readonly of: string; readonly objects: boolean; readonly used: boolean; readonly who: string } | undefined {
  const match = QUOTA.exec(name);
  if (match === null) return undefined;
  return { of: match[1] ?? "", objects: match[2] !== undefined, used: match[3] === "used", who: match[4] ?? "" };
}
export function isWrittenProperty(name: string): boolean {
  return name.startsWith("written@") || name.startsWith("written#");
}
