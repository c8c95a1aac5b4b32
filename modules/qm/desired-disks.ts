import type { ConfView } from "../../engine/formats/guest-view.ts";
import { printPropertyString } from "../../engine/formats/property-string.ts";
import { printPveSize } from "../../engine/formats/pve-size.ts";
import { type Refusal, refuse, type Value } from "../../engine/module/index.ts";
import { type Aspect, type Edit, equal, type Resize } from "./aspect.ts";
import { DISK_OPTIONS, type DiskEntry, diskEntry, drivesOf, shownOption } from "./disk-entry.ts";
import { imageBytes } from "./image.ts";
import type { WantedDisk } from "./param-disks.ts";
import type { Params } from "./params.ts";
import type { Seen } from "./seen.ts";

const GIB = 1024 ** 3;
/** What storages round up to: a disk that is larger by less than this is as large as it was asked to be. */
const ROUNDED_UP = 4 * 1024 ** 2;
type Shown = Readonly<Record<string, Value>>;

/** What one wanted disk comes to. */
interface Outcome {
  readonly before?: Shown;
  readonly after: Shown;
  readonly edit?: Edit;
  readonly resize?: Resize;
  readonly rescan?: true;
  readonly refusal?: Refusal;
}

/** The list of disks, found again by slot. */
export function disksAspect(params: Params, view: ConfView, seen: Seen): Aspect {
  const { vmid, disks: wanted = [], detach } = params;
  const there = new Map(drivesOf(view.merged).map((entry) => [entry.key, entry]));
  const outcomes = wanted.map((disk) => outcomeOf(vmid, disk, there.get(disk.slot), view, seen));
  const gone = [...there.values()].filter(
    ({ key, kind }) => kind === "disk" && !wanted.some(({ slot }) => slot === key),
  );
  const [first] = gone;
  const unlisted =
    first !== undefined && !detach
      ? refuse(
          `virtual machine ${vmid} has a disk at ${first.key} (${first.file}), which disks does not name`,
          "name it, or say detach: true: its data is kept as an unused disk",
        )
      : undefined;
  return {
    field: "disks",
    before: view.exists
      ? [...outcomes.flatMap(({ before }) => (before === undefined ? [] : [before])), ...gone.map(shownGone)]
      : null,
    after: outcomes.map(({ after }) => after),
    edits: [...outcomes.flatMap(({ edit }) => edit ?? []), ...gone.map(({ key }): Edit => ({ key, value: null }))],
    resizes: outcomes.flatMap(({ resize }) => resize ?? []),
    rescan: outcomes.some(({ rescan }) => rescan),
    refusal: unlisted ?? outcomes.find(({ refusal }) => refusal)?.refusal,
  };
}

function outcomeOf(vmid: number, disk: WantedDisk, entry: DiskEntry | undefined, view: ConfView, seen: Seen): Outcome {
  const leaving = view.pendingDeletes.has(disk.slot) ? view.current.get(disk.slot) : undefined;
  const known = entry ?? (leaving === undefined ? undefined : diskEntry(disk.slot, leaving));
  if (known === undefined) return newDisk(disk, seen);
  if (known.kind !== "disk")
    return {
      after: shownAs(disk, null),
      refusal: refuse(
        `at ${disk.slot} of virtual machine ${vmid} there is a CD drive (${known.file})`,
        "choose another slot",
      ),
    };
  const { before, ...rest } = keptDisk(vmid, disk, known, view);
  // One that is on its way out counts as gone.
  return entry === undefined || before === undefined ? rest : { before, ...rest };
}

function newDisk(disk: WantedDisk, seen: Seen): Outcome {
  const { slot, storage, size, import_from: source } = disk;
  const after = shownAs(disk, size ?? null);
  if (storage === undefined)
    return { after, refusal: refuse(`there is no disk at ${slot} yet: say on which storage it is to be made`) };
  const options = new Map([["file", `${storage}:${(size ?? 0) / GIB}`], ...optionsOf(disk)]);
  if (source === undefined) {
    if (size === undefined || size === 0)
      return { after, refusal: refuse(`there is no disk at ${slot} yet: say its size, or import_from an image`) };
    return { after, edit: { key: slot, value: printPropertyString(options, "file") } };
  }
  const image = imageBytes(seen[`image ${slot}`]);
  if (image === null)
    return {
      after,
      refusal: refuse(`${source}, to be imported to ${slot}, is no image on the node`, "download it there first"),
    };
  if (size !== undefined && size < image)
    return {
      after,
      refusal: refuse(
        `the image ${source} is a disk of ${printPveSize(image)}: ${slot} cannot be ${printPveSize(size)}`,
      ),
    };
  const value = printPropertyString(new Map([...options, ["file", `${storage}:0`], ["import-from", source]]), "file");
  const grows = size !== undefined && size > image;
  return { after, edit: { key: slot, value }, ...(grows ? { resize: { key: slot, size: printPveSize(size) } } : {}) };
}

