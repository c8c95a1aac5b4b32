import { createHash } from "node:crypto";
import { bcryptHash } from "../../formats/bcrypt.ts";
import { type Config, isMap } from "./config-xml.ts";
import { DEVICE, type Json, type JsonMap, SHARED, WORDS } from "./defaults.ts";

/** A value of another type than the field has: Go's words for it. */
export class WrongType extends Error {}

/**
 * What Go makes of JSON that is read into what is there already: maps are merged, lists replaced, and names that it
 * does not know passed over in silence.
 */
export function merge(is: JsonMap, given: JsonMap, struct: string): JsonMap {
  return Object.fromEntries(
    Object.entries(is).map(([name, value]): [string, Json] => {
      const wanted = given[name];
      if (wanted === undefined || wanted === null) return [name, value];
      return [name, fitting(value, wanted, struct, name)];
    }),
  );
}

function fitting(is: Json, wanted: Json, struct: string, field: string): Json {
  const wrong = (type: string): never => {
    const kind = Array.isArray(wanted)
      ? "array"
      : isMap(wanted)
        ? "object"
        : typeof wanted === "boolean"
          ? "bool"
          : typeof wanted;
    throw new WrongType(`json: cannot unmarshal ${kind} into Go struct field ${struct}.${field} of type ${type}`);
  };
  if (isList(is)) {
    if (!isList(wanted)) return wrong("[]string");
    return field === "devices"
      ? wanted.map((each) => merge(SHARED, isMap(each) ? each : {}, "FolderDeviceConfiguration"))
      : wanted;
  }
  if (isMap(is)) {
    if (!isMap(wanted)) return wrong(field === "versioning" ? "config.VersioningConfiguration" : "config.Size");
    // The parameters of versioning are a map, whose names are nobody's.
    return field === "params" ? { ...is, ...wanted } : merge(is, wanted, field);
  }
  if (typeof is === "number" && typeof wanted !== "number") return wrong("int");
  if (typeof is === "boolean" && typeof wanted !== "boolean") return wrong("bool");
  if (typeof is === "string" && typeof wanted !== "string") return wrong("string");
  const words = WORDS[`${struct}.${field}`];
  return words !== undefined && typeof wanted === "string" && !words.includes(wanted) ? (words[0] ?? "") : wanted;
}

export function putDevice(config: Config, id: string, given: JsonMap, replace: boolean): Config {
  const is = config.devices.find(({ deviceID }) => deviceID === id);
  const base = replace || is === undefined ? config.defaults.device : is;
  const device = { ...merge(base, given, "DeviceConfiguration"), deviceID: id };
  return prepared({ ...config, devices: [...config.devices.filter((each) => each !== is), device] });
}

export function putFolder(config: Config, id: string, given: JsonMap, replace: boolean): Config {
  const is = config.folders.find((each) => each.id === id);
  const base = replace || is === undefined ? config.defaults.folder : is;
  const folder = { ...merge(base, given, "FolderConfiguration"), id };
  return prepared({ ...config, folders: [...config.folders.filter((each) => each !== is), folder] });
}

/** A password is kept as its hash; the salt is made of what it is for, for nothing in the lab is random. */
export function putGui(config: Config, given: JsonMap, replace: boolean, base: JsonMap): Config {
  const gui = merge(replace ? base : config.gui, given, "GUIConfiguration");
  const { password } = gui;
  if (typeof password !== "string" || password === config.gui.password || password === "") return { ...config, gui };
  const salt = createHash("sha256")
    .update(`${String(config.gui.apiKey)} ${password}`)
    .digest("base64")
    .replace(/[^A-Za-z0-9]/g, ".");
  // The last character of a salt has but two of its six bits.
  const { unackedNotificationIDs: hints } = config.options;
  const left = Array.isArray(hints) ? hints.filter((hint) => hint !== "authenticationUserAndPassword") : [];
  return {
    ...config,
    // With a password the hint to set one is gone.
    options: { ...config.options, unackedNotificationIDs: left },
    gui: { ...gui, password: bcryptHash(password, `${salt.slice(0, 21)}O`) },
  };
}

/** What is set right whenever settings are read: each folder is shared with this device and with known ones alone. */
export function prepared(config: Config): Config {
  const known = new Set(config.devices.map(({ deviceID }) => deviceID));
  const own = config.defaults.folder.devices;
  const self = isList(own ?? null) && Array.isArray(own) ? own : [];
  const folders = config.folders.map((folder) => {
    const devices = Array.isArray(folder.devices) ? (folder.devices as readonly Json[]) : [];
    const listed = [...devices, ...self].filter(isMap).filter(({ deviceID }) => known.has(deviceID ?? ""));
    const once = listed.filter(({ deviceID }, at) => listed.findIndex((each) => each.deviceID === deviceID) === at);
    return { ...folder, devices: byDevice(once) };
  });
  const devices = config.devices.map((device) =>
    Array.isArray(device.addresses) && device.addresses.length === 0
      ? { ...device, addresses: DEVICE.addresses ?? [] }
      : device,
  );
  return { ...config, folders: byText(folders, "id"), devices: byDevice(devices) };
}

/** By the bytes of the id, whose base 32 has the letters before the digits. */
function byDevice(items: readonly JsonMap[]): readonly JsonMap[] {
  const key = ({ deviceID }: JsonMap) => String(deviceID ?? "").replaceAll(/[2-7]/g, (digit) => `a${digit}`);
  return sortedBy(items, key);
}

function byText(items: readonly JsonMap[], field: string): readonly JsonMap[] {
  return sortedBy(items, (item) => String(item[field] ?? ""));
}

function sortedBy(items: readonly JsonMap[], key: (item: JsonMap) => string): readonly JsonMap[] {
  return [...items].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
