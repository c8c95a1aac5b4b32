import { z } from "zod";
import { parseZfsGetOne } from "../engine/formats/zfs-get.ts";
import { datasetNameFault, snapshotNameFault, zfsLooksAt } from "../engine/formats/zfs-names.ts";
import { isUserProperty } from "../engine/formats/zfs-properties.ts";
import { wantedZfsValue } from "../engine/formats/zfs-value.ts";
import type { Change, ExecAnswer, Plan, ReadOp, Value } from "../engine/module/index.ts";
import { change, defineModule, presence, read, refuse, write } from "../engine/module/index.ts";

const tags = z.array(
  z
    .string()
    .regex(/^[^\s\0-\x1f-][^\0-\x1f]{0,200}$/, { error: "expected a tag: one line, not beginning with a dash" }),
);
const params = z
  .strictObject({
    name: z.string().describe("`DATASET@SNAPSHOT`, or the dataset alone with `snapshot` beside it."),
    snapshot: z.string().optional().describe("What stands behind the @, if `name` is the dataset alone."),
    state: presence.describe("`absent` destroys it; refused while it is held or has clones."),
    recursive: z
      .boolean()
      .default(false)
      .describe("The same of all datasets below. Made at once, at one moment; those that lack it later get it then."),
    properties: z
      .record(
        z.string(),
        z.union([z.string(), z.number(), z.boolean()], { error: "expected a text, a number, true or false" }),
      )
      .superRefine((properties, context) => {
        for (const [name, value] of Object.entries(properties)) {
          const wanted = wantedZfsValue(name, value);
          const message = !isUserProperty(name)
            ? "a snapshot takes properties of your own alone, with a colon in the name, such as lab:why"
            : "error" in wanted
              ? wanted.error
              : null;
          if (message !== null) context.addIssue({ code: "custom", path: [name], message });
        }
      })
      .default({})
      .describe("User properties it shall have. With `recursive` those below get them when they are made."),
    holds: tags.default([]).describe("Tags that hold it, so that nobody destroys it. Tags of others are left alone."),
    release: tags.default([]).describe("Tags that shall not hold it."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    const [dataset = "", own, ...more] = given.name.split("@");
    const fault = datasetNameFault(dataset);
    if (fault !== null) wrong("name", fault);
    if (more.length > 0) wrong("name", "there is more than one @");
    if (own !== undefined && given.snapshot !== undefined) wrong("snapshot", "name has an @ already: one of the two");
    if (own === undefined && given.snapshot === undefined) wrong("name", "say which snapshot: DATASET@SNAPSHOT");
    const bad = snapshotNameFault(own ?? given.snapshot ?? "x");
    if (bad !== null) wrong(own === undefined ? "snapshot" : "name", bad);
    if (given.state === "absent") {
      for (const key of ["holds"] as const) if (given[key].length > 0) wrong(key, "what is held cannot be destroyed");
      if (Object.keys(given.properties).length > 0)
        wrong("properties", "state: absent leaves nothing that could have them");
    }
    for (const tag of given.holds)
      if (given.release.includes(tag)) wrong("release", `${tag} stands under holds as well`);
  });
type Given = z.output<typeof params>;

/** The parameters, the two ways of naming a snapshot made one. */
function named({ name, snapshot: beside, ...rest }: Given) {
  const [dataset = "", snapshot = beside ?? ""] = name.split("@");
  return { dataset, snapshot, full: `${dataset}@${snapshot}`, ...rest };
}
type Params = ReturnType<typeof named>;

const LIMIT_MS = 60_000;
/** Of a deep tree all are made or destroyed one by one. */
const CHANGE_LIMIT_MS = 3_600_000;
interface Seen {
  readonly list: ExecAnswer;
  readonly holds?: ExecAnswer | undefined;
  readonly [name: `${string}:${string}`]: ExecAnswer | undefined;
}
/** A row of the list: a snapshot, or a dataset that might have one. */
interface Row {
  readonly name: string;
  readonly holds: number;
  readonly clones: readonly string[];
  readonly creation: number | null;
  readonly used: number | null;
}

export const zfsSnapshot = defineModule({
  name: "zfs_snapshot",
  summary: "Make, hold or destroy a ZFS snapshot.",
  description: `A snapshot that is there is left as it is: it is never made anew. One that is held or has clones is not destroyed; who holds it
and what hangs on it is named. It rolls nothing back.`,
  params,
  shorthand: "name",
  probes(raw) {
    const given = named(raw);
    const { dataset, full, properties, holds, release, state } = given;
    const look = (...argv: readonly string[]): ReadOp<ExecAnswer> =>
      read.exec(["zfs", ...argv], { looksAt: zfsLooksAt(dataset), limitMs: LIMIT_MS });
    const byName: Record<`${string}:${string}`, ReadOp<ExecAnswer>> = {};
    for (const name of Object.keys(properties))
      byName[name as `${string}:${string}`] = look("get", "-Hp", "-o", "value,source", name, full);
    const depth = given.recursive ? ["-r"] : ["-d", "1"];
    return {
      ...byName,
      list: look(
        "list",
        "-Hp",
        ...depth,
        "-t",
        "filesystem,volume,snapshot",
        "-o",
        "name,userrefs,clones,creation,used",
        dataset,
      ),
      holds: holds.length + release.length > 0 || state === "absent" ? look("holds", "-H", full) : undefined,
    };
  },
  plan(raw, observed) {
    const given = named(raw);
    const seen: Seen = observed;
    const { dataset } = given;
    if (seen.list.code === 127)
      return refuse("there is no zfs command on the host", "install the package zfsutils-linux");
    if (seen.list.code !== 0) {
      if (!/does not exist/.test(seen.list.stderr)) return refuse(`zfs does not answer: ${seen.list.stderr.trim()}`);
      const nothing = { state: "absent", snapshots: [] };
      return given.state === "absent"
        ? change(nothing, nothing, [])
        : refuse(`the dataset ${dataset} does not exist`, "make it first, with the module zfs", onceThere(given, seen));
    }
    const rows = rowsOf(seen.list.stdout);
    return given.state === "absent" ? absent(given, rows, seen) : present(given, rows, seen);
  },
  result(raw, { list }) {
    const given = named(raw);
    const row = rowsOf(list.stdout).find(({ name }) => name === given.full);
    return { name: given.full, exists: row !== undefined, creation: row?.creation ?? null, used: row?.used ?? null };
  },
  examples: [
    "zfs_snapshot: Tank-Archive/Family_Archive@before-upgrade",
    "zfs_snapshot: { name: VM-SSD, snapshot: nightly, recursive: true, holds: [keep] }",
    "zfs_snapshot: { name: Tank-Archive/Family_Archive@before-upgrade, state: absent }",
  ],
});

function present(given: Params, rows: readonly Row[], seen: Seen): Plan {
  const { dataset, snapshot, full, recursive, properties, holds, release } = given;
  const names = new Set(rows.map(({ name }) => name));
  const wanted = (recursive ? [...names].filter((name) => !name.includes("@")) : [dataset]).map(
    (name) => `${name}@${snapshot}`,
  );
  const lacking = wanted.filter((name) => !names.has(name));
  const fresh = lacking.includes(full);
  const pairs = Object.entries(properties).map(([name, value]) => [name, String(value)] as const);
  const held = new Set(fresh ? [] : heldBy(seen.holds));
  const toHold = holds.filter((tag) => !held.has(tag));
  const toRelease = release.filter((tag) => held.has(tag));
  const before: Record<string, Value> = { state: fresh ? "absent" : "present" };
  const after: Record<string, Value> = { state: "present" };
  if (recursive) [before.lacking, after.lacking] = [lacking, []];
  const set: string[] = [];
  for (const [name, value] of pairs) {
    const is = fresh ? null : propertyIn(seen[name as `${string}:${string}`]);
    [before[name], after[name]] = [is, value];
    if (!fresh && is !== value) set.push(`${name}=${value}`);
  }
  if (holds.length + release.length > 0) {
    const shown = (tagged: (tag: string) => boolean) =>
      Object.fromEntries([...holds, ...release].map((tag) => [tag, tagged(tag)]));
    [before.holds, after.holds] = [shown((tag) => held.has(tag)), shown((tag) => holds.includes(tag))];
  }
  const step = { touches: [`zfs:${dataset}`], limitMs: CHANGE_LIMIT_MS };
  const options = pairs.flatMap(([name, value]) => ["-o", `${name}=${value}`]);
  const all = recursive && lacking.length === wanted.length;
  return change(before, after, [
    // Several in one call are made at one moment; -r fails where one is there already.
    lacking.length > 0 &&
      write.exec(["zfs", "snapshot", ...(all ? ["-r"] : []), ...options, ...(all ? [full] : lacking)], step),
    set.length > 0 && write.exec(["zfs", "set", ...set, full], step),
    ...toHold.map((tag) => write.exec(["zfs", "hold", tag, full], step)),
    ...toRelease.map((tag) => write.exec(["zfs", "release", tag, full], step)),
  ]);
}

/** What a check shows where an earlier task has yet to make the dataset. */
function onceThere(given: Params, seen: Seen): { readonly otherwise?: Change } {
  const plan = present(given, [{ name: given.dataset, holds: 0, clones: [], creation: null, used: null }], seen);
  return plan.kind === "change" ? { otherwise: plan } : {};
}

function absent(given: Params, rows: readonly Row[], seen: Seen): Plan {
  const { dataset, snapshot, full, recursive, release } = given;
  const there = rows.filter(({ name }) => (recursive ? name.endsWith(`@${snapshot}`) : name === full));
  const nothing = { state: "absent", snapshots: [] };
  if (there.length === 0) return change(nothing, nothing, []);
  const cloned = there.filter(({ clones }) => clones.length > 0);
  if (cloned.length > 0)
    return refuse(
      `clones hang on ${cloned.map(({ name, clones }) => `${name}: ${clones.join(", ")}`).join("; ")}`,
      "destroy them first, or `zfs promote` them",
    );
  const tags = heldBy(seen.holds);
  const holders = tags.filter((tag) => !release.includes(tag));
  const held = there.filter(({ name, holds }) =>
    name === full ? holders.length > 0 || (tags.length === 0 && holds > 0) : holds > 0,
  );
  if (held.length > 0)
    return refuse(
      `held: ${held.map(({ name }) => (name === full && holders.length > 0 ? `${name} (${holders.join(", ")})` : name)).join("; ")}`,
      "someone wants to keep it: `zfs holds -r` shows who; release: [TAG] lets it go",
    );
  const step = { touches: [`zfs:${dataset}`], limitMs: CHANGE_LIMIT_MS };
  const exists = there.some(({ name }) => name === full);
  return change({ state: exists ? "present" : "absent", snapshots: there.map(({ name }) => name) }, nothing, [
    ...tags.map((tag) => write.exec(["zfs", "release", tag, full], step)),
    ...(recursive ? [["zfs", "destroy", "-r", full]] : [["zfs", "destroy", full]]).map((argv) =>
      write.exec(argv, step),
    ),
  ]);
}

function rowsOf(text: string): readonly Row[] {
  return text.split("\n").flatMap((line) => {
    const [name = "", holds = "", clones = "", creation = "", used = ""] = line.split("\t");
    const number = (word: string) => (/^\d+$/.test(word) ? Number(word) : null);
    const list = clones === "" || clones === "-" ? [] : clones.split(",");
    return name === ""
      ? []
      : [{ name, holds: number(holds) ?? 0, clones: list, creation: number(creation), used: number(used) }];
  });
}
/** `zfs holds -H`: name, tag and time. A tag may hold blanks, but no tab. */
function heldBy(holds: ExecAnswer | undefined): readonly string[] {
  return holds?.code === 0 ? holds.stdout.split("\n").flatMap((line) => line.split("\t")[1] ?? []) : [];
}
function propertyIn(answer: ExecAnswer | undefined): string | null {
  const one = answer?.code === 0 ? parseZfsGetOne(answer.stdout) : null;
  // What the dataset hands on is no property of the snapshot's own, but it reads as one: equal is equal.
  return one === null || one.source === "-" ? null : one.value;
}
