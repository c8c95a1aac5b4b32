import { isSameDisk, wholeDisk } from "../../engine/formats/disk-names.ts";
import type { PoolStatus, StatusSlot, StatusVdev } from "../../engine/formats/zpool-status.ts";
import { allDisks, type Params, type WantedVdev } from "./params.ts";

const CLASSES = ["vdevs", "logs", "special", "cache", "spares"] as const;
type Class = (typeof CLASSES)[number];
/** The word of `zpool create` and `zpool add` for each class. */
const WORD: Readonly<Record<Class, string | null>> = {
  vdevs: null,
  logs: "log",
  special: "special",
  cache: "cache",
  spares: "spare",
};

/** A class as a list of its groups: `raidz1 A B C`, a lone disk as `A`. In order, so that it can be compared. */
export type Layout = Readonly<Partial<Record<Class, readonly string[]>>>;

/** The classes that the task names. */
export function wantedLayout(given: Params): Layout {
  const layout: { -readonly [C in Class]?: readonly string[] } = {};
  for (const each of CLASSES) {
    const groups = groupsOf(given, each);
    if (groups !== undefined) layout[each] = groups.map(({ type, disks }) => told(type, disks)).sort();
  }
  return layout;
}

/** The same of a pool, its disks under the names that the task has for them. */
export function presentLayout(given: Params, pool: PoolStatus, realPath: (path: string) => string): Layout {
  const wanted = allDisks(given);
  const nameOf = ({ paths }: StatusSlot): string => {
    for (const disk of wanted) if (paths.some((path) => isSameDisk(path, disk, realPath))) return disk;
    return wholeDisk(paths.at(-1) ?? "");
  };
  const groups = (vdevs: readonly StatusVdev[]) =>
    vdevs.map(({ type, slots }) => told(type === "disk" ? "stripe" : type, slots.map(nameOf))).sort();
  const layout: { -readonly [C in Class]?: readonly string[] } = {};
  for (const each of CLASSES) if (given[each] !== undefined) layout[each] = groups(pool[each]);
  return layout;
}

/** In words, what the one has and the other has not. Empty: they are the same. */
export function layoutDifference(wanted: Layout, present: Layout): readonly string[] {
  return CLASSES.flatMap((each) => {
    const [shall, is] = [wanted[each], present[each]];
    if (shall === undefined || is === undefined || shall.join("\n") === is.join("\n")) return [];
    const only = (a: readonly string[], b: readonly string[]) => a.filter((group) => !b.includes(group));
    const [extra, lacking] = [only(is, shall), only(shall, is)];
    const has = extra.length > 0 ? `has ${extra.join(" and ")}` : "";
    const lacks = lacking.length > 0 ? `lacks ${lacking.join(" and ")}` : "";
    return [`${each}: it ${[has, lacks].filter((part) => part !== "").join(", and ")}`];
  });
}

/** The words behind the pool's name of `zpool create`. */
export function layoutWords(given: Params): readonly string[] {
  return CLASSES.flatMap((each) => {
    const groups = groupsOf(given, each) ?? [];
    if (groups.length === 0) return [];
    const word = WORD[each];
    const words = groups.flatMap(({ type, disks }) => (type === "stripe" ? disks : [type, ...disks]));
    return word === null ? words : [word, ...words];
  });
}

/** Disks of a stripe are groups of their own, in the pool as in the playbook. */
function groupsOf(given: Params, each: Class): readonly WantedVdev[] | undefined {
  if (each === "cache" || each === "spares")
    return given[each]?.map((disk): WantedVdev => ({ type: "stripe", disks: [disk] }));
  // A lone disk goes first: behind `mirror A B` it would be taken for one of the mirror.
  const groups = given[each]?.flatMap((group) =>
    group.type === "stripe" ? group.disks.map((disk): WantedVdev => ({ type: "stripe", disks: [disk] })) : [group],
  );
  return groups === undefined
    ? undefined
    : [...groups.filter(({ type }) => type === "stripe"), ...groups.filter(({ type }) => type !== "stripe")];
}
function told(type: string, disks: readonly string[]): string {
  return type === "stripe" ? disks.join(" ") : `${type} ${[...disks].sort().join(" ")}`;
}
