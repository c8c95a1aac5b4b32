import { z } from "zod";
import { isCalendarEvent, parseCalendarEvent } from "../../engine/formats/calendar-event.ts";
import { absolutePath, presence } from "../../engine/module/index.ts";

const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .regex(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/, {
      error: `expected ${what}: one line of plain ASCII, no blank at its ends`,
    })
    .max(1000);
const word = (what: string, pattern: RegExp) =>
  z
    .string({ error: `expected ${what}` })
    .regex(pattern, { error: `expected ${what}` })
    .max(255);
const guest = z
  .union([z.int(), z.string().regex(/^\d+$/).transform(Number)], { error: "expected the number of a guest" })
  .refine((id) => id >= 100 && id <= 999_999_999, { error: "expected the number of a guest, 100 to 999999999" });
const guests = z
  .array(guest, { error: "expected a list of numbers of guests" })
  .transform((ids) => [...new Set(ids)].sort((a, b) => a - b));
const count = (what: string, from = 0, to = 1_000_000_000) =>
  z
    .int({ error: `expected ${what}, a whole number` })
    .min(from)
    .max(to);
const keep = (what: string) => count(what, 0, 100_000).optional();
const path = absolutePath.refine((text) => /^[\x21-\x7e]+$/.test(text), {
  error: "expected a path in plain ASCII and without blanks",
});

const pruning = z
  .strictObject({
    keep_all: z.literal(true, { error: "expected true; leave it out to keep only so many" }).optional(),
    keep_last: keep("how many to keep"),
    keep_hourly: keep("how many hours to keep one of"),
    keep_daily: keep("how many days to keep one of"),
    keep_weekly: keep("how many weeks to keep one of"),
    keep_monthly: keep("how many months to keep one of"),
    keep_yearly: keep("how many years to keep one of"),
  })
  .refine(
    (kept) => kept.keep_all === undefined || Object.values(kept).filter((each) => each !== undefined).length === 1,
    { error: "keep_all keeps everything: nothing else can stand beside it" },
  )
  .transform((kept) => {
    const counted = Object.entries(kept).filter(([, each]) => each !== undefined && each !== 0);
    return Object.fromEntries(counted.length === 0 ? [["keep_all", true]] : counted) as Record<string, number | true>;
  });
const performance = z
  .strictObject({
    max_workers: count("a number of workers", 1, 256).optional(),
    pbs_entries_max: count("a number of entries", 1).optional(),
  })
  .transform((given) => Object.fromEntries(Object.entries(given).filter(([, each]) => each !== undefined)))
  .refine((given) => Object.keys(given).length > 0, {
    error: "say max_workers or pbs_entries_max, or null for neither",
  })
  .transform((given) => given as Record<string, number>);
const VARIABLES = ["cluster", "guestname", "node", "vmid"];
/** A line feed is kept as `\n`, which Proxmox VE makes one of again. */
const notes = z
  .string({ error: "expected a text" })
  .min(1)
  .max(1024)
  .transform((text) => text.replace(/\n+$/, "").replaceAll("\n", "\\n"))
  .refine((text) => /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text), {
    error: "expected plain ASCII, no blank at its ends: Proxmox VE does not read other characters back as they were",
  })
  .superRefine((text, context) => {
    for (const [whole, name = ""] of text.matchAll(/\{\{(.*?)\}\}/g))
      if (!VARIABLES.includes(name))
        context.addIssue({
          code: "custom",
          message: `${whole} is none of ${VARIABLES.map((each) => `{{${each}}}`).join(", ")}`,
        });
  });

