import { z } from "zod";
import { absolutePath, presence, Secret, secret } from "../../engine/module/index.ts";
import { CONTENT, OPTIONS, STORAGE_TYPES, type StorageType } from "./options.ts";

/** storage.cfg is a text of lines, and not all tools read beyond ASCII from it as it was written. */
const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, {
      error: `expected ${what}: one line of plain ASCII, no blank at its ends`,
    })
    .max(1000);
const word = (what: string, pattern: RegExp, hint = "") =>
  z
    .string({ error: `expected ${what}` })
    .regex(pattern, { error: `expected ${what}${hint}` })
    .max(255);
const path = absolutePath.refine((text) => /^[\x21-\x7e]+$/.test(text) && text !== "/", {
  error: "expected a path below /, in plain ASCII and without blanks",
});
const kinds = ["images", "rootdir", "vztmpl", "iso", "backup", "snippets", "import"] as const;
const contentKind = z.enum(kinds, { error: `expected one of ${kinds.join(", ")}` });

/** A list may also be written as the file has it, with commas between. */
const listFrom = <S extends z.ZodType>(item: S) =>
  z
    .preprocess(
      (given) => (typeof given === "string" ? given.split(/[,;\s]+/).filter((each) => each !== "") : given),
      z.array(item),
    )
    .transform((items) => [...new Set(items)].sort());
const count = (what: string) =>
  z
    .int({ error: `expected ${what}, a whole number` })
    .min(0)
    .max(100_000);

const pruning = z
  .strictObject({
    keep_all: z.literal(true, { error: "expected true; leave it out to keep only so many" }).optional(),
    keep_last: count("how many to keep").optional(),
    keep_hourly: count("how many hours to keep one of").optional(),
    keep_daily: count("how many days to keep one of").optional(),
    keep_weekly: count("how many weeks to keep one of").optional(),
    keep_monthly: count("how many months to keep one of").optional(),
    keep_yearly: count("how many years to keep one of").optional(),
  })
  .refine(
    (kept) => kept.keep_all === undefined || Object.values(kept).filter((each) => each !== undefined).length === 1,
    {
      error: "keep_all keeps everything: nothing else can stand beside it",
    },
  )
  .transform((kept) => {
    const counted = Object.entries(kept).filter(([, each]) => each !== undefined && each !== 0);
    return Object.fromEntries(counted.length === 0 ? [["keep_all", true]] : counted) as Record<string, number | true>;
  });
const rate = z.number({ error: "expected KiB per second" }).min(0).max(1e12);
const limits = z
  .strictObject({
    default: rate.optional(),
    clone: rate.optional(),
    migration: rate.optional(),
    move: rate.optional(),
    restore: rate.optional(),
  })
  .transform(
    (given) =>
      Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)) as Record<string, number>,
  )
  .refine((given) => Object.keys(given).length > 0, { error: "say at least one limit, or null for none" });
const folders = z
  .partialRecord(
    contentKind,
    word("a folder below the path", /^(?!\/)(?!.*\.\.)[\w@.+-]+(?:\/[\w@.+-]+)*$/, ", such as isos or template/isos"),
  )
  .refine((given) => Object.keys(given).length > 0, { error: "say at least one folder, or null for the usual ones" });

