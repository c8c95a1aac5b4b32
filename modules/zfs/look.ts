import { parseZfsGet, parseZfsGetOne, type ReadProperty } from "../../engine/formats/zfs-get.ts";
import { datasetsAbove, zfsLooksAt, zpoolLooksAt } from "../../engine/formats/zfs-names.ts";
import { isAskedByName } from "../../engine/formats/zfs-properties.ts";
import { wantedZfsValue, type XattrOn } from "../../engine/formats/zfs-value.ts";
import type { ExecAnswer, ReadOp } from "../../engine/module/index.ts";
import { type Refusal, read, refuse } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

/** A pool whose disks are gone holds up whatever asks it anything, for ever. */
const LIMIT_MS = 60_000;
/** A change is on the disks when the tool ends: behind a resilver that may take a while. */
export const CHANGE_LIMIT_MS = 900_000;
/** Thousands of snapshots go one after the other. */
export const DESTROY_LIMIT_MS = 3_600_000;

/** Answers by probe. Those of properties asked by name are under the name: `lab:owner`. */
export interface Seen {
  readonly get: ExecAnswer;
  readonly above?: ExecAnswer | undefined;
  readonly former?: ExecAnswer | undefined;
  readonly target?: readonly string[] | null | undefined;
  readonly altroot?: ExecAnswer | undefined;
  readonly doomed?: ExecAnswer | undefined;
  readonly held?: ExecAnswer | undefined;
  readonly [name: `${string}:${string}` | `${string}@${string}`]: ExecAnswer | undefined;
}

/** The dataset as it is. */
export interface Dataset {
  readonly type: string;
  property(name: string): ReadProperty | undefined;
  readonly xattrOn: XattrOn;
}

export const zfsLook = (argv: readonly string[], name: string): ReadOp<ExecAnswer> =>
  read.exec(["zfs", ...argv], { looksAt: zfsLooksAt(name), limitMs: LIMIT_MS });

/** One look at all properties; those that cannot be read safely from it, by name. */
export function firstLook({ name, properties, inherit }: Params) {
  const byName: Record<`${string}:${string}`, ReadOp<ExecAnswer>> = {};
  for (const property of [...Object.keys(properties), ...inherit]) {
    if (isAskedByName(property))
      byName[property as `${string}:${string}`] = zfsLook(["get", "-Hp", "-o", "value,source", property, name], name);
  }
  return { ...byName, get: zfsLook(["get", "-Hp", "-o", "property,value,source", "all", name], name) };
}

/** What only some plans need: where a new dataset goes, what lies at a new mountpoint, what a destroyed one takes along. */
export function secondLook(given: Params, { get }: Pick<Seen, "get">) {
  const { name, state } = given;
  const there = datasetOf(get, {});
  const above = datasetsAbove(name);
  const mountpoint = wantedMountpoint(given);
  const moves = mountpoint !== null && there?.property("mountpoint")?.value !== mountpoint;
  const pool = name.split("/", 1)[0] ?? name;
  const absent = state === "absent";
  return {
    above:
      there === null && missing(get) && above.length > 0 && !absent
        ? zfsLook(["list", "-Hp", "-o", "name,type,mountpoint", ...above], pool)
        : undefined,
    former:
      there === null && given.renamed_from !== undefined
        ? zfsLook(["list", "-H", "-o", "name", given.renamed_from], pool)
        : undefined,
    target: moves && !absent ? read.list(mountpoint) : undefined,
    altroot:
      moves && there !== null && !absent
        ? read.exec(["zpool", "get", "-Hp", "-o", "value", "altroot", pool], {
            looksAt: zpoolLooksAt(pool),
            limitMs: LIMIT_MS,
          })
        : undefined,
    // A dry run tells everything that hangs on it, clones elsewhere in the pool and what hangs on those included.
    doomed: absent && there !== null ? zfsLook(["destroy", "-n", "-v", "-p", "-R", name], pool) : undefined,
    held:
      absent && there !== null
        ? zfsLook(["list", "-Hp", "-r", "-t", "snapshot", "-o", "name,userrefs", name], name)
        : undefined,
  };
}

export function datasetOf(get: ExecAnswer, seen: Partial<Seen>): Dataset | null {
  if (get.code !== 0) return null;
  const all = parseZfsGet(get.stdout);
  return {
    type: all.get("type")?.value ?? "filesystem",
    // Of 2.3 and later, where `on` has come to mean something else.
    xattrOn: all.has("longname") || all.has("direct") ? "sa" : "dir",
    property(name) {
      if (!isAskedByName(name)) return all.get(name);
      const answer = seen[name as `${string}:${string}`];
      const one = answer?.code === 0 ? parseZfsGetOne(answer.stdout) : null;
      return one === null || one.source === "-" ? undefined : one;
    },
  };
}

/** Whether the answer says that there is no such dataset, and not that zfs cannot tell. */
export function missing(get: ExecAnswer): boolean {
  return get.code !== 0 && /does not exist/.test(get.stderr);
}

/** What stands in the way of knowing anything. */
export function lookTrouble(get: ExecAnswer): Refusal | null {
  if (get.code === 0 || missing(get)) return null;
  if (get.code === 127) return refuse("there is no zfs command on the host", "install the package zfsutils-linux");
  const said = (get.stderr || get.stdout).split(/\n?usage:/)[0]?.trim() ?? "";
  if (/ZFS modules|modprobe|not loaded|\/dev\/zfs/i.test(said))
    return refuse(`the kernel has no ZFS: ${said}`, "load the module zfs, with kernel_module");
  return refuse(`zfs does not answer: ${said}`);
}

/** The path where it shall be mounted; null if none is named. */
export function wantedMountpoint({ properties }: Params): string | null {
  const given = properties.mountpoint;
  const wanted = given === undefined ? null : wantedZfsValue("mountpoint", given);
  return wanted !== null && "set" in wanted && wanted.set.startsWith("/") ? wanted.set : null;
}
