import { z } from "zod";
import { sshPublicKeyProblem } from "../../engine/formats/ssh-public-key.ts";
import {
  atCreate,
  DNS_NAME,
  guestId,
  guestNotes,
  guestStartup,
  guestTags,
  mebibytes,
  publicKeys,
  seconds,
  secret,
} from "../../engine/module/index.ts";
import { devicesParam, mountsParam, rootfsParam } from "./param-mounts.ts";
import { netsParam } from "./param-nets.ts";
import { isPlainNumber, storageId, whole, wordList } from "./values.ts";

const CPU_LIMIT = "expected a number of cores such as 1.5, at most 8192; 0 for no limit";
const vmidOf = guestId("container");

const featuresMap = z.strictObject({
  nesting: z.boolean().optional(),
  keyctl: z.boolean().optional(),
  fuse: z.boolean().optional(),
  mknod: z.boolean().optional(),
  force_rw_sys: z.boolean().optional(),
  mount: wordList("file systems")
    .refine((words) => words.every((word) => /^[a-z0-9_]+$/i.test(word)), {
      error: "expected file systems: [nfs, cifs]",
    })
    .optional(),
});

/** Every parameter of `pct`; what is said here is its manual. */
export const params = z
  .strictObject({
    vmid: vmidOf.describe("Id of the container, unique in the whole cluster."),
    state: z
      .enum(["present", "started", "stopped", "absent", "restarted"], {
        error: "expected present, started, stopped, absent or restarted",
      })
      .default("started")
      .describe(
        "`present` leaves running or not as it is. `restarted` starts it, or restarts it each time: it is for handlers. `absent` destroys it with its volumes.",
      ),
    template: atCreate(
      z
        .string()
        .min(1)
        .max(255)
        .regex(/^[!-+\--~]+$/, { error: "expected debian-12, a volume (local:vztmpl/…) or an absolute path" })
        .refine((text) => !text.startsWith("-") && !text.split("/").includes(".."), {
          error: "expected debian-12, a volume (local:vztmpl/…) or an absolute path",
        })
        .optional()
        .describe(
          "What it is made from: a distribution with or without its release (`debian-12`: the newest, downloaded if need be), an exact volume (`local:vztmpl/FILE`), or a path on the node.",
        ),
    ),
    template_storage: atCreate(
      storageId.default("local").describe("Where templates are kept, for a `template` that is a distribution."),
    ),
    storage: atCreate(
      storageId.optional().describe("Where volumes are made that name no storage themselves. Proxmox VE: local."),
    ),
    rootfs: rootfsParam.optional().describe("The root file system. Proxmox VE makes one of 4 GiB."),
    hostname: z
      .string()
      .regex(DNS_NAME, { error: "expected a DNS name: letters, digits and - (no _), with dots between" })
      .optional()
      .describe("Its name, also inside. Unsaid at creation: CT and its id."),
    cores: z
      .union([z.literal("all"), z.int().min(1).max(8192)], { error: "expected a number from 1 to 8192, or all" })
      .optional()
      .describe("Cores that it may use; `all` for every one."),
    cpulimit: z
      .number({ error: CPU_LIMIT })
      .min(0, { error: CPU_LIMIT })
      .max(8192, { error: CPU_LIMIT })
      .refine(isPlainNumber, { error: CPU_LIMIT })
      .optional()
      .describe("Limit in cores (`1.5`); 0 for none."),
    cpuunits: whole(0, 500_000).optional().describe("Weight against others. Proxmox VE cuts it to 10000."),
    memory: mebibytes(16).optional().describe("MiB."),
    swap: mebibytes(0).optional().describe("MiB, beside the memory."),
    nets: netsParam.optional().describe("All networks; one that is not in the list goes."),
    mounts: mountsParam
      .optional()
      .describe("All mounts beside rootfs; one that is not in the list goes. For volumes see `detach`."),
    devices: devicesParam.optional().describe("All devices passed through; one that is not in the list goes."),
    append_devices: z
      .boolean()
      .default(false)
      .describe("Devices that are not in `devices` stay. Else the list is exact."),
    features: featuresMap.optional().describe("All features; one that is not named is off."),
    tags: guestTags.optional().describe("All tags; an empty list takes them away."),
    description: guestNotes
      .optional()
      .describe("Notes, shown in the web interface; may have several lines. Empty: none."),
    onboot: z.boolean().optional().describe("Start it when the node starts."),
    startup: guestStartup
      .optional()
      .describe("Its place in the order of starts, and the seconds to wait after start and stop."),
    nameserver: wordList("addresses")
      // Proxmox VE takes an interface behind an address of the link alone.
      .refine((words) => words.every((word) => isAddress(word.replace(/^(fe80:.*)%[a-z]\w{1,20}([:.]\d+)?$/i, "$1"))), {
        error: "expected IP addresses",
      })
      .optional()
      .describe("DNS servers. Empty: those of the node."),
    searchdomain: wordList("domains")
      .transform((words) => words.map((word) => word.replace(/\.$/, "")))
      .refine((words) => words.every((word) => DNS_NAME.test(word)), {
        error: "expected domain names",
      })
      .optional()
      .describe("DNS search domains. Empty: that of the node."),
    timezone: z
      .string()
      .regex(/^$|^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/, {
        error: "expected a time zone such as Europe/Vienna, or host",
      })
      .refine((zone) => zone === "" || zone === "host" || isTimeZone(zone), { error: "there is no such time zone" })
      .optional()
      .describe("`host` follows the node. Empty: that of the template."),
    protection: z.boolean().optional().describe("Neither it nor its volumes can be removed."),
    unprivileged: z
      .boolean()
      .optional()
      .describe("Its root is nobody on the node. At creation true unless said otherwise; cannot be changed later."),
    arch: z
      .enum(["amd64", "i386", "arm64", "armhf", "riscv32", "riscv64"])
      .optional()
      .describe("Architecture of its programs. Proxmox VE finds it out at creation."),
    ostype: z
      .enum([
        ..."debian devuan ubuntu centos fedora opensuse archlinux alpine gentoo nixos unmanaged".split(" "),
      ] as unknown as [string, ...string[]])
      .optional()
      .describe("How the inside is set up. Proxmox VE finds it out at creation."),
    tty: whole(0, 6).optional().describe("Number of terminals."),
    console: z.boolean().optional().describe("Whether it has a console (/dev/console)."),
    cmode: z.enum(["shell", "console", "tty"]).optional().describe("What the console shows."),
    hookscript: z
      .string()
      .regex(/^$|^[a-z][a-z0-9._-]*:snippets\/[!-+\--.0-~]+$/i, { error: "expected STORAGE:snippets/FILE" })
      .optional()
      .describe("`STORAGE:snippets/FILE`, executable. Empty: none."),
    ssh_public_keys: atCreate(
      publicKeys
        .superRefine((keys, context) => {
          for (const key of keys) {
            const message = sshPublicKeyProblem(key);
            if (message !== null) context.addIssue({ code: "custom", message });
          }
        })
        .optional()
        .describe("Who may log in as root from the start. Later they are a file inside."),
    ),
    password: atCreate(
      secret().optional().describe("Of root, set at creation alone. It never stands in a command line."),
    ),
    clone: atCreate(
      z
        .strictObject({
          from: vmidOf,
          snapshot: z
            .string()
            .regex(/^[a-z][a-z0-9_-]{1,39}$/i, { error: "expected the name of a snapshot" })
            .optional(),
          full: z
            .boolean()
            .optional()
            .describe("Copy everything. Unsaid: what Proxmox VE does (linked, of a template)."),
          storage: storageId.optional().describe("Where a full copy goes."),
        })
        .optional()
        .describe("Make it from another container of the node and not from a template."),
    ),
    purge: z.boolean().default(false).describe("With `absent`: also take it out of backup, replication and HA jobs."),
    detach: z
      .boolean()
      .default(false)
      .describe("Volumes that are no longer in `mounts` may go from it. Their data stays, as unused volumes."),
    force: z.boolean().default(false).describe("Kill it if it has not shut down within `timeout`."),
    restart: z
      .enum(["never", "if_needed"], { error: "expected never or if_needed" })
      .default("never")
      .describe(
        "What to do where a change counts from the next start only. `never` leaves it to you: the result lists it in `restart_required` at every run. `if_needed` restarts the container, and also for what an earlier run has left.",
      ),
    timeout: seconds("a time limit", 7200, 1)
      .default(60)
      .describe("How long starting or stopping may take: seconds, or a text such as `5m`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const reveal = given.password?.reveal();
    if (reveal !== undefined && (reveal.length < 5 || !/^[^\0\r\n]+$/.test(reveal)))
      wrong("password", "a password has at least 5 characters, and is one line");
    if (given.template !== undefined && given.clone !== undefined)
      wrong("clone", "template and clone exclude each other");
    if (given.clone !== undefined && given.clone.from === given.vmid) wrong("clone", "it cannot be a clone of itself");
    if (given.clone?.storage !== undefined && given.clone.full === false)
      wrong("clone", "a linked clone stays where its original is: leave storage out, or say full: true");
    if (given.clone !== undefined && (given.password ?? given.ssh_public_keys) !== undefined)
      wrong("clone", "a clone keeps the accounts of its original: set password and keys inside, later");
  });
export type Params = z.output<typeof params>;

function isAddress(text: string): boolean {
  return z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
}

function isTimeZone(zone: string): boolean {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: zone }).resolvedOptions();
    // `europe/vienna` is understood here, and not by Proxmox VE.
    return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase();
  } catch {
    return false;
  }
}
