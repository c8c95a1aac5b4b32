import { z } from "zod";
import { isSystemPath } from "../engine/formats/paths.ts";
import { comparePbs, pbsItem, pbsItems, pbsOptions } from "../engine/formats/pbs-options.ts";
import {
  absolutePath,
  atCreate,
  change,
  defineModule,
  type Plan,
  presence,
  read,
  refuse,
  refuseYet,
  write,
} from "../engine/module/index.ts";

const TOOL = "proxmox-backup-manager";
const CFG = "/etc/proxmox-backup";
const OPTIONS = pbsOptions({ gc_schedule: null, comment: null, verify_new: false, notification_mode: null });

const line = z
  .string()
  .max(128)
  .regex(/^(?!-)[^\0-\x1f\x7f]*$/, { error: "expected one line that does not begin with -" })
  .min(1, { error: "say null for none" })
  .nullable();

const params = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]{2,31}$/, {
        error: "expected the name of a datastore: 3 to 32 letters, digits, . _ -",
      })
      .describe("Its name."),
    path: absolutePath
      .refine((path) => !isSystemPath(path), { error: "a datastore needs a folder of its own" })
      .optional()
      .describe(
        "Where its chunks are: an empty folder of its own, or for an S3 datastore its local cache. It cannot be changed.",
      ),
    state: presence.describe("`absent` forgets the datastore and its jobs; what is stored stays in its folder."),
    gc_schedule: line.optional().describe("When garbage is collected, as a calendar event: `sat 03:00`. null: never."),
    comment: line.optional().describe("What people read. null: none."),
    verify_new: z.boolean().optional().describe("Verify each backup as soon as it is there."),
    notification_mode: z
      .enum(["legacy-sendmail", "notification-system"], { error: "expected legacy-sendmail or notification-system" })
      .nullable()
      .optional()
      .describe("How it tells of what it did."),
    s3: atCreate(
      z.strictObject({
        client: z.string().regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, { error: "expected the id of an S3 endpoint" }),
        bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, { error: "expected the name of a bucket" }),
      }),
    )
      .optional()
      .describe(
        "Keep the chunks in a bucket (Proxmox Backup Server 4 or newer): the id of an S3 endpoint that is there, and the bucket.",
      ),
    reuse: atCreate(z.boolean())
      .default(false)
      .describe("Take up what is in its folder or bucket already (version 3.3 or newer): after a new installation."),
  })
  .superRefine((given, context) => {
    if (given.state === "absent" && OPTIONS.some(({ param }) => Reflect.get(given, param) !== undefined))
      context.addIssue({ code: "custom", path: ["state"], message: "state: absent takes no settings" });
  });
type Params = z.output<typeof params>;

