import { mountPoints } from "../../engine/formats/proc-mounts.ts";
import { zfsLooksAt } from "../../engine/formats/zfs-names.ts";
import { type ExecAnswer, type Refusal, read, refuse, type Stat } from "../../engine/module/index.ts";
import type { Params } from "./params.ts";

/** What a new storage stands on: undefined where nobody asked. */
export interface Ground {
  /** Where the node keeps its own things: its target names the node. */
  readonly node?: Stat | null | undefined;
  readonly dataset?: ExecAnswer | undefined;
  readonly mounts?: string | null | undefined;
  readonly folder?: Stat | null | undefined;
}

export function groundLooks({ type, pool, path, nodes, is_mountpoint, create_base_path }: Params) {
  const files = type === "dir" || type === "btrfs";
  const stands = type === "zfspool" || (files && (Boolean(is_mountpoint) || create_base_path === false));
  return {
    node: nodes == null || !stands ? undefined : read.stat("/etc/pve/local"),
    dataset:
      type === "zfspool" && pool !== undefined
        ? read.exec(["zfs", "list", "-H", "-o", "name", pool], { looksAt: zfsLooksAt(pool), limitMs: 60_000 })
        : undefined,
    mounts: files && is_mountpoint ? read.text("/proc/mounts") : undefined,
    folder: files && path !== undefined && create_base_path === false ? read.stat(path, { follow: true }) : undefined,
  };
}

/**
 * A new storage is activated at once, and one that cannot be is not added; a pool that is there without the data set is
 * not even complained about. Both are said before anything is sent.
 */
export function groundTrouble(given: Params, seen: Ground): Refusal | null {
  const { id, pool, path, nodes, is_mountpoint, disable } = given;
  const here = seen.node?.target?.split("/").at(-1);
  if (disable === true || (nodes != null && nodes.length > 0 && here !== undefined && !nodes.includes(here)))
    return null;
  if (seen.dataset !== undefined && seen.dataset.code !== 0) {
    const said = seen.dataset.stderr.trim().split("\n")[0] ?? "";
    return refuse(
      `storage ${id} cannot be on ${pool}: ${said || "zfs does not say why"}`,
      "make it first, with zfs, or its pool with zpool; nodes: [NAME] says on which nodes of a cluster it is",
    );
  }
  const point = typeof is_mountpoint === "string" ? is_mountpoint : path;
  if (seen.mounts != null && point !== undefined && !mountPoints(seen.mounts).includes(point))
    return refuse(
      `nothing is mounted at ${point}, and storage ${id} is there only while something is`,
      "mount it first, or leave is_mountpoint out",
    );
  if (seen.folder === null)
    return refuse(`there is no folder ${path} for storage ${id}`, "make it first, or leave create_base_path out");
  return null;
}
