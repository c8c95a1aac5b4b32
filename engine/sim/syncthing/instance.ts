import { createHash } from "node:crypto";
import { parseDeviceId } from "../../formats/device-id.ts";
import { makeFolder, readFile } from "../files/file-changes.ts";
import { FileError, nodeAt, put, seconds } from "../files/file-tree.ts";
import { findUser, type User } from "../host/accounts.ts";
import { activityOf, findUnit, setting, type Unit } from "../host/systemd.ts";
import type { Session } from "../session.ts";
import { type Config, parseConfigXml, renderConfigXml } from "./config-xml.ts";
import { DEVICE, FOLDER, GUI, LDAP, OPTIONS, SHARED } from "./defaults.ts";

/** A Syncthing that is meant to run: its unit, whose it is, and where it keeps its settings. */
export interface Instance {
  readonly unit: Unit;
  readonly user: User;
  readonly home: string;
  /** As its user, with root's power over nothing. */
  readonly session: Session;
}

/** How long a start takes until the API is listened for. */
const STARTING_MS = 1500;

/** The units of the host that run Syncthing, started or not. */
export function instanceOf(session: Session, unitName: string): Instance | undefined {
  const unit = findUnit(session, unitName);
  const [program = "", ...words] = (setting(unit, "Service.ExecStart") ?? "").split(/\s+/);
  if (!program.endsWith("/syncthing") || words[0] === "generate") return undefined;
  const named = /@(.*)\.service$/.exec(unit.name)?.[1] ?? "";
  const user = findUser(session.host, (setting(unit, "Service.User") ?? "root").replaceAll("%i", named));
  if (user === undefined) return undefined;
  const at = words.findIndex((word) => /^--?(home|config)(=|$)/.test(word));
  const word = words[at] ?? "";
  const told = at < 0 ? undefined : word.includes("=") ? word.slice(word.indexOf("=") + 1) : words[at + 1];
  const home = (told ?? `${user.home}/.config/syncthing`).replaceAll("%i", named).replaceAll("%h", user.home);
  return { unit, user, home, session: { ...session, user } };
}

/** What listens at this moment. */
export function listening(session: Session): readonly Instance[] {
  const { host } = session;
  return Object.keys(host.units).flatMap((name) => {
    const since = host.units[name]?.since ?? 0;
    if (!/syncthing/.test(name) || host.clockMs - since < STARTING_MS) return [];
    const instance = instanceOf(session, name);
    return instance !== undefined && activityOf(host, instance.unit).active === "active" ? [instance] : [];
  });
}

export function configOf({ session, home }: Pick<Instance, "session" | "home">): Config | undefined {
  try {
    const bytes = readFile(session, `${home}/config.xml`);
    return bytes === undefined ? undefined : parseConfigXml(Buffer.from(bytes).toString("utf8"));
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
export function keepConfig(instance: Pick<Instance, "session" | "home" | "user">, config: Config): void {
  place(instance, "config.xml", renderConfigXml(config));
}

/** Its id comes from its certificate: new keys make another device. */
export function ownId({ session, home }: Pick<Instance, "session" | "home">): string {
  const certificate = nodeAt(session.host, `${home}/cert.pem`);
  return deviceIdOf(certificate?.type === "file" ? certificate.content : "");
}
function deviceIdOf(certificate: string): string {
  const bits = [...createHash("sha256").update(certificate).digest()].map((byte) => byte.toString(2).padStart(8, "0"));
  const letters = bits.join("").match(/.{1,5}/g) ?? [];
  const text = letters
    .map((five) => "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"[Number.parseInt(five.padEnd(5, "0"), 2)])
    .join("");
  const parsed = parseDeviceId(text);
  return "id" in parsed ? parsed.id : "";
}

/**
 * What the first start, or `generate`, leaves in the home: keys, and settings with an id and an API key of its own. Settings
 * that somebody has begun are completed, and get no folder.
 */
export function generate(instance: Pick<Instance, "session" | "home" | "user">, withFolder: boolean): void {
  const { session, home, user } = instance;
  const { host } = session;
  const begun = configOf(instance);
  // What is there and no configuration is left to who wrote it: the real one does not start with it.
  if (begun === undefined && nodeAt(host, `${home}/config.xml`) !== undefined) return;
  makeFolder(session, home, true, { mode: "0700" });
  const seed = `${host.hostname} ${home} ${host.clockMs}`;
  if (nodeAt(host, `${home}/cert.pem`) === undefined) {
    place(instance, "cert.pem", pem("CERTIFICATE", `cert ${seed}`), "0644");
    place(instance, "key.pem", pem("EC PRIVATE KEY", `key ${seed}`));
  }
  const self = ownId(instance);
  const known = begun?.devices.some(({ deviceID }) => deviceID === self) === true;
  if (begun !== undefined && known && begun.gui.apiKey !== "") return;
  const entry = { ...SHARED, deviceID: self };
  const folder = { ...FOLDER, devices: [entry] };
  const first = { ...folder, id: "default", label: "Default Folder", path: `${user.home}/Sync` };
  const key = createHash("sha256").update(`api ${seed}`).digest("base64").replace(/\W/g, "").slice(0, 32);
  const gui = begun?.gui ?? GUI;
  keepConfig(instance, {
    version: 36,
    folders: begun?.folders ?? (withFolder ? [first] : []),
    devices: [...(begun?.devices ?? []), ...(known ? [] : [{ ...DEVICE, deviceID: self, name: host.hostname }])],
    gui: { ...gui, apiKey: gui.apiKey === "" || gui.apiKey === undefined ? key : gui.apiKey },
    ldap: LDAP,
    options: begun?.options ?? OPTIONS,
    remoteIgnoredDevices: [],
    defaults: { folder, device: DEVICE, ignores: { lines: [] } },
  });
}

function pem(what: string, seed: string): string {
  return `-----BEGIN ${what}-----\n${createHash("sha512").update(seed).digest("base64")}\n-----END ${what}-----\n`;
}

function place(
  { session, home, user }: Pick<Instance, "session" | "home" | "user">,
  name: string,
  content: string,
  mode = "0600",
): void {
  const { host } = session;
  put(session, `${home}/${name}`, { type: "file", mode, uid: user.uid, gid: user.gid, mtime: seconds(host), content });
}