function keptDisk(vmid: number, disk: WantedDisk, entry: DiskEntry, view: ConfView): Outcome {
  const { slot, storage, size } = disk;
  if (storage !== undefined && entry.storage !== null && entry.storage !== storage)
    return {
      after: shownAs(disk, size ?? null),
      refusal: refuse(
        `the disk at ${slot} of virtual machine ${vmid} is on ${entry.storage}, and is not moved to ${storage}`,
        `qm disk move ${vmid} ${slot} ${storage} moves it`,
      ),
    };
  // Proxmox VE writes the size down when it looks.
  if (size !== undefined && entry.size === null)
    return { before: shownKept(disk, entry, null), after: shownAs(disk, size), rescan: true };
  const is = entry.size ?? 0;
  const same = size === undefined || (is >= size && is - size < ROUNDED_UP);
  const before = shownKept(disk, entry, size === undefined ? null : same ? size : is);
  const after = shownAs(disk, size ?? null);
  if (size !== undefined && !same && is > size)
    return {
      before,
      after,
      refusal: refuse(
        `the disk at ${slot} of virtual machine ${vmid} has ${printPveSize(is)} and cannot shrink to ${printPveSize(size)}`,
        "a smaller disk is a new one, to which the data is copied",
      ),
    };
  const grow = size !== undefined && !same ? { resize: { key: slot, size: printPveSize(size) } } : {};
  const inForce = view.current.get(slot);
  const asCurrent = inForce !== undefined && equal(optionsShown(diskEntry(slot, inForce)), optionsWanted(disk));
  if (view.merged.has(slot) && equal(optionsShown(entry), optionsWanted(disk))) return { before, after, ...grow };
  return { before, after, ...grow, edit: { key: slot, value: printKept(disk, entry), asCurrent } };
}

/** What differs is sent, what Proxmox VE owns in it or a newer version knows stays; it reads the size from the disk. */
function printKept(disk: WantedDisk, entry: DiskEntry): string {
  const options = new Map([...entry.options].filter(([name]) => name !== "size" && !isOurs(name)));
  return printPropertyString(new Map([...options, ...optionsOf(disk)]), "file");
}
function isOurs(name: string): boolean {
  return DISK_OPTIONS.some((option) => option === name);
}
function optionsOf(disk: WantedDisk): readonly (readonly [string, string])[] {
  return DISK_OPTIONS.flatMap((name): readonly (readonly [string, string])[] => {
    const value = disk[name];
    if (value === undefined) return [];
    if (name === "discard") return [[name, value === true ? "on" : "ignore"] as const];
    return [[name, typeof value === "boolean" ? (value ? "1" : "0") : value] as const];
  });
}

function optionsShown({ options }: Pick<DiskEntry, "options">): Shown {
  return Object.fromEntries(
    DISK_OPTIONS.flatMap((name) => {
      const shown = shownOption(name, options.get(name));
      return shown === undefined ? [] : [[name, shown]];
    }),
  );
}
function optionsWanted(disk: WantedDisk): Shown {
  return optionsShown({ options: new Map(optionsOf(disk)) });
}
function shownAs(disk: WantedDisk, size: number | null): Shown {
  return shown(disk.slot, disk.storage, size, optionsWanted(disk));
}
function shownKept(disk: WantedDisk, entry: DiskEntry, size: number | null): Shown {
  return shown(
    disk.slot,
    disk.storage === undefined ? undefined : (entry.storage ?? entry.file),
    size,
    optionsShown(entry),
  );
}
function shownGone(entry: DiskEntry): Shown {
  return shown(entry.key, entry.storage ?? entry.file, entry.size, optionsShown(entry));
}
function shown(slot: string, storage: string | undefined, size: number | null, options: Shown): Shown {
  return {
    slot,
    ...(storage === undefined ? {} : { storage }),
    ...(size === null ? {} : { size: printPveSize(size) }),
    ...options,
  };
}
