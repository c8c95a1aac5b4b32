import { z } from "zod";
import { comparePbs, pbsItem, pbsItems, pbsOptions } from "../engine/formats/pbs-options.ts";
import { change, defineModule, type Plan, presence, read, refuse, refuseYet, write } from "../engine/module/index.ts";

const TOOL = "proxmox-backup-manager";
const CFG = "/etc/proxmox-backup";

const COMMON = { store: null, schedule: null, ns: null, max_depth: null, comment: null } as const;
const KEEP = {
  keep_last: null,
  keep_hourly: null,
  keep_daily: null,
  keep_weekly: null,
  keep_monthly: null,
  keep_yearly: null,
} as const;
/** The options of each kind of job, with what they are where nothing is said. */
const OPTIONS = {
  prune: pbsOptions({ ...COMMON, ...KEEP, disable: false }),
  verify: pbsOptions({ ...COMMON, ignore_verified: true, outdated_after: null }),
  sync: pbsOptions({
    ...COMMON,
    remote: null,
    remote_store: null,
    remote_ns: null,
    remove_vanished: false,
    owner: null,
    group_filter: [],
    transfer_last: null,
  }),
} as const;
/** What a new one cannot be without. */
const NEEDED = { prune: ["store", "schedule"], verify: ["store"], sync: ["store", "remote_store"] } as const;

const word = (what: string, pattern = /^[A-Za-z0-9_][A-Za-z0-9._-]*$/) =>
  z
    .string({ error: `expected ${what}` })
    .max(128)
    .regex(pattern, { error: `expected ${what}` });
const line = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .min(1, { error: "say null for none" })
    .max(128)
    .regex(/^[^\0-\x1f\x7f-][^\0-\x1f\x7f]*$/, { error: `${what} is one line that does not begin with -` })
    .nullable();
const namespace = word(
  "a namespace such as home/media",
  /^[A-Za-z0-9_][A-Za-z0-9._-]*(\/[A-Za-z0-9_][A-Za-z0-9._-]*){0,7}$/,
).nullable();
const count = (what: string, least = 1) =>
  z
    .int({ error: `expected ${what}` })
    .min(least, { error: `expected ${what}` })
    .max(1_000_000)
    .nullable();
const keep = (of: string) =>
  count("a number of backups").optional().describe(`Prune: how many ${of} backups stay. null: not by this rule.`);

const params = z
  .strictObject({
    type: z.enum(["prune", "verify", "sync"], { error: "expected prune, verify or sync" }).describe("What it does."),
    id: word("the id of a job: 3 to 32 letters, digits, . _ -", /^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/).describe(
      "What it is found by again.",
    ),
    state: presence.describe("`absent` removes the job."),
    store: word("the name of a datastore")
      .optional()
      .describe("The datastore that it works on; of a sync job the one that it fills."),
    schedule: line("a calendar event")
      .optional()
      .describe("When, as a calendar event: `daily`, `sat 05:00`. null: only by hand."),
    ns: namespace.optional().describe("The namespace in the datastore."),
    max_depth: count("a depth from 0 to 7", 0).optional().describe("How deep below the namespace."),
    comment: line("a comment").optional().describe("What people read."),
    disable: z.boolean().optional().describe("Prune: keep the job, but let it rest."),
    keep_last: keep("of the last"),
    keep_hourly: keep("hourly"),
    keep_daily: keep("daily"),
    keep_weekly: keep("weekly"),
    keep_monthly: keep("monthly"),
    keep_yearly: keep("yearly"),
    ignore_verified: z.boolean().optional().describe("Verify: pass over what was verified already."),
    outdated_after: count("a number of days", 0)
      .optional()
      .describe("Verify: after so many days verify again all the same."),
    remote: word("the id of a remote")
      .nullable()
      .optional()
      .describe("Sync: from where. Unsaid or null: another datastore of the same server."),
    remote_store: word("the name of a datastore").optional().describe("Sync: the datastore that is read."),
    remote_ns: namespace.optional().describe("Sync: the namespace that is read."),
    remove_vanished: z
      .boolean()
      .optional()
      .describe("Sync: remove here what is gone there. Off, it keeps what somebody has deleted there."),
    owner: word(
      "a user or token such as pve@pbs!lab",
      /^[^\s:/\0-\x1f-][^\s:/\0-\x1f]*@[A-Za-z0-9._-]+(![A-Za-z0-9._-]+)?$/,
    )
      .nullable()
      .optional()
      .describe("Sync: whose the backups are."),
    group_filter: z
      .array(word("a filter such as type:vm", /^(?:exclude:|include:)?(?:all|type:|group:|regex:)[^\0-\x1f]*$/), {
        error: "expected a list of filters",
      })
      .optional()
      .describe("Sync: which groups: `type:vm`, `group:ct/101`, `regex:…`, `exclude:` in front."),
    transfer_last: count("a number of backups").optional().describe("Sync: only so many of the newest."),
  })
  .superRefine((given, context) => {
    const known = new Set(["type", "id", "state", ...OPTIONS[given.type].map(({ param }) => param)]);
    for (const [name, value] of Object.entries(given)) {
      const wrong = (message: string) => context.addIssue({ code: "custom", path: [name], message });
      if (value === undefined) continue;
      if (!known.has(name)) wrong(`a ${given.type} job has no \`${name}\``);
      else if (given.state === "absent" && !["type", "id", "state"].includes(name))
        wrong("state: absent takes no settings");
    }
  });

