import type { Refusal, Value } from "../../engine/module/index.ts";
import { refuse } from "../../engine/module/index.ts";
import { type Aspect, byIdentity, type Edit, type Resize } from "./aspect.ts";
import { type ConfView, freeSlots, slotsOf } from "./conf-view.ts";
import type { WantedMount } from "./param-mounts.ts";
import {
  compareSize,
  freshVolume,
  mergedVolume,
  printEntry,
  shownOption,
  shownSize,
  VOLUME_OPTIONS,
  type VolumeEntry,
  volumeEntry,
  wantedOption,
  writtenOption,
} from "./volume.ts";

type Mount = { readonly [option: string]: Value };
interface Given {
  readonly vmid: number;
  readonly mounts: readonly WantedMount[];
  readonly storage: string | undefined;
  readonly detach: boolean;
}

/** The list of mounts, found again by target. A volume is never made anew where there is one. */
export function mountsAspect({ vmid, mounts, storage, detach }: Given, view: ConfView): Aspect {
  const entryOf = ([key, value]: readonly [string, string]) => volumeEntry(key, value);
  const existing = slotsOf(view.merged, "mp").map(([key]) => mergedVolume(view, key));
  const leaving = slotsOf(view.current, "mp")
    .filter(([key]) => view.pendingDeletes.has(key))
    .map(entryOf);
  const next = freeSlots(view, "mp", []);
  const edits: Edit[] = [];
  const resizes: Resize[] = [];
  let refusal: Refusal | undefined;
  const matched = mounts.map((mount) => existing.find(({ target }) => target === mount.target));
  for (const [index, mount] of mounts.entries()) {
    const is = matched[index];
    const known = is ?? leaving.find(({ target }) => target === mount.target);
    const inForce = known && view.current.get(known.key);
    const running = inForce === undefined ? undefined : volumeEntry(known?.key ?? "", inForce);
    const conflict = known && is ? sourceConflict(vmid, mount, known, detach) : undefined;
    refusal ??= conflict;
    if (is && sameSource(mount, is) && mount.size !== undefined && is.size !== null) {
      const { size } = is;
      const change = compareSize(size, mount.size);
      if (change === "grow") resizes.push({ key: is.key, size: String(shownSize(mount.size)) });
      if (change === "limit") {
        refusal ??= refuse(
          `the volume at ${mount.target} is a folder without a size, and cannot be given ${shownSize(mount.size)}`,
          "say size: 0, or move its data to a new volume by hand",
        );
      }
      if (change === "shrink") {
        refusal ??= refuse(
          `the volume at ${mount.target} has ${shownSize(size)} and cannot shrink to ${shownSize(mount.size)}`,
          `say size: ${shownSize(size)}, or move its data to a smaller one by hand`,
        );
      }
    }
    if (is && sameSource(mount, is) && sameOptions(mount, is)) continue;
    const volume = known && sameSource(mount, known) ? known.volume : sourceOf(mount, storage);
    if (volume === null) {
      refusal ??= refuse(
        `the volume at ${mount.target} is to be made, and no storage is named for it`,
        "say storage, of the mount or of the container",
      );
      continue;
    }
    edits.push({
      key: known?.key ?? next(),
      value: printMount(mount, volume, known && sameSource(mount, known) ? known : undefined),
      asCurrent:
        running !== undefined &&
        running.target === mount.target &&
        sameSource(mount, running) &&
        sameOptions(mount, running),
    });
  }
  const gone = existing.filter((entry) => !matched.includes(entry));
  const volumes = gone.filter(({ kind }) => kind === "volume");
  if (volumes.length > 0 && !detach) refusal ??= detaching(vmid, volumes);
  edits.push(...gone.map(({ key }): Edit => ({ key, value: null })));
  return {
    field: "mounts",
    before: view.exists
      ? byIdentity(
          [
            ...mounts.flatMap((mount, index) => {
              const is = matched[index];
              return is === undefined ? [] : [shownMount(mount, is)];
            }),
            ...gone.map((entry) => shownMount(undefined, entry)),
          ],
          "target",
        )
      : null,
    after: byIdentity(mounts.map(wantedMount), "target"),
    edits,
    resizes,
    rescan: mounts.some((mount, index) => {
      const is = matched[index];
      return mount.size !== undefined && is?.size === null && sameSource(mount, is);
    }),
    refusal,
  };
}

