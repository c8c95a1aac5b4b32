import { DEVICE, FOLDER, GUI, type Json, type JsonMap, LDAP, OPTIONS, SHARED } from "./defaults.ts";
import { type Element, element, parseXml, renderXml } from "./xml.ts";

/** All settings, as GET /rest/config shows them. */
export interface Config {
  readonly version: number;
  readonly folders: readonly JsonMap[];
  readonly devices: readonly JsonMap[];
  readonly gui: JsonMap;
  readonly ldap: JsonMap;
  readonly options: JsonMap;
  readonly remoteIgnoredDevices: readonly Json[];
  readonly defaults: { readonly folder: JsonMap; readonly device: JsonMap; readonly ignores: JsonMap };
}

/** How one kind of object stands in the file. */
interface Shape {
  /** What it has where the file says nothing; its types are those of all values. */
  readonly base: JsonMap;
  /** Fields that are attributes; with their name there, where it is another. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Elements whose name is another than the field's; one for each item of a list. */
  readonly names: Readonly<Record<string, string>>;
  /** Fields that are left out while they are empty or as always. */
  readonly quiet: readonly string[];
}
const same = (...names: readonly string[]) => Object.fromEntries(names.map((name) => [name, name]));

const DEVICE_SHAPE: Shape = {
  base: DEVICE,
  attributes: {
    deviceID: "id",
    ...same("name", "compression", "introducer", "skipIntroductionRemovals", "introducedBy"),
  },
  names: { addresses: "address", allowedNetworks: "allowedNetwork", ignoredFolders: "ignoredFolder" },
  quiet: ["name", "certName"],
};
const SHARED_SHAPE: Shape = {
  base: SHARED,
  attributes: { deviceID: "id", introducedBy: "introducedBy" },
  names: {},
  quiet: [],
};
const FOLDER_SHAPE: Shape = {
  base: FOLDER,
  attributes: same(
    "id",
    "label",
    "path",
    "type",
    "rescanIntervalS",
    "fsWatcherEnabled",
    "fsWatcherDelayS",
    "ignorePerms",
    "autoNormalize",
  ),
  names: { devices: "device" },
  quiet: [],
};
const GUI_SHAPE: Shape = {
  base: GUI,
  attributes: { enabled: "enabled", useTLS: "tls", debugging: "debugging" },
  names: { apiKey: "apikey" },
  quiet: [
    "unixSocketPermissions",
    "user",
    "password",
    "authMode",
    "apiKey",
    "insecureAdminAccess",
    "insecureSkipHostcheck",
    "insecureAllowFrameLoading",
  ],
};
const LDAP_SHAPE: Shape = { base: LDAP, attributes: {}, names: {}, quiet: Object.keys(LDAP) };
const OPTIONS_SHAPE: Shape = {
  base: OPTIONS,
  attributes: {},
  names: {
    listenAddresses: "listenAddress",
    globalAnnounceServers: "globalAnnounceServer",
    urUniqueId: "urUniqueID",
    alwaysLocalNets: "alwaysLocalNet",
    unackedNotificationIDs: "unackedNotificationID",
    crURL: "crashReportingURL",
    stunServers: "stunServer",
    featureFlags: "featureFlag",
  },
  quiet: [],
};

/** The settings of a config.xml; undefined where it is none. */
export function parseConfigXml(xml: string): Config | undefined {
  const root = parseXml(xml);
  if (root?.name !== "configuration") return undefined;
  const first = (name: string, of: Element = root) => of.children.find((child) => child.name === name);
  const all = (name: string) => root.children.filter((child) => child.name === name);
  const defaults = first("defaults");
  return {
    version: Number(root.attributes.get("version") ?? 36),
    folders: all("folder").map((each) => read(FOLDER_SHAPE, each)),
    devices: all("device").map((each) => read(DEVICE_SHAPE, each)),
    gui: read(GUI_SHAPE, first("gui")),
    ldap: read(LDAP_SHAPE, first("ldap")),
    options: read(OPTIONS_SHAPE, first("options")),
    remoteIgnoredDevices: [],
    defaults: {
      folder: read(FOLDER_SHAPE, defaults && first("folder", defaults)),
      device: read(DEVICE_SHAPE, defaults && first("device", defaults)),
      ignores: { lines: [] },
    },
  };
}

