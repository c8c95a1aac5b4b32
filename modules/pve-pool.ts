import { z } from "zod";
import { type PvePool, parsePvePools } from "../engine/formats/pve-pools.ts";
import {
  change,
  defineModule,
  noPveNode,
  type Plan,
  presence,
  read,
  refuse,
  type Stat,
  utf8Locale,
  type Value,
  write,
} from "../engine/module/index.ts";

const CFG = "/etc/pve/user.cfg";

const params = z
  .strictObject({
    pool: z
      .string()
      .regex(/^[A-Za-z0-9._-]+(?:\/[A-Za-z0-9._-]+){0,2}$/, {
        error: "expected a name of letters, digits, `.`, `_` and `-`; a pool in a pool is outer/inner",
      })
      .max(255)
      .describe("Name of the pool; `outer/inner` is a pool within another one, which must be there."),
    state: presence.describe("`absent` takes the pool away; its members stay what they are."),
    comment: z
      .string()
      .transform((text) => text.trim())
      .refine((text) => !/[\0-\x1f\x7f]/.test(text) && text.length <= 512, { error: "a comment is one line" })
      .optional()
      .describe("Comment, one line. Empty: none."),
    vmids: z
      .array(z.int({ error: "expected the number of a guest" }).min(100).max(999_999_999))
      .transform((ids) => [...new Set(ids)].sort((a, b) => a - b))
      .optional()
      .describe("Guests in it, by number. A set."),
    storages: z
      .array(z.string().regex(/^[a-z][\w.-]*[a-z0-9]$/i, { error: "expected the id of a storage" }))
      .transform((ids) => [...new Set(ids)].sort())
      .optional()
      .describe("Storages in it. A set."),
    exact: z
      .boolean()
      .default(true)
      .describe("Whether `vmids` and `storages` are all members there shall be; false: others stay."),
    move: z
      .boolean()
      .default(false)
      .describe("Take guests out of the pools that they are in: a guest is in one pool at most."),
    even_if_used: z
      .boolean()
      .default(false)
      .describe("With `state: absent`: take the pool away although it has members."),
  })
  .superRefine((given, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (given.state === "present") {
      if (given.even_if_used) wrong("even_if_used", "is for `state: absent`");
      return;
    }
    for (const name of ["comment", "vmids", "storages"] as const)
      if (given[name] !== undefined) wrong(name, "says how a pool shall be, and it shall be absent");
    if (given.move) wrong("move", "says how a pool shall be, and it shall be absent");
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly cfg: string | null;
  readonly pmxcfs: Stat | null;
}

export const pvePool = defineModule({
  name: "pve_pool",
  summary: "Gather guests and storages in a pool of Proxmox VE.",
  description: `Rights and backup jobs may be given for a pool. What the task does not name is left alone. A guest that is in another pool is
refused unless \`move: true\`. The result has \`pool\`, \`exists\`, \`comment\`, \`vmids\` and \`storages\`.`,
  params,
  probes: () => ({ cfg: read.text(CFG), pmxcfs: read.stat("/etc/pve/nodes") }),
  plan: (given, seen) => planFor(given, seen),
  result({ pool }, { cfg }) {
    const found = parsePvePools(cfg ?? "").get(pool);
    return {
      pool,
      exists: found !== undefined,
      comment: found?.comment ?? null,
      vmids: found === undefined ? null : guestsOf(found),
      storages: found?.storages ?? null,
    };
  },
  examples: [
    "pve_pool: { pool: media, comment: all that streams, vmids: [101, 102], storages: [Media-Pool] }",
    "pve_pool: { pool: media, vmids: [110], exact: false, move: true }",
    "pve_pool: { pool: old, state: absent }",
  ],
});

function planFor(given: Params, { cfg, pmxcfs }: Seen): Plan {
  const { pool: name } = given;
  if (pmxcfs === null) return noPveNode();
  const pools = parsePvePools(cfg ?? "");
  const pool = pools.get(name);
  if (given.state === "absent") return absent(given, pools, pool);
  const outer = name.includes("/") ? name.slice(0, name.lastIndexOf("/")) : null;
  if (outer !== null && !pools.has(outer))
    return refuse(`there is no pool ${outer} that ${name} could be in`, "make it first");
  const is = { vmids: pool === undefined ? [] : guestsOf(pool), storages: [...(pool?.storages ?? [])].sort() };
  const guests = membersOf(is.vmids, given.vmids, given.exact);
  const storages = membersOf(is.storages, given.storages, given.exact);
  const elsewhere = guests.added.flatMap((id) => {
    const other = [...pools].find(([, each]) => each.guests.includes(String(id)))?.[0];
    return other === undefined ? [] : [`${id} (${other})`];
  });
  if (elsewhere.length > 0 && !given.move)
    return refuse(`these guests are in another pool: ${elsewhere.join(", ")}`, "`move: true` takes them out of it");
  const before: Record<string, Value> = { state: pool === undefined ? "absent" : "present" };
  const after: Record<string, Value> = { state: "present" };
  if (given.comment !== undefined) {
    before.comment = pool?.comment ?? null;
    after.comment = given.comment;
  }
  if (given.vmids !== undefined) [before.vmids, after.vmids] = [pool === undefined ? null : is.vmids, guests.wanted];
  if (given.storages !== undefined)
    [before.storages, after.storages] = [pool === undefined ? null : is.storages, storages.wanted];
  const comment =
    given.comment !== undefined && given.comment !== (pool?.comment ?? "") ? ["--comment", given.comment] : [];
  const more = [
    ...(pool === undefined ? [] : comment),
    ...list("--vms", guests.added),
    ...list("--storage", storages.added),
    ...(elsewhere.length > 0 ? ["--allow-move", "1"] : []),
  ];
  const less = [...list("--vms", guests.removed), ...list("--storage", storages.removed)];
  return change(before, after, [
    pool === undefined && send(["create", "/pools", "--poolid", name, ...comment]),
    less.length > 0 && send(["set", "/pools", "--poolid", name, ...less, "--delete", "1"]),
    more.length > 0 && send(["set", "/pools", "--poolid", name, ...more]),
  ]);
}

function absent(
  { pool: name, even_if_used }: Params,
  pools: ReadonlyMap<string, PvePool>,
  pool: PvePool | undefined,
): Plan {
  const gone = { state: "absent" };
  if (pool === undefined) return change(gone, gone, []);
  const inner = [...pools.keys()].filter((each) => each.startsWith(`${name}/`));
  if (inner.length > 0) return refuse(`there are pools in pool ${name}: ${inner.join(", ")}`, "take these away first");
  const members = [...pool.guests.map((id) => `guest ${id}`), ...pool.storages.map((id) => `storage ${id}`)];
  if (members.length > 0 && !even_if_used)
    return refuse(
      `pool ${name} has members: ${members.slice(0, 10).join(", ")}${members.length > 10 ? " and more" : ""}`,
      "with `even_if_used: true` it goes all the same; its members stay what they are",
    );
  const less = [...list("--vms", pool.guests), ...list("--storage", pool.storages)];
  return change({ state: "present" }, gone, [
    less.length > 0 && send(["set", "/pools", "--poolid", name, ...less, "--delete", "1"]),
    send(["delete", "/pools", "--poolid", name]),
  ]);
}

function guestsOf(pool: PvePool): readonly number[] {
  return pool.guests.map(Number).sort((a, b) => a - b);
}
function membersOf<T extends string | number>(is: readonly T[], named: readonly T[] | undefined, exact: boolean) {
  const added = (named ?? []).filter((each) => !is.includes(each));
  const removed = named !== undefined && exact ? is.filter((each) => !named.includes(each)) : [];
  const wanted = is.filter((each) => !removed.includes(each)).concat(added);
  const order = (a: T, b: T) => (typeof a === "number" && typeof b === "number" ? a - b : a < b ? -1 : 1);
  return { added, removed, wanted: wanted.sort(order) };
}
function list(option: string, members: readonly (string | number)[]): readonly string[] {
  return members.length === 0 ? [] : [option, members.join(",")];
}
function send(words: readonly string[]) {
  return write.exec(["pvesh", ...words], { touches: [CFG], limitMs: 60_000, ...utf8Locale(words) });
}
