import { shortDeviceId } from "../../engine/formats/device-id.ts";
import type { Refusal, Step, Value } from "../../engine/module/index.ts";
import {
  bodyOf,
  changedFields,
  type Field,
  field,
  setField,
  settingFields,
  settingTrouble,
  shownFields,
} from "./fields.ts";
import type { DeviceParams, Params } from "./params.ts";
import type { Config, Device, Fields } from "./rest.ts";
import { type Server, send } from "./server.ts";

/** What becomes of one kind of things: how they are and shall be, and the requests between, in their order. */
export interface Part {
  readonly before: Value;
  readonly after: Value;
  readonly steps: readonly Step[];
  /** Requests that come only after those of the other kinds. */
  readonly last: readonly Step[];
}

export function devicesTrouble(given: Params, config: Config, version: string): Refusal | null {
  for (const device of given.devices ?? []) {
    const known = config.defaults?.device ?? config.devices[0] ?? {};
    const trouble = settingTrouble("field of a device", device.settings, known as Fields, version);
    if (trouble !== null) return trouble;
  }
  return null;
}

export function devicesPart(given: Params, config: Config, self: string, server: Server): Part | null {
  if (given.devices === undefined) return null;
  const before: Record<string, Value> = {};
  const after: Record<string, Value> = {};
  const steps: Step[] = [];
  for (const wanted of given.devices) {
    const is = config.devices.find(({ deviceID }) => deviceID === wanted.id);
    const fields = deviceFields(wanted, is);
    const shown = shownFields(fields);
    const id = shortDeviceId(wanted.id);
    if (is !== undefined) before[wanted.name] = { id, ...shown.before };
    after[wanted.name] = { id, ...shown.after };
    const path = `config/devices/${wanted.id}`;
    const changed = changedFields(fields);
    if (is === undefined) steps.push(send(server, "PUT", path, { deviceID: wanted.id, ...bodyOf(fields) }));
    else if (changed.length > 0) steps.push(send(server, "PATCH", path, bodyOf(changed)));
  }
  const gone = given.exact ? undeclared(given, config, self) : [];
  for (const device of gone) {
    const name = Object.hasOwn(before, device.name)
      ? `${device.name} (${shortDeviceId(device.deviceID)})`
      : deviceName(device);
    before[name] = { id: shortDeviceId(device.deviceID), name: device.name };
  }
  // Only when no folder that is named is shared with it any more.
  const last = gone.map(({ deviceID }) => send(server, "DELETE", `config/devices/${deviceID}`, undefined));
  return { before, after, steps, last };
}

/** What goes with `exact`: whoever is not named, but for this device and those that an introducer keeps adding. */
function undeclared(given: Params, config: Config, self: string): readonly Device[] {
  const declared = new Set((given.devices ?? []).map(({ id }) => id));
  return config.devices.filter(
    ({ deviceID, introducedBy }) => deviceID !== self && introducedBy === "" && !declared.has(deviceID),
  );
}

export function deviceName({ name, deviceID }: Pick<Device, "name" | "deviceID">): string {
  return name === "" ? shortDeviceId(deviceID) : name;
}

function deviceFields(wanted: DeviceParams, is: Device | undefined): readonly Field[] {
  return [
    ...field("name", "name", is?.name, wanted.name),
    ...setField("addresses", "addresses", is?.addresses ?? [], wanted.addresses),
    ...field("introducer", "introducer", is?.introducer, wanted.introducer),
    ...field("auto_accept", "autoAcceptFolders", is?.autoAcceptFolders, wanted.auto_accept),
    ...field("compression", "compression", is?.compression, wanted.compression),
    ...field("untrusted", "untrusted", is?.untrusted, wanted.untrusted),
    ...field("paused", "paused", is?.paused, wanted.paused),
    ...settingFields(wanted.settings, (is ?? {}) as Fields),
  ];
}
