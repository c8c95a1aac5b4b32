import { makeFolder } from "../files/file-changes.ts";
import { drop, nodeAt, parentOf, resolve, seconds } from "../files/file-tree.ts";
import { keepBytes, nodeText } from "../files/node.ts";
import type { Session } from "../session.ts";
import { disable, enable } from "../tools/systemctl-files.ts";
import { own } from "../world.ts";
import { groups } from "./accounts.ts";
import { findPackage, type PackageInfo } from "./catalogue.ts";
import { placeFile } from "./programs.ts";
import { digestOf, findUnit } from "./systemd.ts";
import { mayStart } from "./unit-demands.ts";

/** Where packages put their unit files. */
const UNITS = "/lib/systemd/system";

/** Unpacks and configures a package: programs, configuration, groups, units that Debian starts and enables at once. */
export function installPackage(session: Session, name: string, version: string, manual: boolean): void {
  const info = findPackage(name);
  if (info === undefined) return;
  const old = own(session.host.packages, name);
  session.change().packages[name] = {
    version,
    state: "installed",
    manual: manual || old?.manual === true,
    ...(old?.held === true ? { held: true } : {}),
  };
  if (name === "zfsutils-linux") {
    const host = session.change();
    host.zfs = { pools: {}, exported: {}, ...host.zfs, version };
    // What the running module was told at its load, or since: 0 leaves it to the module.
    for (const parameter of ["zfs_arc_max", "zfs_arc_min"])
      placeFile({ session }, `/sys/module/zfs/parameters/${parameter}`, "0\n", "0644");
  }
  addGroups(session, info);
  for (const path of info.programs ?? [])
    placeFile({ session }, path, `the program ${path} of ${name} ${version}\n`, "0755");
  for (const [path, content] of Object.entries(info.conffiles ?? {})) {
    // What the administrator has changed stays, as with --force-confold.
    if (nodeAt(session.host, path) === undefined) placeFile({ session }, path, content, "0644");
  }
  for (const [path, mode] of Object.entries(info.folders ?? {}))
    if (nodeAt(session.host, path) === undefined) makeFolder(session, path, true, { mode });
  for (const [unit, text] of Object.entries(info.units ?? {})) {
    placeFile({ session }, `${UNITS}/${unit}`, text, "0644");
    // A template is nothing that could be started: only its instances are.
    if (unit.includes("@.")) continue;
    if (old?.state === "installed") continue;
    const found = findUnit(session, unit);
    if (found.load !== "loaded") continue;
    enable({ session, env: {}, cwd: "/", stdin: new Uint8Array() }, unit);
    const host = session.change();
    const phase = mayStart(session, found) ? "started" : "failed";
    host.units[unit] = { phase, since: host.clockMs, restarts: 0, starts: 1, loaded: digestOf(found) };
  }
}

export function removePackage(session: Session, name: string, purge: boolean): void {
  const info = findPackage(name);
  const old = own(session.host.packages, name);
  if (info === undefined || old === undefined) return;
  const conffiles = Object.keys(info.conffiles ?? {});
  for (const unit of Object.keys(info.units ?? {})) {
    delete session.change().units[unit];
    if (purge) disable({ session, env: {}, cwd: "/", stdin: new Uint8Array() }, unit);
    remove(session, `${UNITS}/${unit}`);
  }
  for (const path of info.programs ?? []) remove(session, path);
  if (purge) for (const path of conffiles) remove(session, path);
  if (purge || conffiles.length === 0) delete session.change().packages[name];
  else session.change().packages[name] = { ...old, state: "config-files" };
}

/** The package and what it needs that is not there, dependencies first. */
export function missingPackages(session: Session, name: string): readonly string[] {
  const needed = (findPackage(name)?.depends ?? []).flatMap((other) => missingPackages(session, other));
  return own(session.host.packages, name)?.state === "installed" ? needed : [...new Set([...needed, name])];
}

/** Installed packages that cannot be without this one. */
export function dependants(session: Session, name: string): readonly string[] {
  return Object.entries(session.host.packages)
    .filter(([other, { state }]) => state === "installed" && findPackage(other)?.depends?.includes(name) === true)
    .map(([other]) => other);
}

/** The path of every file that a package brings. */
export function packageFiles(name: string): readonly string[] {
  const info = findPackage(name);
  if (info === undefined) return [];
  return [
    ...(info.programs ?? []),
    ...Object.keys(info.conffiles ?? {}),
    ...Object.keys(info.units ?? {}).map((unit) => `/usr${UNITS}/${unit}`),
  ];
}

function remove(session: Session, path: string): void {
  const found = resolve(session, path, false);
  if (found.node !== undefined) drop(session, found.path);
}

function addGroups(session: Session, info: PackageInfo): void {
  for (const [name, gid] of Object.entries(info.groups ?? {})) {
    if (groups(session.host).some((group) => group.name === name)) continue;
    const node = nodeAt(session.host, "/etc/group");
    if (node?.type !== "file") makeFolder(session, parentOf("/etc/group"), true, {});
    const text = node?.type === "file" ? nodeText(node) : "";
    session.change().files["/etc/group"] = {
      type: "file",
      mode: "0644",
      uid: 0,
      gid: 0,
      mtime: seconds(session.host),
      ...keepBytes(Buffer.from(`${text}${name}:x:${gid}:\n`)),
    };
  }
}