export const params = z
  .strictObject({
    id: z
      .string()
      .regex(/^[a-z][a-z0-9_-]+$/i, { error: "expected an id: a letter, then letters, digits, - and _" })
      .max(255)
      .describe("Name of the job: a letter, then letters, digits, `-` and `_`."),
    state: presence.describe("`absent` takes the job away; the backups stay."),
    schedule: z
      .string({ error: "expected a schedule such as 02:30 or `mon..fri 22:30`" })
      .transform((text) => text.trim().replaceAll(/\s+/g, " "))
      .refine((text) => /^[\x20-\x7e]+$/.test(text) && isCalendarEvent(parseCalendarEvent(text)), {
        error: "expected a schedule such as 02:30, `mon..fri 22:30`, `sat *-*-1..7 15:00` or daily",
      })
      .optional()
      .describe(
        "When it runs, by the clock of the node: `02:30`, `mon..fri 22:30`, `sat *-*-1..7 15:00`, `*/30`, `daily`. A new job needs one.",
      ),
    all: z
      .literal(true, { error: "expected true; say vmids or pool for some guests only" })
      .optional()
      .describe(
        "Save all guests of the cluster, but those of `exclude`. A new job needs one of `all`, `vmids`, `pool`.",
      ),
    vmids: guests
      .refine((ids) => ids.length > 0, { error: "name at least one guest" })
      .optional()
      .describe("Save these guests. A set."),
    pool: word("the name of a pool", /^[\w.-]+(?:\/[\w.-]+){0,2}$/)
      .optional()
      .describe("Save the guests of this pool, whoever is in it when the job runs."),
    exclude: guests.optional().describe("With all: but not these guests. A set; `[]`: none is left out."),
    storage: word("the id of a storage", /^[a-z][\w.-]*[a-z0-9]$/i)
      .nullable()
      .optional()
      .describe("Storage that the backups go to. Null: as vzdump.conf says, else `local`."),
    mode: z
      .enum(["snapshot", "suspend", "stop"], { error: "expected snapshot, suspend or stop" })
      .nullable()
      .optional()
      .describe("How a running guest is saved: snapshot (it runs on), suspend, stop. Null: as vzdump.conf says."),
    compress: z
      .enum(["none", "gzip", "lzo", "zstd"], { error: "expected none, gzip, lzo or zstd" })
      .nullable()
      .optional()
      .describe("How backups are compressed: none, gzip, lzo, zstd. Null: as vzdump.conf says."),
    enabled: z.boolean().optional().describe("Whether the job runs by its schedule."),
    node: word("the name of a node", /^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/i)
      .nullable()
      .optional()
      .describe("Run on this node only, for the guests that are there. Null: on every node."),
    comment: z
      .string()
      .transform((text) => text.trim())
      .refine((text) => !/[\0-\x1f\x7f]/.test(text) && text.length <= 512, { error: "a comment is one line" })
      .optional()
      .describe("Comment, one line. Empty: none."),
    repeat_missed: z.boolean().optional().describe("Run as soon as possible if a run was missed, the node being off."),
    notes_template: notes
      .nullable()
      .optional()
      .describe(
        "Notes for each backup, with `{{guestname}}`, `{{vmid}}`, `{{node}}` and `{{cluster}}`; write it with `!raw`, so that these are not taken for variables of the site.",
      ),
    protected: z.boolean().optional().describe("Mark the backups as protected: they are not pruned."),
    prune_backups: pruning
      .nullable()
      .optional()
      .describe("Which backups are kept: `{ keep_last: 3, keep_daily: 7 }`. Exact. Null: as the storage says."),
    remove: z.boolean().optional().describe("Prune older backups, as prune_backups says."),
    mailto: z
      .array(
        line("a mail address or the id of a user").regex(/^[^\s,;]+$/, { error: "expected one mail address or user" }),
      )
      .transform((each) => [...new Set(each)].sort())
      .optional()
      .describe("Mail addresses or users that are told. A set."),
    mailnotification: z
      .enum(["always", "failure"], { error: "expected always or failure" })
      .nullable()
      .optional()
      .describe("When those are told: always, or after a failure."),
    notification_mode: z
      .enum(["auto", "legacy-sendmail", "notification-system"], {
        error: "expected auto, legacy-sendmail or notification-system",
      })
      .nullable()
      .optional()
      .describe("Who tells: `legacy-sendmail` (mailto), `notification-system`, or `auto`."),
    exclude_paths: z
      .array(line("a path or pattern").startsWith("/", { error: "expected a path or pattern that begins with /" }))
      .transform((each) => [...new Set(each)].sort())
      .optional()
      .describe("Paths and patterns inside containers that are left out. A set."),
    fleecing: z
      .strictObject({ storage: word("the id of a storage", /^[a-z][\w.-]*[a-z0-9]$/i) })
      .nullable()
      .optional()
      .describe("Keep what a VM overwrites meanwhile on this storage: `{ storage: local-zfs }`. Null: do not."),
    performance: performance
      .nullable()
      .optional()
      .describe("Limits for the backup of VMs: `{ max_workers: 4, pbs_entries_max: 1048576 }`. Exact."),
    pbs_change_detection_mode: z
      .enum(["legacy", "data", "metadata"], { error: "expected legacy, data or metadata" })
      .nullable()
      .optional()
      .describe("How a backup server's client finds what has changed in containers: legacy, data, metadata."),
    bwlimit: count("KiB per second").nullable().optional().describe("Limit in KiB per second; 0: none."),
    ionice: count("a priority", 0, 8).nullable().optional().describe("Priority for the disk, 0 to 8; 8: when idle."),
    zstd: count("a number of threads", 0, 1024)
      .nullable()
      .optional()
      .describe("Threads of zstd; 0: half of the cores."),
    pigz: count("a number of threads", 0, 1024).nullable().optional().describe("Compress gzip with that many threads."),
    lockwait: count("minutes").nullable().optional().describe("Minutes to wait for another backup to end."),
    stopwait: count("minutes").nullable().optional().describe("Minutes to wait for a guest to stop."),
    tmpdir: path.nullable().optional().describe("Folder for temporary files."),
    script: path.nullable().optional().describe("Hook script on the node that is called at each stage."),
  })
  .superRefine((given, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    const chosen = (["all", "vmids", "pool"] as const).filter((name) => given[name] !== undefined);
    if (given.state === "absent") {
      for (const [name, value] of Object.entries(given))
        if (value !== undefined && name !== "id" && name !== "state")
          wrong(name, "says how a job shall be, and it shall be absent");
      return;
    }
    for (const name of chosen.slice(1)) wrong(name, `a job saves one of these: ${chosen.join(", ")}`);
    if (given.exclude !== undefined && chosen.some((name) => name !== "all"))
      wrong("exclude", "goes with all; of vmids or a pool leave the guest out there");
    for (const name of ["notes_template", "protected"] as const)
      if (given.storage === null && given[name] !== undefined && given[name] !== null && given[name] !== false)
        wrong(name, "needs a storage");
  });
export type Params = z.output<typeof params>;