export function renderConfigXml(config: Config): string {
  const write = (shape: Shape, name: string) => (value: JsonMap) => written(shape, name, value);
  return renderXml(
    element(
      "configuration",
      [["version", String(config.version)]],
      [
        ...config.folders.map(write(FOLDER_SHAPE, "folder")),
        ...config.devices.map(write(DEVICE_SHAPE, "device")),
        written(GUI_SHAPE, "gui", config.gui),
        written(LDAP_SHAPE, "ldap", config.ldap),
        written(OPTIONS_SHAPE, "options", config.options),
        element(
          "defaults",
          [],
          [
            written(FOLDER_SHAPE, "folder", config.defaults.folder),
            written(DEVICE_SHAPE, "device", config.defaults.device),
            element("ignores", [], ""),
          ],
        ),
      ],
    ),
  );
}

function read(shape: Shape, from: Element | undefined): JsonMap {
  if (from === undefined) return shape.base;
  return Object.fromEntries(
    Object.entries(shape.base).map(([field, base]): [string, Json] => {
      const attribute = shape.attributes[field];
      if (attribute !== undefined) return [field, typed(from.attributes.get(attribute), base)];
      const found = from.children.filter(({ name }) => name === (shape.names[field] ?? field));
      if (field === "devices") return [field, found.map((each) => read(SHARED_SHAPE, each))];
      if (Array.isArray(base)) return [field, found.map(({ text }) => text)];
      const [one] = found;
      if (one === undefined) return [field, base];
      if (field === "versioning") return [field, versioningOf(one)];
      if (one.attributes.has("unit"))
        return [field, { value: Number(one.text), unit: one.attributes.get("unit") ?? "" }];
      return [field, typed(one.text, base)];
    }),
  );
}

function versioningOf(from: Element): JsonMap {
  const text = (name: string) => from.children.find((child) => child.name === name)?.text ?? "";
  const params = from.children.filter(({ name }) => name === "param");
  return {
    type: from.attributes.get("type") ?? "",
    params: Object.fromEntries(
      params.map(({ attributes }) => [attributes.get("key") ?? "", attributes.get("val") ?? ""]),
    ),
    cleanupIntervalS: Number(text("cleanupIntervalS")),
    fsPath: text("fsPath"),
    fsType: text("fsType"),
  };
}

function typed(text: string | undefined, base: Json): Json {
  if (text === undefined) return base;
  if (typeof base === "boolean") return text === "true";
  return typeof base === "number" ? Number(text) : text;
}

function written(shape: Shape, name: string, value: JsonMap): Element {
  const attributes: [string, string][] = [];
  const children: Element[] = [];
  for (const [field, base] of Object.entries(shape.base)) {
    const is = value[field] ?? base;
    if (shape.quiet.includes(field) && JSON.stringify(is) === JSON.stringify(base)) continue;
    const attribute = shape.attributes[field];
    if (attribute !== undefined) attributes.push([attribute, String(is)]);
    else children.push(...elements(shape.names[field] ?? field, is));
  }
  return element(name, attributes, children.length > 0 ? children : "");
}

function elements(name: string, value: Json): readonly Element[] {
  if (isList(value))
    return value.map((item) => (isMap(item) ? written(SHARED_SHAPE, name, item) : element(name, [], String(item))));
  if (!isMap(value)) return [element(name, [], String(value))];
  if ("unit" in value) return [element(name, [["unit", String(value.unit)]], String(value.value))];
  const { type = "", params = {} } = value;
  const pairs = Object.entries(isMap(params) ? params : {}).sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    element(name, type === "" ? [] : [["type", String(type)]], [
      ...pairs.map(([key, val]) =>
        element(
          "param",
          [
            ["key", key],
            ["val", String(val)],
          ],
          "",
        ),
      ),
      ...["cleanupIntervalS", "fsPath", "fsType"].map((field) => element(field, [], String(value[field] ?? ""))),
    ]),
  ];
}

export function isMap(value: Json | undefined): value is JsonMap {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
