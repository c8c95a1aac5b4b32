/**
 * What the properties of a dataset are: the values they take, whether children inherit them, and when they can be set.
 * OpenZFS 2.1 to 2.3; a word or a range that only the newer ones know is refused by the older ones themselves.
 */
export interface ZfsProperty {
  readonly form: ZfsForm;
  readonly inherits: boolean;
  readonly of: "filesystem" | "volume" | "both";
  /** Set when the dataset is made, and never again. */
  readonly atCreation: boolean;
}
export type ZfsForm =
  /** A number of bytes, or none. */
  | { readonly kind: "limit" }
  | { readonly kind: "power"; readonly least: number; readonly most: number; readonly zero: boolean }
  /** A number of things, or none. */
  | { readonly kind: "count" }
  /** One of these; an alias reads back as the word it stands for. */
  | { readonly kind: "words"; readonly words: readonly string[]; readonly aliases: Readonly<Record<string, string>> }
  | { readonly kind: "path" }
  | { readonly kind: "text" };

const onOff = words("on off");
const cached = words("all none metadata");
const limit: ZfsForm = { kind: "limit" };
const count: ZfsForm = { kind: "count" };
const text: ZfsForm = { kind: "text" };
const MiB = 1024 ** 2;

const levels = [...numbered("gzip", 1, 9), ...numbered("zstd", 1, 19), ...numbered("zstd-fast", 1, 10)];
const fast = [20, 30, 40, 50, 60, 70, 80, 90, 100, 500, 1000].map((level) => `zstd-fast-${level}`);
const compression = words(["on off lzjb gzip zle lz4 zstd zstd-fast", ...levels, ...fast].join(" "), {
  "gzip-6": "gzip",
  "zstd-fast-1": "zstd-fast",
});
const sums = "sha256 sha512 skein edonr blake3";
const dedup = words(`on off verify sha256 sha512 skein blake3 ${sums.replace(/\w+/g, "$&,verify")}`);
const ciphers = "aes-128-ccm aes-192-ccm aes-256-ccm aes-128-gcm aes-192-gcm aes-256-gcm";

/** Name, form, and: `!` not inherited, `f` of filesystems alone, `v` of volumes alone, `c` at creation alone. */
const TABLE: readonly (readonly [string, ZfsForm, string])[] = [
  ["aclinherit", words("discard noallow restricted passthrough passthrough-x", { secure: "restricted" }), "f"],
  ["aclmode", words("discard groupmask passthrough restricted"), "f"],
  ["acltype", words("off nfsv4 posix", { posixacl: "posix", noacl: "off" }), "f"],
  ["atime", onOff, "f"],
  ["canmount", words("on off noauto"), "f!"],
  ["casesensitivity", words("sensitive insensitive mixed"), "fc"],
  ["checksum", words(`on off fletcher2 fletcher4 noparity ${sums}`), ""],
  ["compression", compression, ""],
  ["context", text, "!"],
  ["copies", words("1 2 3"), ""],
  ["dedup", dedup, ""],
  ["defcontext", text, "!"],
  ["devices", onOff, "f"],
  ["direct", words("standard always disabled"), "f"],
  ["dnodesize", words("legacy auto 1k 2k 4k 8k 16k"), "f"],
  ["encryption", words(`off ${ciphers}`, { on: "aes-256-gcm" }), "c"],
  ["exec", onOff, "f"],
  ["filesystem_limit", count, "f!"],
  ["fscontext", text, "!"],
  ["keyformat", words("none raw hex passphrase"), "c!"],
  ["keylocation", text, "!"],
  ["logbias", words("latency throughput"), ""],
  ["longname", onOff, "f"],
  ["mountpoint", { kind: "path" }, "f"],
  ["nbmand", onOff, "f"],
  ["normalization", words("none formC formD formKC formKD"), "fc"],
  ["overlay", onOff, "f"],
  ["pbkdf2iters", count, "c!"],
  ["prefetch", cached, ""],
  ["primarycache", cached, ""],
  ["quota", limit, "f!"],
  ["readonly", onOff, ""],
  ["recordsize", { kind: "power", least: 512, most: 16 * MiB, zero: false }, "f"],
  ["redundant_metadata", words("all most some none"), ""],
  ["refquota", limit, "f!"],
  ["refreservation", limit, "!"],
  ["relatime", onOff, "f"],
  ["reservation", limit, "!"],
  ["rootcontext", text, "!"],
  ["secondarycache", cached, ""],
  ["setuid", onOff, "f"],
  ["sharenfs", text, "f"],
  ["sharesmb", text, "f"],
  ["snapdev", words("hidden visible"), ""],
  ["snapdir", words("hidden visible disabled"), "f"],
  ["snapshot_limit", count, "!"],
  ["special_small_blocks", { kind: "power", least: 512, most: 16 * MiB, zero: true }, "f"],
  ["sync", words("standard always disabled"), ""],
  ["utf8only", onOff, "fc"],
  ["volblocksize", { kind: "power", least: 512, most: 128 * 1024, zero: false }, "vc"],
  ["volmode", words("default full dev none", { geom: "full" }), ""],
  ["volthreading", onOff, "v"],
  ["vscan", onOff, "f"],
  ["xattr", words("on off dir sa"), "f"],
  ["zoned", onOff, "f"],
];

const properties: ReadonlyMap<string, ZfsProperty> = new Map(
  TABLE.map(([name, form, marks]) => [
    name,
    {
      form,
      inherits: !marks.includes("!"),
      of: marks.includes("f") ? "filesystem" : marks.includes("v") ? "volume" : "both",
      atCreation: marks.includes("c"),
    },
  ]),
);
/** `userquota@alice`, `groupobjquota@media`, `projectquota@7`: a limit for each of many. */
const quota = (form: ZfsForm): ZfsProperty => ({ form, inherits: false, of: "filesystem", atCreation: false });
const user: ZfsProperty = { form: text, inherits: true, of: "both", atCreation: false };

export const zfsPropertyNames: readonly string[] = [...properties.keys()];

/** What a property of this name is; undefined if there is none that could be set. A name with a colon is a user's own. */
export function zfsProperty(name: string): ZfsProperty | undefined {
  if (isUserProperty(name)) return user;
  const each = /^(?:user|group|project)(obj)?quota@[^\s,=/]+$/.exec(name);
  if (each === null) return properties.get(name);
  return quota(each[1] === undefined ? limit : count);
}

export function isUserProperty(name: string): boolean {
  return name.length < 256 && /^[a-z0-9_.:-]*:[a-z0-9_.:-]*$/.test(name) && !name.startsWith("-");
}

/** Whether `zfs get all` leaves it out, or prints it so that only a look at it alone can be read safely. */
export function isAskedByName(name: string): boolean {
  return name.includes(":") || name.includes("@");
}

function words(list: string, aliases: Readonly<Record<string, string>> = {}): ZfsForm {
  return { kind: "words", words: list.split(" "), aliases };
}
function numbered(stem: string, from: number, to: number): readonly string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${stem}-${from + index}`);
}