export const params = z
  .strictObject({
    id: word(
      "the name of a storage",
      /^[a-z][a-z0-9\-_.]*[a-z0-9]$/i,
      ": a letter first, a letter or digit last, between them also - _ and .",
    ).describe("Name of the storage, such as `VM-SSD`."),
    type: z
      .enum(STORAGE_TYPES, { error: `expected one of ${STORAGE_TYPES.join(", ")}` })
      .optional()
      .describe(
        "What it is: a folder, a ZFS pool or dataset, a share, a Proxmox Backup Server. Needed to add it; it cannot be changed.",
      ),
    state: presence.describe("`absent` takes its definition away; what is stored stays where it is."),
    content: listFrom(contentKind)
      .optional()
      .describe(
        "What may be kept there: images, rootdir, vztmpl, iso, backup, snippets, import. A set; `[]`: nothing.",
      ),
    nodes: listFrom(word("the name of a node", /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i))
      .nullable()
      .optional()
      .describe("Nodes that have it. A set; null or `[]`: all of them."),
    disable: z.boolean().optional().describe("Keep its definition, but do not use it."),
    shared: z.boolean().optional().describe("The same content is there on all nodes, by some other means."),
    path: path
      .optional()
      .describe("Folder of a `dir` or `btrfs`, where a share is mounted otherwise. It cannot be changed."),
    pool: word("a pool or dataset", /^[a-z][\w.:-]*(?:\/[\w.: -]*[\w.:-])*$/i, ", such as rpool/data")
      .optional()
      .describe("ZFS pool or dataset. It cannot be changed."),
    server: word("a server's name or address", /^[a-z0-9](?:[a-z0-9.:-]*[a-z0-9])?$/i)
      .optional()
      .describe("Name or address of the server. It cannot be changed."),
    export: path.optional().describe("The path that the NFS server exports. It cannot be changed."),
    share: line("the name of a share").optional().describe("Name of the share. It cannot be changed."),
    datastore: word("the name of a datastore", /^\w[\w.-]*$/)
      .optional()
      .describe("Datastore of the backup server. It cannot be changed."),
    vgname: word("the name of a volume group", /^[\w+.][\w+.-]*$/)
      .optional()
      .describe("LVM volume group. It cannot be changed."),
    thinpool: word("the name of a thin pool", /^[\w+.][\w+.-]*$/)
      .optional()
      .describe("LVM thin pool. It cannot be changed."),
    subdir: path.nullable().optional().describe("Folder of the share that is mounted. Null: all of it."),
    username: line("the name of a user")
      .nullable()
      .optional()
      .describe("Who logs in: a user of the share, or `user@realm` or `user@realm!token` of the backup server."),
    password: secret()
      .nullable()
      .optional()
      .describe(
        "Password, or the secret of the token. It goes to the node without being seen in a list of processes, and is compared with the one that the node keeps. Null: none.",
      ),
    domain: line("a domain").nullable().optional().describe("Domain of the user of a share."),
    smbversion: z
      .enum(["default", "2.0", "2.1", "3", "3.0", "3.11"], {
        error: 'expected a version in quotes: "2.0", "2.1", "3", "3.0", "3.11" or default',
      })
      .optional()
      .describe("Version of the protocol that shares are mounted with."),
    options: line("mount options")
      .nullable()
      .optional()
      .describe("Mount options of a share, such as `vers=4.2,soft`. Null: none."),
    port: z.int().min(1).max(65535).nullable().optional().describe("Port of the backup server. Null: 8007."),
    namespace: word("a namespace", /^[\w-]+(?:\/[\w-]+)*$/, ", such as home or home/pve1")
      .nullable()
      .optional()
      .describe("Namespace in the datastore. Null: its root."),
    fingerprint: word(
      "a SHA-256 fingerprint",
      /^[a-f0-9]{2}(?::[a-f0-9]{2}){31}$/i,
      ": 32 pairs of digits with colons between",
    )
      .nullable()
      .optional()
      .describe("Fingerprint of the backup server's certificate."),
    encryption_key: secret()
      .nullable()
      .optional()
      .describe(
        "Key that backups are encrypted with, the text of the key file; `autogen`: one that the node makes for itself, if it has none. Null: not encrypted.",
      ),
    sparse: z.boolean().optional().describe("Volumes of ZFS take only the space that is written."),
    blocksize: word("a block size", /^\d+[kKmM]?$/, ", such as 16k")
      .nullable()
      .optional()
      .describe("Block size of new ZFS volumes, such as `16k`."),
    mountpoint: path
      .nullable()
      .optional()
      .describe("Where the ZFS dataset is mounted. Proxmox VE notes it by itself for a new storage."),
    is_mountpoint: z
      .union([z.boolean(), path], { error: "expected true, false or the path of the mount point" })
      .optional()
      .describe(
        "Use the folder only while something is mounted there (or at this path): true for disks that may be missing.",
      ),
    create_base_path: z.boolean().optional().describe("Make the folder if it is missing."),
    create_subdirs: z.boolean().optional().describe("Make the folders for each kind of content."),
    nocow: z.boolean().optional().describe("No copy on write for raw images on btrfs; their checksums go, too."),
    preallocation: z
      .enum(["off", "metadata", "falloc", "full"], { error: "expected off, metadata, falloc or full" })
      .optional()
      .describe("How much of a new image is allocated at once."),
    format: z
      .enum(["raw", "qcow2", "subvol", "vmdk"], { error: "expected raw, qcow2, subvol or vmdk" })
      .nullable()
      .optional()
      .describe("Format of new images."),
    prune_backups: pruning
      .nullable()
      .optional()
      .describe("Which backups are kept: `{ keep_last: 3, keep_daily: 7 }`. Exact. Null: as the job says."),
    max_protected_backups: z
      .int()
      .min(-1)
      .max(1_000_000)
      .nullable()
      .optional()
      .describe("How many backups of a guest may be protected; -1: any number."),
    content_dirs: folders
      .nullable()
      .optional()
      .describe("Other folders for kinds of content, below the path: `{ iso: isos }`. Exact. Null: the usual ones."),
    bwlimit: limits
      .nullable()
      .optional()
      .describe("Limits in KiB per second: `{ default: 0, restore: 50000 }`. Exact. Null: those of the datacenter."),
    saferemove: z.boolean().optional().describe("Overwrite LVM volumes with zeros when they are removed."),
    verify_active: z
      .boolean()
      .default(false)
      .describe(
        "Also wait until the storage is in use on the node. That mounts it and takes a second each time, so it is done only when asked for.",
      ),
    even_if_used: z
      .boolean()
      .default(false)
      .describe("With `state: absent`: take it away although guests or backup jobs still name it."),
  })
  .superRefine((given, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    const named = Object.entries(given).filter(([name, value]) => value !== undefined && !SETTINGS.has(name));
    if (given.state === "absent") {
      for (const [name] of named)
        if (name !== "type") wrong(name, "says how a storage shall be, and it shall be absent");
      if (given.verify_active) wrong("verify_active", "a storage that shall be absent cannot be in use");
      return;
    }
    if (given.even_if_used) wrong("even_if_used", "is for `state: absent`");
    if (given.verify_active && given.disable === true) wrong("verify_active", "a disabled storage is not in use");
    if (given.password instanceof Secret) checkPassword(given.password.reveal(), wrong);
    const key = given.encryption_key instanceof Secret ? given.encryption_key.reveal() : null;
    if (key !== null && key !== "autogen" && !/^\s*\{[\s\S]*"data"[\s\S]*\}\s*$/.test(key))
      wrong("encryption_key", "expected the text of a key file (JSON with `data`), or autogen");
    if (given.type === undefined) return;
    for (const [name, message] of misplaced(given.type, given)) wrong(name, message);
  });
