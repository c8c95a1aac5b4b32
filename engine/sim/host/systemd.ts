import { FileError, nodeAt, resolve } from "../files/file-tree.ts";
import { nodeText, sha256 } from "../files/node.ts";
import type { Session } from "../session.ts";
import { type Frozen, type FrozenHost, own, type UnitState } from "../world.ts";
import { findProgram } from "./programs.ts";

/** A unit as its files describe it: the truth about what is loaded, enabled and masked is in the file tree. */
export interface Unit {
  readonly name: string;
  readonly load: "loaded" | "not-found" | "masked";
  /** Where the unit file stands; empty if there is none. */
  readonly path: string;
  readonly text: string;
  readonly fileState: "enabled" | "disabled" | "static" | "masked" | "";
  /** Section → key → values. */
  readonly settings: ReadonlyMap<string, readonly string[]>;
}

/** Folders with unit files, the administrator's first. */
const UNIT_FOLDERS = [
  "/etc/systemd/system",
  "/run/systemd/system",
  "/usr/local/lib/systemd/system",
  "/lib/systemd/system",
];
export const OWN_UNITS = "/etc/systemd/system";

/** `cron` means `cron.service`. */
export function fullName(name: string): string {
  return /\.(service|timer|socket|target|mount|path|slice|automount|swap)$/.test(name) ? name : `${name}.service`;
}

/** A unit by its name; an alias (`sshd.service`) leads to the unit it stands for. */
export function findUnit(session: Session, wanted: string): Unit {
  const { host } = session;
  const path = unitPath(session, fullName(wanted));
  if (path === undefined)
    return { name: fullName(wanted), load: "not-found", path: "", text: "", fileState: "", settings: new Map() };
  const node = nodeAt(host, path);
  if (node?.type === "symlink") {
    if (node.target === "/dev/null") {
      return { name: fullName(wanted), load: "masked", path, text: "", fileState: "masked", settings: new Map() };
    }
    const target = node.target.split("/").at(-1) ?? "";
    if (target !== fullName(wanted) && target !== "") return findUnit(session, target);
  }
  const real = walk(session, path);
  const name = fullName(wanted);
  const text = [real, ...dropIns(session, name)].map((file) => textOf(host, file)).join("\n");
  const settings = parseUnit(text);
  const installable = [...settings.keys()].some((key) => key.startsWith("Install."));
  const fileState = wantedBy(host, name) ? "enabled" : installable ? "disabled" : "static";
  return { name, load: "loaded", path, text, fileState, settings };
}