type Params = z.output<typeof params>;

export const pbsJob = defineModule({
  name: "pbs_job",
  summary: "A prune, verify or sync job of Proxmox Backup Server.",
  description: `What is not named is left alone; null means not set. Prune frees no space by itself: that does the garbage collection of the datastore. A sync
job without a remote copies from one datastore of the server to another.`,
  params,
  probes: ({ type }) => ({
    list: read.exec([TOOL, `${type}-job`, "list", "--output-format", "json"], { looksAt: [CFG] }),
  }),
  plan(given, { list }): Plan {
    const { type } = given;
    if (list.code === 127)
      return refuseYet(
        "this host has no Proxmox Backup Server",
        "install the package proxmox-backup-server first",
        planFor(given, undefined),
      );
    if (list.code !== 0 || pbsItems(list.stdout) === null)
      return refuse(
        `the ${type} jobs cannot be listed: ${list.stderr.trim() || "the answer is no JSON"}`,
        "this takes root: become: true",
      );
    return planFor(given, pbsItem(list.stdout, "id", given.id));
  },
  result: ({ type, id }, { list }) => ({ type, id, exists: pbsItem(list.stdout, "id", id) !== undefined }),
  examples: [
    `pbs_job:
  type: prune
  id: vault-prune
  store: Backup-Vault
  schedule: daily
  keep_last: 3
  keep_daily: 13
  keep_weekly: 8`,
    "pbs_job: { type: verify, id: vault-verify, store: Backup-Vault, schedule: daily, outdated_after: 30 }",
    "pbs_job: { type: sync, id: to-s3, store: Backup-Vault-S3, remote_store: Backup-Vault, schedule: hourly }",
    "pbs_job: { type: prune, id: old-prune, state: absent }",
  ],
});

/** From the job as it is; undefined: there is none. */
function planFor(given: Params, is: object | undefined): Plan {
  const { type, id } = given;
  const send = (...words: readonly string[]) => write.exec([TOOL, `${type}-job`, ...words], { touches: [CFG] });
  if (given.state === "absent") {
    const gone = { state: "absent" };
    return change(is === undefined ? gone : { state: "present" }, gone, [is !== undefined && send("remove", id)]);
  }
  const { before, after, set, gone } = comparePbs(OPTIONS[type], given, is);
  if (is !== undefined) {
    const odd = gone.find(
      (key) => key === "store" || key === "remote-store" || (type === "prune" && key === "schedule"),
    );
    if (odd !== undefined) return refuse(`a ${type} job cannot be without a ${odd}`);
    return change({ state: "present", ...before }, { state: "present", ...after }, [
      (set.length > 0 || gone.length > 0) && send("update", id, ...set, ...gone),
    ]);
  }
  const missing = NEEDED[type].filter((name) => given[name] === undefined || given[name] === null);
  if (missing.length > 0)
    return refuse(`there is no ${type} job ${id}, and to make it ${missing.join(" and ")} must be said`);
  if (type === "prune" && Object.keys(KEEP).every((name) => Reflect.get(given, name) == null))
    return refuse(`prune job ${id} would remove nothing: no rule says what stays`, "say keep_last, keep_daily, …");
  return change({ state: "absent", ...before }, { state: "present", ...after }, [send("create", id, ...set)]);
}
