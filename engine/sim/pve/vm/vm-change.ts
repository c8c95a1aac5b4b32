import type { Session } from "../../session.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import {
  addRemoval,
  cleanPending,
  dropRemoval,
  pendingKeys,
  pendingRemovals,
  settingOf,
  takeAway,
} from "../guest/pending.ts";
import { freeVolume, ownerOf, volumePath } from "../storage/volumes.ts";
import { isDrive } from "./keys/drive-keys.ts";
import { hotplugsRemoval, hotplugsValue } from "./vm-application.ts";
import { makeCloudInitImage, noteCloudInitChange, settleCloudInit } from "./vm-cloud-init.ts";
import { parseVmConf, printVmConf, type VmConf } from "./vm-conf.ts";
import {
  addUnusedVolume,
  asksForCloudInit,
  bootDevices,
  cloudInitDrive,
  dropAttached,
  fileOf,
  isAttached,
  isCdrom,
  isCloudInit,
  isVolume,
  parseDrive,
  printBootOrder,
} from "./vm-drives.ts";
import { isVmRunning } from "./vm-running.ts";
import { pinMachine, settleTags, settleValue } from "./vm-values.ts";

/** What one `set` asks for. */
export interface WantedVmChange {
  readonly values: ReadonlyMap<string, string>;
  readonly removed: readonly string[];
  readonly reverted: readonly string[];
  /** What is removed is destroyed, not kept as unused. */
  readonly destroys: boolean;
}
interface Changing {
  readonly session: Session;
  readonly vmid: string;
  readonly conf: VmConf;
  readonly output: Output;
  readonly destroys: boolean;
}

/** A configuration with the change worked in: what a running machine does not take over is pending. Throws PveError. */
export function changeVmConf(
  session: Session,
  vmid: string,
  loaded: VmConf,
  wanted: WantedVmChange,
  output: Output,
): VmConf {
  const modified = enter({ session, vmid, conf: loaded, output, destroys: wanted.destroys }, wanted);
  cleanPending(loaded);
  // The tools write what is pending down and read it again, before they apply it. Notes never stay pending.
  const notes = loaded.pending.values.get("description");
  loaded.pending.values.delete("description");
  const conf = parseVmConf(vmid, printVmConf(loaded));
  if (notes !== undefined) conf.pending.values.set("description", notes);
  const changing: Changing = { session, vmid, conf, output, destroys: wanted.destroys };
  const running = isVmRunning(session.host, vmid);
  apply(changing, (key) => modified.has(key), running);
  dropAttached(conf);
  settleCloudInit(conf);
  return conf;
}

/** Puts what is pending into force, once nothing runs any more. */
export function applyPendingVm(session: Session, vmid: string, conf: VmConf, output: Output): void {
  apply({ session, vmid, conf, output, destroys: false }, () => true, false);
  dropAttached(conf);
  settleCloudInit(conf);
}

/** Makes everything that is asked for pending; the keys that it is about. */
function enter(changing: Changing, { values, removed, reverted }: WantedVmChange): ReadonlySet<string> {
  const { session, vmid, conf, output } = changing;
  const modified = new Set<string>();
  const order = [...bootDevices(conf.values)];
  const reorder = () => {
    conf.pending.values.set("boot", printBootOrder(order));
    modified.add("boot");
  };
  for (const key of reverted) {
    forgetPending(changing, key);
    dropRemoval(conf, key);
  }
  for (const key of removed) {
    const waiting = conf.pending.values.has(key);
    if (waiting) forgetPending(changing, key);
    if (settingOf(conf, key) === undefined) {
      if (!waiting) output.warn(`cannot delete '${key}' - not set in current configuration!`);
      continue;
    }
    assertRemovable(conf, key);
    modified.add(key);
    if (order.includes(key)) {
      order.splice(order.indexOf(key), 1);
      reorder();
    }
    addRemoval(conf, key);
  }
  for (const [key, given] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    modified.add(key);
    if (isDrive(key)) assertOneCloudInit(conf, key, given);
    if (key === "boot") assertBootOrder(conf, given, values, removed);
    if (key === "ostype") pinFor(changing, given, modified);
    const value = key === "tags" ? settleTags(given) : settleValue(session, vmid, key, given, output);
    forgetPending(changing, key);
    conf.pending.values.set(key, value);
    dropRemoval(conf, key);
    // A CD drive that comes anew is one to boot from.
    if (isDrive(key) && order.length > 0 && !order.includes(key)) {
      const drive = parseDrive(key, value);
      if (!isCdrom(drive) || isCloudInit(drive)) continue;
      order.push(key);
      reorder();
    }
  }
  return modified;
}

