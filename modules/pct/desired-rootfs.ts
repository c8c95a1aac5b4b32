import type { Refusal, Value } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import type { Aspect, Edit, Resize } from "./aspect.ts";
import type { ConfView } from "./conf-view.ts";
import type { WantedRootfs } from "./param-mounts.ts";
import {
  compareSize,
  freshVolume,
  mergedVolume,
  printEntry,
  shownOption,
  shownSize,
  VOLUME_OPTIONS,
  volumeEntry,
  wantedOption,
  writtenOption,
} from "./volume.ts";

const USUAL_STORAGE = "local";
const USUAL_SIZE = 4 * 1024 ** 3;

/** The root file system, sub-option by sub-option: only those that the task names. */
export function rootfsAspect(vmid: number, wanted: WantedRootfs, storage: string | undefined, view: ConfView): Aspect {
  const named = VOLUME_OPTIONS.filter((name) => name in wanted && wanted[name as keyof WantedRootfs] !== undefined);
  const after: Record<string, Value> = {};
  if (wanted.storage !== undefined) after.storage = wanted.storage;
  if (wanted.size !== undefined) after.size = shownSize(wanted.size);
  for (const name of named) after[name] = wantedOption(name, wanted) ?? null;
  if (!view.exists) {
    return { field: "rootfs", before: null, after, edits: [{ key: "rootfs", value: newRootfs(wanted, storage) }] };
  }
  const entry = mergedVolume(view, "rootfs");
  const inForce = volumeEntry("rootfs", view.current.get("rootfs") ?? "");
  const { size } = entry;
  const change = wanted.size === undefined || size === null ? "same" : compareSize(size, wanted.size);
  const before: Record<string, Value> = {};
  if (wanted.storage !== undefined) before.storage = entry.storage;
  if (wanted.size !== undefined)
    before.size = change === "same" && size !== null ? shownSize(wanted.size) : shownSize(size);
  for (const name of named) before[name] = shownOption(name, entry.options.get(name)) ?? null;

  const differs = (options: ReadonlyMap<string, string>) =>
    named.some((name) => JSON.stringify(shownOption(name, options.get(name)) ?? null) !== JSON.stringify(after[name]));
  const edits: Edit[] = [];
  if (differs(entry.options)) {
    const options = new Map(entry.options);
    for (const name of named) {
      const value = writtenOption(name, wanted);
      if (value === undefined) options.delete(name);
      else options.set(name, value);
    }
    // It is stored as it is sent: a size that is left out would be lost, an old one would come back.
    if (change === "grow" && wanted.size !== undefined) options.set("size", String(shownSize(wanted.size)));
    edits.push({
      key: "rootfs",
      value: printEntry(entry.volume, null, options),
      asCurrent: !differs(inForce.options) && change === "same",
    });
  }
  const resizes: Resize[] =
    change === "grow" && wanted.size !== undefined ? [{ key: "rootfs", size: String(shownSize(wanted.size)) }] : [];
  return {
    field: "rootfs",
    before,
    after,
    edits,
    resizes,
    rescan: wanted.size !== undefined && size === null,
    refusal: trouble(),
  };

  function trouble(): Refusal | undefined {
    if (wanted.storage !== undefined && entry.storage !== wanted.storage) {
      return refuse(
        `the root file system of ${vmid} is on ${entry.storage ?? entry.volume} and not on ${wanted.storage}`,
        `move it by hand (pct move-volume ${vmid} rootfs ${wanted.storage}), while the container is stopped`,
      );
    }
    if (change === "limit")
      return refuse(
        `the root file system of ${vmid} is a folder without a size, and cannot be given one`,
        "leave size out, or restore a backup of it with --rootfs STORAGE:SIZE",
      );
    if (change !== "shrink" || wanted.size === undefined) return undefined;
    return refuse(
      `the root file system of ${vmid} has ${shownSize(size)} and cannot shrink to ${shownSize(wanted.size)}`,
      `say size: ${shownSize(size)}, or restore a backup into a smaller one`,
    );
  }
}

/** What a new container's root file system is asked for with. */
export function newRootfs(wanted: WantedRootfs, storage: string | undefined): string {
  const options = new Map<string, string>();
  for (const name of VOLUME_OPTIONS) {
    const value = writtenOption(name, wanted);
    if (value !== undefined) options.set(name, value);
  }
  return printEntry(freshVolume(wanted.storage ?? storage ?? USUAL_STORAGE, wanted.size ?? USUAL_SIZE), null, options);
}
