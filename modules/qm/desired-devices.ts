import { type ConfView, isOn, slotsOf } from "../../engine/formats/guest-view.ts";
import { parsePropertyString, printPropertyString } from "../../engine/formats/property-string.ts";
import type { Value } from "../../engine/module/index.ts";
import { type Aspect, type Edit, equal } from "./aspect.ts";

/** A device in the user's words: its slot, and sub-options by the names of the parameters. */
interface Device {
  readonly slot: string;
  readonly [option: string]: string | boolean | undefined;
}
interface Kind {
  readonly field: "hostpci" | "usb";
  /** Names of sub-options in the configuration, by those of the parameters. */
  readonly names: Readonly<Record<string, string>>;
  /** What is on where nothing is said. */
  readonly usual: readonly string[];
}
export const HOSTPCI: Kind = {
  field: "hostpci",
  names: { host: "host", mapping: "mapping", mdev: "mdev", pcie: "pcie", rombar: "rombar", x_vga: "x-vga" },
  usual: ["rombar"],
};
export const USB: Kind = { field: "usb", names: { host: "host", mapping: "mapping", usb3: "usb3" }, usual: [] };
const SWITCHES = ["pcie", "rombar", "x_vga", "usb3"];

/** A list of devices, found again by their slot. */
export function devicesAspect(kind: Kind, wanted: readonly Device[], view: ConfView): Aspect {
  const there = new Map(slotsOf(view.merged, kind.field));
  const gone = [...there].filter(([key]) => !wanted.some(({ slot }) => slot === key));
  const edits = wanted.flatMap((device): readonly Edit[] => {
    const after = shownWanted(kind, device);
    const is = there.get(device.slot);
    if (is !== undefined && equal(shownValue(kind, device.slot, is), after)) return [];
    const inForce = view.current.get(device.slot);
    const asCurrent = inForce !== undefined && equal(shownValue(kind, device.slot, inForce), after);
    return [{ key: device.slot, value: printed(kind, device, is), asCurrent }];
  });
  const entries = wanted.flatMap(({ slot }) => {
    const is = there.get(slot);
    return is === undefined ? [] : [shownValue(kind, slot, is)];
  });
  return {
    field: kind.field,
    before: view.exists ? [...entries, ...gone.map(([key, value]) => shownValue(kind, key, value))] : null,
    after: wanted.map((device) => shownWanted(kind, device)),
    edits: [...edits, ...gone.map(([key]): Edit => ({ key, value: null }))],
  };
}

function shownValue(kind: Kind, slot: string, value: string): Value {
  const { options } = parsePropertyString(value, "host");
  const shown: Record<string, Value> = { slot };
  for (const [name, key] of Object.entries(kind.names)) {
    const is = options.get(key);
    if (is === undefined || is === "") continue;
    if (!SWITCHES.includes(name)) shown[name] = is.toLowerCase();
    else if (isOn(is) !== kind.usual.includes(name)) shown[name] = isOn(is);
  }
  return shown;
}
function shownWanted(kind: Kind, device: Device): Value {
  return shownValue(kind, device.slot, printed(kind, device, undefined));
}

/** What a newer version knows beside these stays. */
function printed(kind: Kind, device: Device, is: string | undefined): string {
  const ours = Object.values(kind.names);
  const kept = [...parsePropertyString(is ?? "", "host").options].filter(([name]) => !ours.includes(name));
  const said = Object.entries(kind.names).flatMap(([name, key]): readonly (readonly [string, string])[] => {
    const value = device[name];
    return value === undefined ? [] : [[key, typeof value === "boolean" ? (value ? "1" : "0") : value]];
  });
  return printPropertyString(new Map([...said, ...kept]));
}