function pinFor({ conf, output }: Changing, ostype: string, modified: Set<string>): void {
  const machine = conf.pending.values.get("machine") ?? conf.values.get("machine");
  const values = new Map([["ostype", ostype], ...(machine === undefined ? [] : [["machine", machine] as const])]);
  pinMachine(values, output);
  const pinned = values.get("machine");
  if (pinned === undefined || pinned === machine) return;
  conf.pending.values.set("machine", pinned);
  modified.add("machine");
}

/** A disk that was only pending is kept as unused. */
function forgetPending({ conf }: Changing, key: string): void {
  const value = conf.pending.values.get(key);
  conf.pending.values.delete(key);
  if (value === undefined || !isDrive(key)) return;
  const drive = parseDrive(key, value);
  if (!isCdrom(drive) && isVolume(fileOf(drive)) && !isAttached(conf, fileOf(drive)))
    addUnusedVolume(conf, fileOf(drive));
}

function assertRemovable(conf: VmConf, key: string): void {
  if (conf.values.get("protection") !== "1") return;
  if (isDrive(key)) throw new PveError(`can't remove drive '${key}' - protection mode enabled`);
  if (/^unused\d+$/.test(key)) throw new PveError(`can't remove unused disk '${key}' - protection mode enabled`);
}

function assertOneCloudInit(conf: VmConf, key: string, value: string): void {
  if (!asksForCloudInit(parseDrive(key, value))) return;
  const there = cloudInitDrive(conf.values);
  if (there !== undefined && there !== key)
    throw new PveError(`${key} - cloud-init drive is already attached at '${there}'`);
}

function assertBootOrder(
  conf: VmConf,
  value: string,
  values: ReadonlyMap<string, string>,
  removed: readonly string[],
): void {
  for (const device of bootDevices(new Map([["boot", value]]))) {
    const there = conf.values.has(device) || conf.pending.values.has(device) || values.has(device);
    // The quote is as the tool sets it.
    if (!there || removed.includes(device)) throw new PveError(`invalid bootorder: device '${device}' does not exist'`);
  }
}

function apply(changing: Changing, chosen: (key: string) => boolean, running: boolean): void {
  const { conf, output } = changing;
  for (const key of pendingRemovals(conf).filter(chosen)) {
    if (running && !hotplugsRemoval(conf, key)) continue;
    noteChange(changing, running, key, undefined);
    detach(changing, key, undefined);
    takeAway(conf, key);
  }
  cleanPending(conf);
  let told = false;
  for (const key of pendingKeys(conf).filter(chosen)) {
    const value = conf.pending.values.get(key) ?? "";
    if (running && !hotplugsValue(conf, key, value)) continue;
    noteChange(changing, running, key, value);
    if (isDrive(key)) {
      const drive = parseDrive(key, value);
      detach(changing, key, fileOf(drive));
      told ||= isCloudInit(drive) && conf.values.get(key) !== value;
    }
    take(conf, key, value);
  }
  if (told && !running) makeCloudInitImage(conf, output);
}

function take(conf: VmConf, key: string, value: string): void {
  conf.pending.values.delete(key);
  if (key !== "description") conf.values.set(key, value);
  else if (value.trim() === "") delete conf.description;
  else conf.description = value;
}

function noteChange({ conf }: Changing, running: boolean, key: string, value: string | undefined): void {
  if (running && cloudInitDrive(conf.values) !== undefined) noteCloudInitChange(conf, key, conf.values.get(key), value);
}

/** What becomes of what a drive held: kept as unused, destroyed if it is cloud-init's or was unused already. */
function detach({ session, vmid, conf, output, destroys }: Changing, key: string, next: string | undefined): void {
  const value = conf.values.get(key);
  if (value === undefined) return;
  if (/^unused\d+$/.test(key)) {
    if (isAttached(conf, value) || next !== undefined) return;
    if (!freeVolume(session, value)) output.warn(`disk image '${volumePath(session.host, value)}' does not exist`);
    return;
  }
  if (!isDrive(key)) return;
  const drive = parseDrive(key, value);
  const file = fileOf(drive);
  if (!isVolume(file) || file === next) return;
  if (isCloudInit(drive)) {
    freeVolume(session, file);
    conf.cloudinit.values.clear();
  } else if (!isCdrom(drive) && ownerOf(file) === vmid) {
    if (destroys) freeVolume(session, file);
    else addUnusedVolume(conf, file);
  }
}