export const pbsDatastore = defineModule({
  name: "pbs_datastore",
  summary: "A datastore of Proxmox Backup Server.",
  description: `Settings that are not named are left alone; null means not set. A new datastore makes 65536 folders first, which on a slow disk takes
its time: it is followed as a job. An S3 endpoint is made beforehand, with \`pbs_s3_endpoint\`.`,
  params,
  probes: ({ path }) => ({
    list: read.exec([TOOL, "datastore", "list", "--output-format", "json"], { looksAt: [CFG] }),
    version: read.exec(["dpkg-query", "-W", "-f", "${Version}", "proxmox-backup-server"], {
      looksAt: ["/var/lib/dpkg"],
    }),
    folder: path === undefined ? undefined : read.list(path),
  }),
  probesAfter: ({ s3 }, { version }) => ({
    endpoints:
      s3 !== undefined && majorOf(version.stdout) >= 4
        ? read.exec([TOOL, "s3", "endpoint", "list", "--output-format", "json"], { looksAt: [CFG] })
        : undefined,
  }),
  plan(given, { list, version, folder, endpoints }): Plan {
    if (list.code === 127 || (list.code !== 0 && version.code !== 0))
      return refuseYet(
        "this host has no Proxmox Backup Server",
        "install the package proxmox-backup-server first",
        made(given, 0, folder ?? null, null),
      );
    if (list.code !== 0 || pbsItems(list.stdout) === null)
      return refuse(
        `the datastores cannot be listed: ${list.stderr.trim() || "the answer is no JSON"}`,
        "this takes root: become: true",
      );
    const is = pbsItem(list.stdout, "name", given.name);
    const path = is === undefined ? null : String(Reflect.get(is, "path"));
    if (given.state === "absent") {
      const gone = { state: "absent" };
      return change(is === undefined ? gone : { state: "present" }, gone, [
        is !== undefined && write.exec([TOOL, "datastore", "remove", given.name], { touches: [CFG] }),
      ]);
    }
    if (is === undefined) return made(given, majorOf(version.stdout), folder ?? null, endpoints?.stdout ?? null);
    if (given.path !== undefined && given.path !== path)
      return refuse(
        `datastore ${given.name} is at ${path} and shall be at ${given.path}, which cannot be changed`,
        "keep it, or remove it (state: absent; what is stored stays) and add it anew with reuse: true",
      );
    const { before, after, set, gone } = comparePbs(OPTIONS, given, is);
    const argv = [TOOL, "datastore", "update", given.name, ...set, ...gone];
    return change({ path, ...before }, { path, ...after }, [
      (set.length > 0 || gone.length > 0) && write.exec(argv, { touches: [CFG] }),
    ]);
  },
  result: ({ name }, { list }) => {
    const is = pbsItem(list.stdout, "name", name);
    return { name, exists: is !== undefined, path: is === undefined ? null : String(Reflect.get(is, "path")) };
  },
  examples: [
    'pbs_datastore: { name: Backup-Vault, path: /mnt/datastore/backup-vault, gc_schedule: "sat 03:00" }',
    "pbs_datastore: { name: Backup-Vault-S3, path: /mnt/datastore/s3-cache, s3: { client: wasabi, bucket: backup-vault } }",
    "pbs_datastore: { name: old-vault, state: absent }",
  ],
});

function made(given: Params, major: number, folder: readonly string[] | null, endpoints: string | null): Plan {
  const { name, path, s3, reuse } = given;
  if (path === undefined)
    return refuse(`there is no datastore ${name}`, "say its `path` to have it made, or correct the name");
  if (s3 !== undefined && major < 4)
    return refuse(
      `a datastore in S3 needs Proxmox Backup Server 4, and this is ${major}`,
      "upgrade, or leave `s3` out",
    );
  if (s3 !== undefined && pbsItem(endpoints ?? "[]", "id", s3.client) === undefined)
    return refuse(`there is no S3 endpoint ${s3.client}`, "make it first, with pbs_s3_endpoint");
  const there = (folder ?? []).filter((each) => each !== "lost+found");
  if (there.length > 0 && !reuse)
    return refuse(
      `${path} is not empty: there is ${there.slice(0, 3).join(", ")}`,
      there.includes(".chunks")
        ? "reuse: true takes up the datastore that is there"
        : "a datastore needs a folder of its own",
    );
  const { after, set } = comparePbs(OPTIONS, given, undefined);
  const argv = [
    ...[TOOL, "datastore", "create", name, path, ...set],
    ...(s3 === undefined ? [] : ["--backend", `type=s3,client=${s3.client},bucket=${s3.bucket}`]),
    ...(reuse ? ["--reuse-datastore", "true", ...(s3 === undefined ? [] : ["--overwrite-in-use", "true"])] : []),
  ];
  const before = Object.fromEntries(Object.keys(after).map((field) => [field, null]));
  return change({ path: null, ...before }, { path, ...after }, [
    write.exec(argv, { touches: [CFG, path], job: { limitMs: 4 * 3_600_000 } }),
  ]);
}

function majorOf(version: string): number {
  return Number(/^\d+/.exec(version.trim())?.[0] ?? 0);
}