export type Params = z.output<typeof params>;

/** Parameters that are no options of a storage. */
const SETTINGS = new Set(["id", "state", "verify_active", "even_if_used"]);

/** What is kept is the first line, and the file ends with it. */
function checkPassword(password: string, wrong: (name: string, message: string) => void): void {
  if (password === "") wrong("password", "is empty: say null for none");
  else if (/[\n\r\0]/.test(password)) wrong("password", "is of one line");
  else if (password.length > 256) wrong("password", "has at most 256 characters");
}

/** Options that this type does not have, and contents that it cannot hold. */
export function misplaced(
  type: StorageType,
  given: Readonly<Record<string, unknown>>,
): readonly (readonly [string, string])[] {
  const found: (readonly [string, string])[] = [];
  for (const { param, types } of [...OPTIONS, ...BESIDE]) {
    if (given[param] === undefined || types.includes(type)) continue;
    found.push([param, `is an option of ${types.join(", ")}; ${type} has none of that name`]);
  }
  const content: unknown = given.content;
  const odd = Array.isArray(content) ? content.filter((kind) => !CONTENT[type].can.includes(String(kind))) : [];
  if (odd.length > 0)
    found.push(["content", `${type} cannot hold ${odd.join(", ")}, only ${CONTENT[type].can.join(", ")}`]);
  if (Array.isArray(content) && content.length === 0 && type !== "pbs" && CONTENT[type].can.length === 2)
    found.push(["content", `${type} holds something: images, rootdir or both`]);
  return found;
}
/** Kept beside storage.cfg. */
const BESIDE: readonly { readonly param: string; readonly types: readonly StorageType[] }[] = [
  { param: "password", types: ["cifs", "pbs"] },
  { param: "encryption_key", types: ["pbs"] },
];

/** What a new storage of each type cannot be without. */
export const NEEDED: Readonly<Record<StorageType, readonly (keyof Params)[]>> = {
  dir: ["path"],
  btrfs: ["path"],
  zfspool: ["pool"],
  nfs: ["server", "export"],
  cifs: ["server", "share"],
  pbs: ["server", "datastore"],
  lvm: ["vgname"],
  lvmthin: ["vgname", "thinpool"],
};
