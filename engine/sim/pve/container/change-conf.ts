import { may } from "../../files/file-tree.ts";
import { nodeOf } from "../../files/look-at-path.ts";
import type { Session } from "../../session.ts";
import { splitList } from "../command/formats.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import type { HeldConf } from "../guest/guest-conf.ts";
import { assertMtu, findBridge } from "../guest/network-interface.ts";
import { addRemoval, cleanPending, dropRemoval, settingOf } from "../guest/pending.ts";
import { filePath, parseVolumeId, storageOf } from "../storage/volumes.ts";
import { type Applying, applyStopped } from "./apply-pending.ts";
import { hotplug } from "./hotplug.ts";
import { DEVICE, NETWORK } from "./keys/property-keys.ts";
import { assertMayHold, dropUsed, isMountKey, isNewVolume, parseKnown, parseMount } from "./mount-points.ts";

/** What one `set` asks for. */
export interface WantedChange {
  readonly values: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  readonly reverted: readonly string[];
}

/** Works a change into the configuration; what could not be applied, by key. Throws PveError before anything is done. */
export function changeConf(
  session: Session,
  vmid: string,
  conf: HeldConf,
  wanted: WantedChange,
  output: Output,
): ReadonlyMap<string, PveError> {
  const { values, removed, reverted } = wanted;
  for (const key of reverted) {
    conf.pending.values.delete(key);
    dropRemoval(conf, key);
  }
  const modified = new Set<string>();
  for (const key of removed) {
    if (settingOf(conf, key) === undefined && !conf.pending.values.has(key)) {
      output.warn(`cannot delete '${key}' - not set in current configuration!`);
      continue;
    }
    assertRemovable(conf, vmid, key);
    modified.add(key);
    addRemoval(conf, key);
  }
  for (const [key, given] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    modified.add(key);
    conf.pending.values.set(key, checkedValue(session, vmid, conf, key, given, output));
    dropRemoval(conf, key);
  }
  cleanPending(conf);
  const applying: Applying = { session, vmid, conf, output, errors: new Map() };
  const chosen = (key: string) => modified.has(key);
  if (session.host.pve?.containers[vmid]?.running) hotplug(applying, chosen);
  else applyStopped(applying, chosen);
  dropUsed(conf);
  return applying.errors;
}

function assertRemovable(conf: HeldConf, vmid: string, key: string): void {
  if (["memory", "rootfs", "ostype"].includes(key)) throw new PveError(`unable to delete required option '${key}'`);
  if (key === "unprivileged") throw new PveError(`unable to delete read-only option: '${key}'`);
  if (/^(mp|unused)\d+$/.test(key)) assertUnprotected(conf, `can't remove CT ${vmid} drive '${key}'`);
}

function assertUnprotected(conf: HeldConf, what: string): void {
  if (conf.values.get("protection") === "1") throw new PveError(`${what} - protection mode enabled`);
}

function checkedValue(
  session: Session,
  vmid: string,
  conf: HeldConf,
  key: string,
  value: string,
  output: Output,
): string {
  if (isMountKey(key)) {
    assertUnprotected(conf, `can't update CT ${vmid} drive '${key}'`);
    assertMayHold(session.host, parseMount(key, value).get("volume") ?? "");
  }
  if (/^unused\d+$/.test(key)) assertUnprotected(conf, `can't update CT ${vmid} drive '${key}'`);
  if (key === "unprivileged") throw new PveError(`unable to modify read-only option: '${key}'`);
  return checkValueOnHost(session, key, value, output);
}

/** What `create` and `set` check alike with a look at the node; the value as it is kept. Throws PveError. */
export function checkValueOnHost(session: Session, key: string, value: string, output: Output): string {
  if (key === "hookscript") assertScript(session, value);
  else if (/^net\d+$/.test(key)) assertMtu(session.host, key, value, output.warn);
  else if (/^dev\d+$/.test(key)) assertDevice(session, value);
  else if (key === "nameserver" || key === "searchdomain") return splitList(value).join(" ");
  else if (key === "tags") return [...new Set(splitList(value.toLowerCase()))].sort().join(";");
  // The kernel's weights of the second version of cgroups end there.
  else if (key === "cpuunits") return String(Math.min(Number(value), 10_000));
  return value;
}

function assertScript(session: Session, volid: string): void {
  const file = filePath(session.host, volid);
  const node = file?.content === "snippets" ? nodeOf(session, file.path) : undefined;
  if (node?.type !== "file") throw new PveError(`script '${volid}' does not exist`, 2);
  if (!may(session.user, node, "x")) throw new PveError(`script '${volid}' is not executable`);
}

function assertDevice(session: Session, value: string): void {
  const path = parseKnown(DEVICE, value).get("path");
  if (path === undefined) throw new PveError("Path has to be defined");
  const node = nodeOf(session, path);
  if (node === undefined) throw new PveError(`Device ${path} does not exist`, 2);
  if (node.type !== "char" && node.type !== "block") throw new PveError(`${path} is not a device`, 25);
}

/**
 * What the tools look at when the file is written and they make LXC's configuration of it: what is missing here makes
 * the command fail although its change is in the file.
 */
export function assertStartable(session: Session, conf: HeldConf): void {
  for (const key of ["arch", "ostype"]) {
    if (!conf.values.has(key))
      throw new PveError(`missing '${key}' - internal error at /usr/share/perl5/PVE/LXC.pm line 676.`);
  }
  const sorted = [...conf.values].sort(([a], [b]) => (a < b ? -1 : 1));
  for (const [key, value] of sorted) if (/^dev\d+$/.test(key)) assertDevice(session, value);
  for (const [key, value] of sorted) {
    if (!/^net\d+$/.test(key)) continue;
    const bridge = parseKnown(NETWORK, value).get("bridge");
    if (bridge !== undefined) findBridge(session.host, bridge);
  }
}

/** The storage of each volume that a change asks for must be there. Throws PveError. */
export function assertStorages(session: Session, values: ReadonlyMap<string, string>): void {
  for (const [key, value] of values) {
    if (!isMountKey(key)) continue;
    const volume = parseMount(key, value).get("volume") ?? "";
    if (isNewVolume(volume)) storageOf(session.host, parseVolumeId(volume).storage);
  }
}