/** Whether an entry is what the mount asks for; a volume that is asked for by storage and size is any that is there. */
function sameSource({ source, storage }: WantedMount, entry: VolumeEntry): boolean {
  if (source !== undefined) return entry.volume === source;
  return entry.kind === "volume" && (storage === undefined || storage === entry.storage);
}
function sameOptions(mount: WantedMount, { options }: VolumeEntry): boolean {
  return VOLUME_OPTIONS.every(
    (name) => JSON.stringify(wantedOption(name, mount)) === JSON.stringify(shownOption(name, options.get(name))),
  );
}

function sourceConflict(vmid: number, mount: WantedMount, entry: VolumeEntry, detach: boolean): Refusal | undefined {
  if (entry.kind !== "volume" || sameSource(mount, entry)) return undefined;
  if (mount.source === undefined) {
    return refuse(
      `the volume at ${mount.target} is on ${entry.storage} and not on ${mount.storage}`,
      `move it by hand (pct move-volume ${vmid} ${entry.key} ${mount.storage}), while the container is stopped`,
    );
  }
  return detach ? undefined : detaching(vmid, [entry]);
}
function detaching(vmid: number, entries: readonly VolumeEntry[]): Refusal {
  const named = entries.map(({ volume, target }) => `${volume} at ${target}`).join(", ");
  return refuse(
    `container ${vmid} has ${entries.length === 1 ? "a volume" : "volumes"} that the task does not name: ${named}`,
    "name it in mounts, or say detach: true: its data stays, as an unused volume of the container",
  );
}

function sourceOf({ source, storage, size }: WantedMount, usual: string | undefined): string | null {
  if (source !== undefined) return source;
  const where = storage ?? usual;
  return where === undefined ? null : freshVolume(where, size ?? 0);
}

/** Of a volume that stays, `size` and what newer versions know stay too. */
function printMount(mount: WantedMount, volume: string, known: VolumeEntry | undefined): string {
  const options = new Map<string, string>();
  for (const [name, value] of known?.options ?? []) {
    if (!VOLUME_OPTIONS.some((each) => each === name)) options.set(name, value);
  }
  // It has grown by then: an old size would come back with a pending entry.
  if (known?.size != null && mount.size !== undefined && compareSize(known.size, mount.size) === "grow")
    options.set("size", String(shownSize(mount.size)));
  for (const name of VOLUME_OPTIONS) {
    const value = writtenOption(name, mount);
    if (value !== undefined) options.set(name, value);
  }
  return printEntry(volume, mount.target, options);
}

function wantedMount(mount: WantedMount): Mount {
  const { target, source, storage, size } = mount;
  return {
    target,
    ...(source !== undefined ? { source } : {}),
    ...(storage !== undefined ? { storage } : {}),
    ...(size !== undefined ? { size: shownSize(size) } : {}),
    ...optionsShown((name) => wantedOption(name, mount)),
  };
}
/** What is there, told in the words in which the task asks for it, so that equal looks equal. */
function shownMount(wanted: WantedMount | undefined, entry: VolumeEntry): Mount {
  const { target, kind, volume, storage, size, options } = entry;
  const rest = optionsShown((name) => shownOption(name, options.get(name)));
  const asked = wanted !== undefined && sameSource(wanted, entry) ? wanted : undefined;
  if (asked === undefined || kind !== "volume")
    return { target, source: volume, ...(kind === "volume" && size !== null && { size: shownSize(size) }), ...rest };
  const same = asked.size !== undefined && size !== null && compareSize(size, asked.size) === "same";
  return {
    target,
    ...(asked.source !== undefined ? { source: volume } : {}),
    ...(asked.storage !== undefined ? { storage } : {}),
    ...(asked.size !== undefined ? { size: same ? shownSize(asked.size) : shownSize(size) } : {}),
    ...rest,
  };
}
function optionsShown(valueFor: (name: (typeof VOLUME_OPTIONS)[number]) => Value | undefined): Mount {
  const shown: Record<string, Value> = {};
  for (const name of VOLUME_OPTIONS) {
    const value = valueFor(name);
    if (value !== undefined) shown[name] = value;
  }
  return shown;
}
