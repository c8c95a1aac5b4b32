import type { FrozenHost } from "../../world.ts";
import { kindOfMount } from "../container/mount-points.ts";
import { mountPointsOf } from "../container/start-checks.ts";
import { findStorage } from "../storage/storages.ts";
import { type ConfPart, emptyPart, type HeldConf } from "./guest-conf.ts";

/** What a snapshot takes of a configuration, and gives back: all but the note, locks and what is unused. */
export function copyOfPart({ values, raw }: ConfPart): ConfPart {
  const left = [...values].filter(([key]) => !LEFT_OUT.has(key) && !/^unused\d+$/.test(key));
  return { ...emptyPart(), values: new Map(left), raw: [...raw] };
}
const LEFT_OUT = new Set(["snapstate", "snaptime", "lock", "delete"]);

/** Whether every file system of the container can be snapshotted: a bind mount never, a raw image in a folder neither. */
export function canSnapshot(host: FrozenHost, { values }: ConfPart): boolean {
  return mountPointsOf(values).every(({ volume }) => {
    if (kindOfMount(volume) !== "volume") return false;
    const type = findStorage(host, volume.split(":")[0] ?? "")?.type ?? "";
    return ["zfspool", "btrfs", "lvmthin", "rbd"].includes(type);
  });
}

/** Takes a snapshot's name out of the chain of parents. */
export function unlinkParent(conf: HeldConf, name: string, next: string | undefined): void {
  for (const part of [conf, ...conf.snapshots.values()]) {
    if (part.values.get("parent") !== name) continue;
    if (next === undefined) part.values.delete("parent");
    else part.values.set("parent", next);
  }
}

/** The tree that `pct listsnapshot` prints; the present is a leaf of it. */
export function snapshotTree(conf: HeldConf): string {
  const parents = new Map([...conf.snapshots].map(([name, { values }]) => [name, values.get("parent")]));
  parents.set("current", conf.values.get("parent"));
  const time = (name: string) => Number(conf.snapshots.get(name)?.values.get("snaptime") ?? Number.POSITIVE_INFINITY);
  const below = (parent: string | null) =>
    [...parents]
      .filter(([, above]) => (above !== undefined && conf.snapshots.has(above) ? above : null) === parent)
      .map(([name]) => name)
      .sort((a, b) => (time(a) < time(b) ? -1 : 1));
  const print = (name: string, prefix: string): string => {
    const snapshot = conf.snapshots.get(name);
    const described = name === "current" ? "You are here!" : (snapshot?.description ?? "no-description");
    const at = snapshot?.values.get("snaptime");
    const when = at === undefined ? "" : new Date(Number(at) * 1000).toISOString().slice(0, 19).replace("T", " ");
    const line = `${prefix} ${name.padEnd(Math.max(0, 30 - prefix.length))} ${when.padEnd(23)} ${described.split("\n")[0]}\n`;
    // A snapshot that is its own ancestor would never end; a file edited by hand may say so.
    const children = prefix.length > 2 * parents.size + 3 ? [] : name === "current" ? [] : below(name);
    return line + children.map((child) => print(child, ` ${prefix}`)).join("");
  };
  return below(null)
    .map((root) => print(root, "`->"))
    .join("");
}
