import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Aspect, byIdentity, type Edit } from "./aspect.ts";
import { type ConfView, freeSlots, isOn, slotsOf } from "./conf-view.ts";
import type { WantedDevice } from "./param-mounts.ts";
import { cleanPath } from "./values.ts";

type Device = { readonly [option: string]: Value };
interface Slot {
  readonly key: string;
  readonly path: string;
  readonly options: ReadonlyMap<string, string>;
}

/** The list of devices, found again by path. `append`: those that are not named stay, and are not told of. */
export function devicesAspect(named: readonly WantedDevice[], view: ConfView, append: boolean): Aspect {
  const wanted = named.filter(({ state }) => state !== "absent");
  const existing = slotsOf(view.merged, "dev")
    .map(deviceSlot)
    .filter((slot) => !append || named.some(({ path }) => path === slot.path));
  const leaving = slotsOf(view.current, "dev")
    .filter(([key]) => view.pendingDeletes.has(key))
    .map(deviceSlot);
  const next = freeSlots(view, "dev", []);
  const matched = wanted.map((device) => existing.find(({ path }) => path === device.path));
  const edits = wanted.flatMap((device, index): readonly Edit[] => {
    const is = matched[index];
    if (is && same(device, is)) return [];
    const known = is ?? leaving.find(({ path }) => path === device.path);
    const inForce = known && view.current.get(known.key);
    const current = inForce === undefined ? undefined : deviceSlot([known?.key ?? "", inForce]);
    return [
      {
        key: known?.key ?? next(),
        value: print(device),
        asCurrent: current !== undefined && current.path === device.path && same(device, current),
      },
    ];
  });
  const gone = existing.filter((slot) => !matched.includes(slot));
  return {
    field: "devices",
    before: view.exists
      ? byIdentity(
          [...matched.flatMap((slot) => (slot === undefined ? [] : [shown(slot)])), ...gone.map(shown)],
          "path",
        )
      : null,
    after: byIdentity(
      wanted.map((device) => shown(deviceSlot(["", print(device)]))),
      "path",
    ),
    edits: [...edits, ...gone.map(({ key }): Edit => ({ key, value: null }))],
  };
}

/** An entry `devN`, taken apart. */
export function deviceSlot([key, value]: readonly [string, string]): Slot {
  const { options } = parsePropertyString(value, "path");
  return { key, path: cleanPath(options.get("path") ?? ""), options };
}

function same(device: WantedDevice, slot: Slot): boolean {
  return JSON.stringify(shown(deviceSlot(["", print(device)]))) === JSON.stringify(shown(slot));
}
/** Without what goes without saying: 0660, of root. */
function shown({ path, options }: Slot): Device {
  const mode = options.get("mode") ?? "0660";
  const [uid, gid] = [Number(options.get("uid") ?? 0), Number(options.get("gid") ?? 0)];
  return {
    path,
    ...(mode !== "0660" && { mode }),
    ...(uid !== 0 && { uid }),
    ...(gid !== 0 && { gid }),
    ...(isOn(options.get("deny-write")) && { deny_write: true }),
  };
}
function print({ path, mode, uid, gid, deny_write }: WantedDevice): string {
  const options = new Map([["path", path]]);
  if (deny_write !== undefined) options.set("deny-write", deny_write ? "1" : "0");
  if (gid !== undefined) options.set("gid", String(gid));
  if (mode !== undefined) options.set("mode", mode);
  if (uid !== undefined) options.set("uid", String(uid));
  return printPropertyString(options, "path");
}
