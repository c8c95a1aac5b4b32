import { z } from "zod";
import type { AclType } from "../../engine/formats/acl.ts";
import { bitsOf, permsOf, UNMAPPED_ID } from "../../engine/formats/acl.ts";
import { absolutePath, fileMode, ownerName } from "../../engine/module/index.ts";

/** An entry as the task says it: a name may stand where the host has only numbers. */
export interface WantedEntry {
  readonly type: AclType;
  /** Null: owner, owning group, mask, others. */
  readonly name: string | null;
  /** Null where none are said (`state: absent`). */
  readonly perms: string | null;
  readonly isDefault: boolean;
}

const TYPES: Readonly<Record<string, AclType>> = { u: "user", g: "group", m: "mask", o: "other" };
const entryMap = z.strictObject({
  type: z.enum(["user", "group", "mask", "other"], { error: "expected user, group, mask or other" }),
  name: z.union([z.string(), z.int().min(0)], { error: "expected a name or a number" }).optional(),
  perms: z.string().optional(),
  default: z.boolean().default(false),
});
const entry = z
  .union([z.string(), entryMap], {
    error: "expected an entry such as group:kids:r-x, or { type: group, name: kids, perms: r-x, default: true }",
  })
  .transform((given, context): WantedEntry => {
    const made = typeof given === "string" ? entryOfText(given) : entryOfMap(given);
    if (typeof made !== "string") return made;
    context.addIssue({ code: "custom", message: made });
    return z.NEVER;
  });

function entryOfText(text: string): WantedEntry | string {
  const wrong = `"${text}" is no entry: write user:anna:rwx, group:3101:r-x, mask::rwx, other::---, with default: in front for what is inherited`;
  const parts = text.split(":");
  const isDefault = parts[0] === "default" || parts[0] === "d";
  const [type = "", name = "", perms, ...more] = isDefault ? parts.slice(1) : parts;
  const known = TYPES[type] ?? Object.values(TYPES).find((each) => each === type);
  if (known === undefined || more.length > 0) return wrong;
  // `mask:rwx` and `other:---` are common shorter forms.
  const short = (known === "mask" || known === "other") && perms === undefined;
  return short ? checked(known, "", name, isDefault) : checked(known, name, perms, isDefault);
}
function entryOfMap({ type, name, perms, default: isDefault }: z.output<typeof entryMap>): WantedEntry | string {
  return checked(type, name === undefined ? "" : String(name), perms, isDefault);
}
function checked(type: AclType, name: string, perms: string | undefined, isDefault: boolean): WantedEntry | string {
  if (name !== "" && (type === "mask" || type === "other"))
    return `${type} has no name: write ${type}::${perms ?? "rwx"}`;
  if (name !== "" && !/^([a-z_][a-z0-9_.-]*\$?|\d{1,10})$/i.test(name))
    return `"${name}" is neither a name nor a number`;
  if (/^\d+$/.test(name) && Number(name) >= UNMAPPED_ID)
    return `${name} is no id: it is what a container shows of one that it does not know`;
  if (perms === undefined) return { type, name: name === "" ? null : name, perms: null, isDefault };
  const bits = /^[0-7]$/.test(perms)
    ? Number(perms)
    : /^(?=.{1,3}$)r?-?w?-?[xX]?-?$/.test(perms)
      ? bitsOf(perms.replace("X", "x"))
      : null;
  if (bits === null) return `"${perms}" are no permissions: write rwx, r-x, ---`;
  return { type, name: name === "" ? null : name, perms: permsOf(bits), isDefault };
}

