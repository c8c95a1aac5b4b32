import { parseDeviceId, shortDeviceId } from "../../engine/formats/device-id.ts";
import type { Value } from "../../engine/module/index.ts";
import { deviceName } from "./devices.ts";
import { type Field, field, same, settingFields } from "./fields.ts";
import type { FolderParams, Params, Shared } from "./params.ts";
import type { Config, Fields, Folder, SharedEntry } from "./rest.ts";

/** The devices that folders are shared with: their ids by the names of the task and of Syncthing. */
export interface Names {
  idOf(name: string): string | undefined;
  nameOf(id: string): string;
  readonly all: readonly string[];
}
export function namesOf(given: Params, config: Config): Names {
  const declared = given.devices ?? [];
  const names = new Map<string, string>();
  for (const { name, deviceID } of config.devices) if (name !== "") names.set(name, deviceID);
  for (const { name, id } of declared) names.set(name, id);
  const known = new Set([...config.devices.map(({ deviceID }) => deviceID), ...declared.map(({ id }) => id)]);
  return {
    idOf(name) {
      const parsed = parseDeviceId(name);
      if ("id" in parsed && known.has(parsed.id)) return parsed.id;
      return names.get(name);
    },
    nameOf(id) {
      const is = config.devices.find(({ deviceID }) => deviceID === id);
      return declared.find((each) => each.id === id)?.name ?? (is ? deviceName(is) : shortDeviceId(id));
    },
    all: [...names.keys()],
  };
}

/** What a path of Syncthing's means: `~` is its user's home, and a slash at the end says nothing. */
export function plainPath(path: string, tilde: string): string {
  const whole = path === "~" || path.startsWith("~/") ? `${tilde}${path.slice(1)}` : path;
  return whole.replace(/\/+/g, "/").replace(/(.)\/$/, "$1");
}

export function folderFields(
  wanted: FolderParams,
  is: Folder | undefined,
  names: Names,
  { self, tilde }: { readonly self: string; readonly tilde: string },
): readonly Field[] {
  return [
    ...field("path", "path", is && plainPath(is.path, tilde), wanted.path),
    ...field("label", "label", is?.label, wanted.label),
    ...field("type", "type", is?.type, wanted.type),
    ...sharing(wanted.devices, is?.devices ?? [], names, self),
    ...versioningField(wanted.versioning, is),
    ...field("ignore_perms", "ignorePerms", is?.ignorePerms, wanted.ignore_perms),
    ...field("rescan_s", "rescanIntervalS", is?.rescanIntervalS, wanted.rescan_s),
    ...field("watch", "fsWatcherEnabled", is?.fsWatcherEnabled, wanted.watch),
    ...freeField(wanted.min_free, is),
    ...field("order", "order", is?.order, wanted.order),
    ...field("paused", "paused", is?.paused, wanted.paused),
    ...settingFields(wanted.settings, (is ?? {}) as Fields),
  ];
}

/** A named list is exact, but for this device, which Syncthing adds itself, and those that an introducer added. */
function sharing(
  wanted: readonly Shared[] | undefined,
  is: readonly SharedEntry[],
  names: Names,
  self: string,
): readonly Field[] {
  if (wanted === undefined) return [];
  const others = wanted.flatMap((each) => {
    const id = names.idOf(each.device);
    return id === undefined || id === self ? [] : [{ id, password: each.encryption_password?.reveal() }];
  });
  const ids = new Set(others.map(({ id }) => id));
  const kept = is.filter(
    ({ deviceID, introducedBy }) => deviceID === self || (introducedBy !== "" && !ids.has(deviceID)),
  );
  const shared = is.filter((entry) => !kept.includes(entry));
  const isOf = (id: string) => is.find(({ deviceID }) => deviceID === id);
  const entries = others.map(({ id, password }) => ({
    ...(isOf(id) ?? { deviceID: id, introducedBy: "" }),
    encryptionPassword: password ?? isOf(id)?.encryptionPassword ?? "",
  }));
  const shownIs = shared.map((entry) => {
    const password = others.find(({ id }) => id === entry.deviceID)?.password;
    return `${names.nameOf(entry.deviceID)}${encrypted(entry.encryptionPassword, password)}`;
  });
  const shownWanted = entries.map((entry) => {
    const password = others.find(({ id }) => id === entry.deviceID)?.password;
    return `${names.nameOf(entry.deviceID)}${encrypted(entry.encryptionPassword, password)}`;
  });
  const [before, after]: [Value, Value] = [shownIs.sort(), shownWanted.sort()];
  return [
    {
      name: "devices",
      key: "devices",
      is: before,
      wanted: after,
      same: same(before, after),
      send: [...kept, ...entries],
    },
  ];
}
function encrypted(is: string, wanted: string | undefined): string {
  if (is === "") return "";
  if (wanted === undefined) return " (encrypted)";
  return is === wanted ? " (encrypted with the password given)" : " (encrypted with another password)";
}

function versioningField(wanted: FolderParams["versioning"], is: Folder | undefined): readonly Field[] {
  if (wanted === undefined) return [];
  const current = is?.versioning;
  const type = wanted.type === "none" ? "" : wanted.type;
  const params = type === "" ? {} : (wanted.params ?? (current?.type === type ? current.params : {}));
  const { cleanup_interval_s: every, path } = wanted;
  const shown = (kind: string, has: Readonly<Record<string, string>>, interval: unknown, where: unknown): Value =>
    kind === ""
      ? "none"
      : {
          type: kind,
          ...(Object.keys(has).length > 0 && { params: has }),
          ...(every !== undefined && { cleanup_interval_s: Number(interval ?? 0) }),
          ...(path !== undefined && { path: String(where ?? "") }),
        };
  const before =
    current === undefined ? null : shown(current.type, current.params, current.cleanupIntervalS, current.fsPath);
  const after = shown(type, params, every, path);
  const send = {
    ...current,
    type,
    params,
    ...(every !== undefined && { cleanupIntervalS: every }),
    ...(path !== undefined && { fsPath: path }),
  };
  return [{ name: "versioning", key: "versioning", is: before, wanted: after, same: same(before, after), send }];
}

const UNITS: Readonly<Record<string, number>> = { "": 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };

function freeField(wanted: FolderParams["min_free"], is: Folder | undefined): readonly Field[] {
  if (wanted === undefined) return [];
  const current = is?.minDiskFree;
  const shown = ({ value, unit }: { readonly value: number; readonly unit: string }) =>
    value === 0 ? "0" : unit === "%" ? `${value}%` : `${value} ${unit === "" ? "B" : unit}`;
  const meaning = ({ value, unit }: { readonly value: number; readonly unit: string }) =>
    value === 0 ? "0" : unit === "%" ? `${value}%` : String(value * (UNITS[unit] ?? Number.NaN));
  const equal = current !== undefined && meaning(current) === meaning(wanted);
  return [
    {
      name: "min_free",
      key: "minDiskFree",
      is: current ? shown(current) : null,
      wanted: shown(wanted),
      same: equal,
      send: wanted,
    },
  ];
}