function unitPath(session: Session, name: string): string | undefined {
  const template = name.replace(/@.*\./, "@.");
  for (const candidate of template === name ? [name] : [name, template]) {
    const folder = UNIT_FOLDERS.find((path) => exists(session, `${path}/${candidate}`));
    if (folder !== undefined) return `${folder}/${candidate}`;
  }
  return undefined;
}
function exists(session: Session, path: string): boolean {
  return walk(session, path, false) !== undefined;
}
// systemd reads the files as root, whoever asks.
function walk(session: Session, path: string, follow = true): string | undefined {
  try {
    const found = resolve({ ...session, user: { ...session.user, uid: 0 } }, path, follow);
    return found.node === undefined ? undefined : found.path;
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}
function dropIns(session: Session, name: string): readonly string[] {
  const prefix = `${OWN_UNITS}/${name}.d/`;
  return Object.keys(session.host.files)
    .filter((path) => path.startsWith(prefix) && path.endsWith(".conf"))
    .sort();
}
function textOf(host: FrozenHost, path: string | undefined): string {
  const node = path === undefined ? undefined : nodeAt(host, path);
  return node?.type === "file" ? nodeText(node) : "";
}
function wantedBy(host: FrozenHost, name: string): boolean {
  return Object.keys(host.files).some(
    (path) => path.startsWith(`${OWN_UNITS}/`) && /\.(wants|requires)\/[^/]+$/.test(path) && path.endsWith(`/${name}`),
  );
}

/** Keys as `Service.ExecStart`. An empty value takes back those before it, as in drop-ins. */
function parseUnit(text: string): ReadonlyMap<string, readonly string[]> {
  const settings = new Map<string, string[]>();
  let section = "";
  for (const line of text.replaceAll("\\\n", " ").split("\n")) {
    const header = /^\[(.+)\]\s*$/.exec(line);
    const pair = /^\s*([A-Za-z]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (header?.[1] !== undefined) section = header[1];
    else if (pair?.[1] !== undefined && pair[2] !== undefined && !/^\s*[#;]/.test(line)) {
      const key = `${section}.${pair[1]}`;
      settings.set(key, pair[2] === "" ? [] : [...(settings.get(key) ?? []), pair[2]]);
    }
  }
  return settings;
}

/** The last value of a setting. */
export function setting(unit: Unit, key: string): string | undefined {
  return unit.settings.get(key)?.at(-1);
}

export interface Activity {
  readonly active: "active" | "inactive" | "activating" | "failed";
  readonly sub: string;
  readonly restarts: number;
}

/** What a unit is doing at this moment of the host's clock. Nothing runs in between: it is reckoned from when it began. */
export function activityOf(host: FrozenHost, unit: Unit): Activity {
  const state = own(host.units, unit.name);
  const restarts = state?.restarts ?? 0;
  if (state === undefined || state.phase === "stopped") return { active: "inactive", sub: "dead", restarts };
  if (state.phase === "failed") return { active: "failed", sub: "failed", restarts };
  const behaviour = own(host.description.units ?? {}, unit.name);
  let elapsed = host.clockMs - state.since;
  if (state.phase === "starting") {
    elapsed -= activatingMs(host, unit);
    if (elapsed < 0) return { active: "activating", sub: "start", restarts };
  }
  const lifetime = diesAfter(host, unit, state) ?? behaviour?.diesAfterMs;
  if (lifetime === undefined || elapsed < lifetime) return { active: "active", sub: runningSub(unit), restarts };
  const again = ["always", "on-failure", "on-abnormal"].includes(setting(unit, "Service.Restart") ?? "no");
  if (!again) return { active: "failed", sub: "failed", restarts };
  // RestartSec is 100 ms, and five starts within 10 s are the limit, after which systemd gives up.
  const period = lifetime + 100;
  const rounds = Math.floor(elapsed / period);
  if (rounds >= 5 && period < 2000) return { active: "failed", sub: "failed", restarts: restarts + 5 };
  const running = elapsed % period < lifetime;
  return running
    ? { active: "active", sub: runningSub(unit), restarts: restarts + rounds }
    : { active: "activating", sub: "auto-restart", restarts: restarts + rounds };
}

function runningSub(unit: Unit): string {
  const kind = unit.name.split(".").at(-1) ?? "";
  if (kind !== "service")
    return { timer: "waiting", socket: "listening", mount: "mounted", path: "waiting" }[kind] ?? "active";
  return setting(unit, "Service.Type") === "oneshot" ? "exited" : "running";
}

/** How long a start takes; a unit that tells when it is ready takes a moment. */
export function activatingMs(host: FrozenHost, unit: Unit): number {
  const told = own(host.description.units ?? {}, unit.name)?.activatingMs;
  return told ?? (["notify", "forking", "dbus"].includes(serviceType(unit)) ? 80 : 0);
}
export function serviceType(unit: Unit): string {
  if (!unit.name.endsWith(".service")) return "none";
  return setting(unit, "Service.Type") ?? "simple";
}

// A plain service whose program is missing dies right after the start that systemd reported as done.
function diesAfter(host: FrozenHost, unit: Unit, state: Frozen<UnitState>): number | undefined {
  const failsFirst = own(host.description.units ?? {}, unit.name)?.failsFirst ?? 0;
  return serviceType(unit) === "simple" && state.starts <= failsFirst ? 5 : undefined;
}

/** Whether the program of `ExecStart` is there. */
export function hasProgram(session: Session, unit: Unit): boolean {
  const program = /^[-@:+!]*(\S+)/.exec(setting(unit, "Service.ExecStart") ?? "")?.[1];
  return (
    program === undefined ||
    findProgram({ session: { ...session, user: { ...session.user, uid: 0 } } }, program) !== undefined
  );
}

export function digestOf(unit: Unit): string {
  return sha256(unit.text);
}