export const params = z
  .strictObject({
    path: absolutePath.describe("The folder or file; it must exist."),
    entries: z
      .array(entry, { error: "expected a list of entries" })
      .default([])
      .describe(
        "The ACL: `group:3101:r-x`, `default:user:anna:rwx`, or `{ type: group, name: 3101, perms: r-x, default: true }`. Ids by number are the same in a container and in a backup; names are looked up on the host.",
      ),
    state: z
      .enum(["exact", "present", "absent"], { error: "expected exact, present or absent" })
      .default("exact")
      .describe(
        "`exact`: these entries and no others. `present`: these among others. `absent`: these not (permissions need not be said).",
      ),
    inherit: z
      .boolean()
      .default(false)
      .describe("The ACL is also the default one: what is made in the folder gets it."),
    mode: fileMode
      .optional()
      .describe("Permissions, octal and in quotes. Beside named entries the middle digit is the mask."),
    owner: ownerName.optional().describe("Owner of the path itself, by name or number."),
    group: ownerName.optional().describe("Group, by name or number; with `recursive` that of all below."),
    recursive: z
      .boolean()
      .default(false)
      .describe(
        "All below too: folders as the folder itself, files without default entries and without x, unless their owner may execute them. Owners stay. Links and other file systems are not entered.",
      ),
    own_tree: z.boolean().default(false).describe("With `recursive`: `owner` holds for all below too."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const { entries, state, mode, recursive, inherit } = given;
    // With a bad entry or a bad mode among them zod comes here all the same, with what was written.
    if (!Array.isArray(entries) || entries.some((each) => typeof each !== "object" || each === null)) return;
    if (mode !== undefined && typeof mode !== "string") return;
    const keyOf = ({ type, name, isDefault }: WantedEntry) => `${isDefault ? "default:" : ""}${type}:${name ?? ""}`;
    const keys = entries.map(keyOf);
    const twice = keys.find((key, index) => keys.indexOf(key) !== index);
    if (twice !== undefined) wrong("entries", `${twice} is there twice`);
    const bare = entries.find(({ perms }) => perms === null);
    if (bare !== undefined && state !== "absent") wrong("entries", `${keyOf(bare)} needs permissions, such as r-x`);
    if (state === "exact" && entries.length === 0 && mode === undefined)
      wrong("entries", "say the entries, or a mode alone: that takes all others away");
    if (state !== "exact" && entries.length === 0) wrong("entries", `state: ${state} needs entries`);
    if (state !== "exact" && (recursive || inherit))
      wrong(
        recursive ? "recursive" : "inherit",
        `only state: exact says all that is needed for ${recursive ? "a whole tree" : "default entries"}`,
      );
    if (state !== "exact" && mode !== undefined)
      wrong(
        "mode",
        `mode goes with state: exact, for it is a part of the ACL; with ${state} leave it to the module file`,
      );
    if (state === "absent") {
      const base = entries.find(({ type, name }) => name === null && type !== "mask");
      if (base !== undefined) wrong("entries", `${keyOf(base)} is of every ACL and cannot go`);
    }
    if (inherit && entries.some(({ isDefault }) => isDefault))
      wrong("inherit", "inherit makes the default entries of the others: leave default ones out");
    if (recursive && mode === undefined && !["user", "group", "other"].every((type) => keys.includes(`${type}:`))) {
      wrong("recursive", "say what all below shall have: mode, or the entries user::, group:: and other::");
    }
    if (given.own_tree && (!recursive || given.owner === undefined))
      wrong("own_tree", "own_tree goes with recursive and owner");
    if (mode !== undefined && state === "exact") for (const each of maskProblem(entries, mode)) wrong("mode", each);
  });
export type Params = z.output<typeof params>;

/** Where the middle digit is the mask, it must not cut off what the entries give: nobody would see it in the task. */
function maskProblem(entries: readonly WantedEntry[], mode: string): readonly string[] {
  const access = entries.filter(({ isDefault }) => !isDefault);
  const mask = access.find(({ type }) => type === "mask")?.perms;
  const named = access.filter(({ type, name }) => name !== null || type === "group");
  if (mask == null && !access.some(({ name }) => name !== null)) return [];
  const digit = Number(mode.padStart(4, "0").charAt(2));
  if (mask != null) {
    return bitsOf(mask) === digit
      ? []
      : [`beside named entries the middle digit of mode is the mask: ${mode} and mask::${mask} contradict each other`];
  }
  const cut = named.find(({ perms }) => (bitsOf(perms ?? "---") & ~digit) !== 0);
  if (cut === undefined) return [];
  return [
    `beside named entries the middle digit of mode is the mask, and ${mode} cuts ${cut.type}:${cut.name ?? ""}:${cut.perms} short: write mask:: if that is meant`,
  ];
}
