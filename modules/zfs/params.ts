import { z } from "zod";
import { datasetNameFault } from "../../engine/formats/zfs-names.ts";
import { isUserProperty, zfsProperty } from "../../engine/formats/zfs-properties.ts";
import { parseZfsSize } from "../../engine/formats/zfs-size.ts";
import { unknownProperty, wantedZfsValue } from "../../engine/formats/zfs-value.ts";
import { atCreate, presence, secret } from "../../engine/module/index.ts";

/** What may be lost with a dataset, each to be named. */
export const CLASSES = ["children", "snapshots", "clones"] as const;

const size = z
  .union([z.string(), z.int()], { error: "expected a size such as 32G, or a number of bytes" })
  .transform((value, context) => {
    const bytes = parseZfsSize(String(value));
    if (bytes !== null && bytes > 0) return bytes;
    context.addIssue({ code: "custom", message: `"${value}" is no size of a volume: write 32G, or a number of bytes` });
    return z.NEVER;
  });

const propertyValue = z.union([z.string(), z.number(), z.boolean()], {
  error: ({ input }) =>
    input === null
      ? "a property has a value; to take it from the parent, name it under inherit"
      : "expected a text, a number, true or false",
});

export const params = z
  .strictObject({
    name: z
      .string()
      .superRefine((name, context) => {
        const fault = datasetNameFault(name);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .describe("The dataset, `POOL/NAME` as `zfs list` shows it. A pool's own name is its root dataset."),
    state: presence.describe("`absent` destroys it; what would go with it must be named under `destroy`."),
    type: z
      .enum(["filesystem", "volume"], { error: "expected filesystem or volume" })
      .optional()
      .describe("What it is. Unsaid: a volume if `size` is given, else a file system."),
    properties: z
      .record(z.string(), propertyValue)
      .superRefine((properties, context) => {
        for (const [name, value] of Object.entries(properties)) {
          const fault = propertyFault(name, value);
          if (fault !== null) context.addIssue({ code: "custom", path: [name], message: fault });
        }
      })
      .default({})
      .describe(
        "Properties it shall have: those of zfs, user properties (`lab:owner`), and quotas of users (`userquota@alice`). `true` and `false` mean on and off, sizes may be written `500G`. Others are left alone.",
      ),
    inherit: z
      .array(z.string())
      .superRefine((names, context) => {
        names.forEach((name, index) => {
          const fault = inheritFault(name);
          if (fault !== null) context.addIssue({ code: "custom", path: [index], message: fault });
        });
      })
      .default([])
      .describe(
        "Properties that it shall not have a value of its own for: they come from the parent, or are the default. A user property goes.",
      ),
    pin: z
      .boolean()
      .default(false)
      .describe(
        "Set each of `properties` on the dataset itself. Without it a property that already has its value by inheritance or default is left as it is.",
      ),
    size: size
      .optional()
      .describe("Of a volume: its size; zfs rounds it up to whole blocks. It grows when this grows."),
    allow_shrink: z
      .boolean()
      .default(false)
      .describe("Let a volume become smaller: what lies behind its new end is lost, zfs does not ask."),
    sparse: atCreate(z.boolean().default(false).describe("Make the volume without reserving its whole size (thin).")),
    mounted: z
      .boolean()
      .optional()
      .describe(
        "Of a file system: whether it is mounted. Unsaid: yes if `mountpoint` (a path) or `canmount: on` is among the properties.",
      ),
    key: secret()
      .refine((key) => key.reveal() !== "" && !/[\n\0]/.test(key.reveal()), { error: "a key is one line of text" })
      .optional()
      .describe(
        "Passphrase (8 characters or more) or hex key of an encryption root: used to make it, and to load the key when it is not loaded. It travels on stdin.",
      ),
    parents: z.boolean().default(false).describe("Make the datasets above it that are missing."),
    renamed_from: z
      .string()
      .superRefine((name, context) => {
        const fault = datasetNameFault(name);
        if (fault !== null) context.addIssue({ code: "custom", message: fault });
      })
      .optional()
      .describe(
        "The name that it has had until now, in the same pool. Where that is there and `name` is not, it is renamed, with all that is in it and below it.",
      ),
    destroy: z
      .array(z.enum(CLASSES, { error: `expected ${CLASSES.join(", ")}` }))
      .default([])
      .describe("With `state: absent`: what may go with it. Each class that there is must be named."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { name, state, properties = {}, inherit = [] } = given;
    const { renamed_from: former } = given;
    if (former !== undefined && typeof name === "string") {
      if (state === "absent") wrong("renamed_from", "state: absent leaves nothing that could have had another name");
      else if (former === name) wrong("renamed_from", "this is its name");
      else if (former.split("/", 1)[0] !== name.split("/", 1)[0])
        wrong("renamed_from", "a dataset keeps its pool: `zfs send` copies it to another one");
      else if (!former.includes("/") || !name.includes("/"))
        wrong("renamed_from", "a pool's root dataset is not renamed");
      else if (name.startsWith(`${former}/`)) wrong("renamed_from", "a dataset cannot come to lie in itself");
    }
    const volume = given.type === "volume" || (given.type === undefined && given.size !== undefined);
    if (state === "absent") {
      for (const key of ["type", "size", "mounted", "key"] as const)
        if (given[key] !== undefined) wrong(key, `state: absent leaves nothing that could have a ${key}`);
      if (Object.keys(properties).length > 0) wrong("properties", "state: absent leaves nothing that could have them");
      if (inherit.length > 0) wrong("inherit", "state: absent leaves nothing that could inherit");
      if (typeof name === "string" && !name.includes("/"))
        wrong("name", `${name} is a pool's root dataset: lab does not destroy pools (zpool destroy does)`);
      return;
    }
    if (given.destroy?.length > 0) wrong("destroy", "destroy goes with state: absent");
    for (const each of inherit)
      if (Object.hasOwn(properties, each)) wrong("inherit", `${each} stands under properties as well: one of the two`);
    if (!volume) {
      if (given.size !== undefined)
        wrong("size", "a size is a volume's; of a file system say properties: { quota: … }");
      for (const key of ["sparse", "allow_shrink"] as const)
        if (given[key] === true) wrong(key, `${key} is about volumes`);
    } else if (given.mounted !== undefined) wrong("mounted", "a volume is not mounted");
    // With neither said it may be there and be a volume.
    if (given.type !== undefined || given.size !== undefined) {
      for (const property of Object.keys(properties)) {
        const fault = misplaced(property, volume ? "volume" : "filesystem");
        if (fault !== null) wrong("properties", fault);
      }
    }
    const { mountpoint, canmount } = properties;
    const nowhere = mountpoint === "none" || mountpoint === "legacy";
    if (given.mounted === true && nowhere) wrong("mounted", `with mountpoint ${mountpoint} zfs does not mount it`);
    if (given.mounted === true && (canmount === "off" || canmount === false))
      wrong("mounted", "with canmount: off it cannot be mounted");
    if (given.sparse === true && Object.hasOwn(properties, "refreservation"))
      wrong("sparse", "a sparse volume has no refreservation: one of the two");
  });
export type Params = z.output<typeof params>;

function propertyFault(name: string, value: string | number | boolean): string | null {
  if (name === "volsize") return "the size of a volume is the parameter size";
  const wanted = wantedZfsValue(name, value);
  return "error" in wanted ? wanted.error : null;
}

function inheritFault(name: string): string | null {
  const property = zfsProperty(name);
  if (property === undefined) return unknownProperty(name);
  if (isUserProperty(name)) return null;
  if (property.atCreation) return `${name} is fixed when the dataset is made`;
  if (property.inherits) return null;
  const none = property.form.kind === "limit" || property.form.kind === "count" ? " with the value none" : "";
  return `${name} is not inherited: name it under properties${none}`;
}

/** A property that a dataset of this type cannot have. */
export function misplaced(property: string, type: "filesystem" | "volume"): string | null {
  const of = zfsProperty(property)?.of ?? "both";
  if (of === "both" || of === type) return null;
  return of === "volume"
    ? `${property} is a property of volumes, not of file systems`
    : `${property} is a property of file systems, not of volumes`;
}

/** What the dataset is meant to be. */
export function typeOf({ type, size }: Params): "filesystem" | "volume" {
  return type ?? (size === undefined ? "filesystem" : "volume");
}
