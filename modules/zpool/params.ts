import { z } from "zod";
import { poolNameFault } from "../../engine/formats/zfs-names.ts";
import { zfsProperty } from "../../engine/formats/zfs-properties.ts";
import { wantedZfsValue } from "../../engine/formats/zfs-value.ts";
import { wantedPoolValue } from "../../engine/formats/zpool-properties.ts";
import { absolutePath, atCreate } from "../../engine/module/index.ts";

const disk = absolutePath.refine((path) => path.startsWith("/dev/") && !/\s/.test(path), {
  error: "expected the path of a disk, best one that never changes: /dev/disk/by-id/…",
});
const disks = (wanted: string) => z.array(disk, { error: `expected a list of disks, ${wanted}` });

/** How many disks a group has at least. */
const LEAST = { mirror: 2, raidz1: 2, raidz2: 3, raidz3: 4, stripe: 1 } as const;

const vdev = z
  .strictObject({
    type: z.preprocess(
      (type) => (type === "raidz" ? "raidz1" : type),
      z.enum(["mirror", "raidz1", "raidz2", "raidz3", "stripe"], {
        error: "expected mirror, raidz1, raidz2, raidz3, or stripe (disks without redundancy)",
      }),
    ),
    disks: disks("/dev/disk/by-id/… each").min(1, { error: "a group needs disks" }),
  })
  .superRefine(({ type, disks }, context) => {
    const least = LEAST[type];
    if (least !== undefined && disks.length < least)
      context.addIssue({ code: "custom", path: ["disks"], message: `a ${type} has at least ${least} disks` });
  });
const vdevs = z.array(vdev, { error: "expected a list of groups: [{ type: mirror, disks: [A, B] }]" });

const pairs = (fault: (name: string, value: string | number | boolean) => string | null) =>
  z
    .record(
      z.string(),
      z.union([z.string(), z.number(), z.boolean()], { error: "expected a text, a number, true or false" }),
    )
    .superRefine((properties, context) => {
      for (const [name, value] of Object.entries(properties)) {
        const message = fault(name, value);
        if (message !== null) context.addIssue({ code: "custom", path: [name], message });
      }
    });

export const params = z
  .strictObject({
    name: z
      .string()
      .superRefine((name, context) => {
        const fault = poolNameFault(name);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .describe("The pool."),
    state: z
      .enum(["present"], {
        error: ({ input }) =>
          input === "absent"
            ? "lab does not destroy pools: `zpool destroy`, by hand, does"
            : "expected present, the only state: lab does not destroy or export pools",
      })
      .default("present")
      .describe("A pool is only ever made, imported and looked after: lab does not destroy one."),
    vdevs: vdevs
      .min(1, { error: "a pool needs at least one group of disks" })
      .optional()
      .describe(
        "The groups of disks that hold the data: `[{ type: raidz1, disks: [/dev/disk/by-id/…] }]`. Compared by the disks themselves; another layout is an error that names the difference. Unsaid: not looked at.",
      ),
    logs: vdevs.optional().describe("Groups that hold the intent log (SLOG). Unsaid: not looked at; `[]`: none."),
    special: vdevs
      .optional()
      .describe("Groups that hold metadata and small blocks. Without them the pool is lost: mirror them."),
    cache: disks("without groups").optional().describe("Disks of the read cache (L2ARC)."),
    spares: disks("without groups").optional().describe("Disks that stand by."),
    ashift: z
      .int({ error: "expected a power of two, 12 for 4096 bytes" })
      .min(9)
      .max(16)
      .optional()
      .describe(
        "Sector size as a power of two. A new pool gets 12 unless you say otherwise; a disk keeps what it was added with.",
      ),
    properties: pairs((name, value) => faultOf(wantedPoolValue(name, value)))
      .default({})
      .describe("Properties of the pool, such as `autotrim: true`. Others are left alone."),
    filesystem: atCreate(
      pairs(rootFault)
        .default({})
        .describe(
          "Properties of its root dataset, handed on to all others; for a new pool. `zfs` keeps them afterwards.",
        ),
    ),
    mountpoint: atCreate(
      z
        .union([z.enum(["none", "legacy"]), absolutePath], { error: "expected an absolute path, none or legacy" })
        .optional()
        .describe("Where a new pool's root dataset is mounted. Unsaid: /NAME."),
    ),
    allow_create: z
      .boolean()
      .default(false)
      .describe(
        "Let the pool be made if there is none, on disks that are blank. Without it a missing pool is an error.",
      ),
    import: z
      .boolean()
      .default(false)
      .describe("Let the pool be imported if it is on the host's disks but not in use."),
    force: z
      .boolean()
      .default(false)
      .describe(
        "Make a pool also on disks that are not blank (what is on them is lost), and import one that another system has used last. A pool that could be imported is never overwritten.",
      ),
    fail_on: z
      .enum(["never", "degraded"], { error: "expected never or degraded" })
      .default("never")
      .describe(
        "`degraded`: fail if the pool is not ONLINE, before later tasks put data on it. Else that is a warning, and the result's `health`.",
      ),
    full_at: z
      .int()
      .min(1)
      .max(100)
      .default(80)
      .describe("From so many percent on that are taken, a warning: ZFS gets slow long before a pool is full."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (given.allow_create && given.vdevs === undefined) wrong("vdevs", "say of which disks the pool is to be made");
    const seen = new Set<string>();
    for (const path of [...allDisks(given)]) {
      if (seen.has(path)) wrong("vdevs", `${path} is named twice`);
      seen.add(path);
    }
    if (given.mountpoint !== undefined && Object.hasOwn(given.filesystem ?? {}, "mountpoint"))
      wrong("mountpoint", "mountpoint stands under filesystem as well: one of the two");
  });
export type Params = z.output<typeof params>;
export type WantedVdev = z.output<typeof vdev>;

export function allDisks({
  vdevs = [],
  logs = [],
  special = [],
  cache = [],
  spares = [],
}: Pick<Params, "vdevs" | "logs" | "special" | "cache" | "spares">): readonly string[] {
  return [...[...vdevs, ...logs, ...special].flatMap(({ disks }) => disks ?? []), ...cache, ...spares];
}

function rootFault(name: string, value: string | number | boolean): string | null {
  const fault = faultOf(wantedZfsValue(name, value));
  return fault ?? (zfsProperty(name)?.of === "volume" ? `${name} is a property of volumes` : null);
}
function faultOf(wanted: object): string | null {
  return "error" in wanted && typeof wanted.error === "string" ? wanted.error : null;
}
