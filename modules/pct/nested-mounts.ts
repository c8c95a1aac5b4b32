import { mountPoints } from "../../engine/formats/proc-mounts.ts";
import type { Params } from "./params.ts";

/** Folders of the node in which something else is mounted: Proxmox VE binds the folder alone, and the rest is empty inside. */
export function nestedMounts({ mounts = [] }: Params, procMounts: string | null | undefined): readonly string[] {
  const points = [...new Set(mountPoints(procMounts ?? ""))].sort();
  const sources = mounts.flatMap(({ source }) => (source?.startsWith("/") ? [source] : []));
  return mounts.flatMap(({ source, target }) => {
    if (source === undefined || !source.startsWith("/") || source.startsWith("/dev/")) return [];
    // What has a mount of its own is there; where that one is, is the user's affair.
    const empty = points.filter((point) => point.startsWith(`${source}/`) && !sources.includes(point));
    if (empty.length === 0) return [];
    const shown = empty.length > 4 ? [...empty.slice(0, 4), `${empty.length - 4} more`] : empty;
    return [
      `${source} comes to ${target} without what is mounted below it: ${shown.join(", ")} will be empty folders inside (each needs an entry in mounts)`,
    ];
  });
}
