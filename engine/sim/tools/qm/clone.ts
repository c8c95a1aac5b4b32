import { dnsName, guestId } from "../../pve/command/formats.ts";
import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { printProperties } from "../../pve/command/schema.ts";
import { parseKnown } from "../../pve/container/mount-points.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import type { ConfPart } from "../../pve/guest/guest-conf.ts";
import { newHardwareAddress } from "../../pve/guest/network-interface.ts";
import { findStorage } from "../../pve/storage/storages.ts";
import { findVolume, freeVolume, parseVolumeId, storageOf, volumesOf } from "../../pve/storage/volumes.ts";
import { isDrive } from "../../pve/vm/keys/drive-keys.ts";
import { SMBIOS, VM_NETWORK } from "../../pve/vm/keys/vm-property-keys.ts";
import { emptyVmConf, loadVmConf, type VmConf, vmConfText, writeVmConf } from "../../pve/vm/vm-conf.ts";
import {
  type Drive,
  fileOf,
  isCdrom,
  isCloudInit,
  isVolume,
  parseDrive,
  printDrive,
  refreshDrive,
} from "../../pve/vm/vm-drives.ts";
import { newUuid } from "../../pve/vm/vm-values.ts";
import { copyDisk, linkDisk, makeCloudInitDisk } from "../../pve/vm/vm-volumes.ts";
import type { Session } from "../../session.ts";
import { assertPool, assertVmidFree } from "../pct/create-checks.ts";
import { assertVmUnlocked } from "./load.ts";
import { type GuestCall, isOn, type Subcommand } from "./options.ts";
import { FORMAT, LIMIT, SNAPSHOT_NAME, STORAGE, VMID } from "./words.ts";

export const clone: Subcommand = {
  words: [VMID, { name: "newid", schema: { kind: "integer", format: guestId } }],
  options: {
    bwlimit: LIMIT,
    description: { kind: "string" },
    format: FORMAT,
    full: { kind: "boolean" },
    name: { kind: "string", format: dnsName },
    pool: { kind: "string" },
    snapname: SNAPSHOT_NAME.schema,
    storage: STORAGE,
    target: { kind: "string" },
  },
  run({ session }, call) {
    const { vmid } = call;
    const newid = String(Number(call.words.get("newid")));
    return runTask(255, ({ warn }) => {
      const { host } = session;
      const target = call.options.get("target");
      if (target !== undefined && target !== host.hostname && target !== "localhost")
        throw new PveError(`no such cluster node '${target}'`);
      assertPool(host, call.options.get("pool"));
      const storage = call.options.get("storage");
      if (storage !== undefined) storageOf(host, storage);
      if (vmConfText(host, vmid) === undefined)
        throw new PveError(`unable to find configuration file for VM ${vmid} on node '${host.hostname}'`, 2);
      takeVmLock(session, vmid, warn);
      const source = loadVmConf(host, vmid, warn);
      assertVmUnlocked(source);
      const part = partOf(call, source);
      const full = call.options.has("full") ? isOn(call, "full") : source.values.get("template") !== "1";
      if (!full && storage !== undefined) throw new PveError("parameter 'storage' not allowed for linked clones", 2);
      if (vmConfText(host, newid) !== undefined)
        throw new PveError(`unable to create VM ${newid}: config file already exists`, 2);
      assertVmidFree(host, newid);
      if (!full) assertLinkable(session, part);
      return (output) => make(session, { call, newid, part, full }, source, output);
    });
  },
};

interface Cloning {
  readonly call: GuestCall;
  readonly newid: string;
  readonly part: ConfPart;
  readonly full: boolean;
}

/** Its configuration, or that of a snapshot. */
function partOf(call: GuestCall, source: VmConf): ConfPart {
  const name = call.options.get("snapname");
  const part = name === undefined ? source : source.snapshots.get(name);
  if (part === undefined) throw new PveError(`snapshot '${name}' does not exist`, 2);
  return part;
}

function assertLinkable({ host }: Session, { values }: ConfPart): void {
  for (const [key, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const drive = isDrive(key) ? parseDrive(key, value) : undefined;
    if (drive === undefined || isCdrom(drive) || !isVolume(fileOf(drive))) continue;
    const file = fileOf(drive);
    const type = findStorage(host, parseVolumeId(file).storage)?.type ?? "";
    const can =
      ["dir", "nfs", "cifs", "zfspool", "lvmthin", "rbd"].includes(type) && /(^|[:/])base-\d+-[^/]*$/.test(file);
    if (!can) throw new PveError(`Linked clone feature is not supported for '${file}' (${key})`);
  }
}

/** What a clone does not take over. */
const LEFT_OUT = /^(lock|parent|snaptime|snapstate|template|unused\d+|vmstate|running(cpu|machine))$/;

function make(session: Session, { call, newid, part, full }: Cloning, source: VmConf, output: Output): void {
  const made = emptyVmConf();
  const { options } = call;
  try {
    for (const [key, value] of [...part.values].sort(([a], [b]) => (a < b ? -1 : 1))) {
      if (LEFT_OUT.test(key)) continue;
      if (isDrive(key)) made.values.set(key, cloneDrive(session, { call, newid, part, full }, key, value, output));
      else made.values.set(key, anew(session, newid, key, value));
    }
  } catch (error) {
    for (const volid of volumesOf(session.host, newid)) freeVolume(session, volid);
    if (error instanceof PveError) throw new PveError(`clone failed: ${error.message}`);
    throw error;
  }
  made.values.set("name", options.get("name") ?? `Copy-of-VM-${source.values.get("name") ?? call.vmid}`);
  const description = options.get("description") ?? part.description;
  if (description !== undefined && description !== "") made.description = description;
  writeVmConf(session, newid, made);
  const { pve } = session.change();
  if (pve !== undefined) pve.vms[newid] = { running: null };
}

/** What must be another in each machine. */
function anew(session: Session, newid: string, key: string, value: string): string {
  if (/^net\d+$/.test(key)) {
    const net = parseKnown(VM_NETWORK, value);
    net.set("macaddr", newHardwareAddress(session, `vm ${newid} ${key}`));
    return printProperties(VM_NETWORK, net);
  }
  if (key === "vmgenid") return newUuid(session, `vmgenid ${newid}`);
  if (key !== "smbios1") return value;
  const smbios = parseKnown(SMBIOS, value);
  smbios.set("uuid", newUuid(session, `smbios ${newid}`));
  return printProperties(SMBIOS, smbios);
}

function cloneDrive(
  session: Session,
  { call, newid, full }: Cloning,
  key: string,
  value: string,
  output: Output,
): string {
  const drive: Drive = parseDrive(key, value);
  const file = fileOf(drive);
  if (!isVolume(file) || (isCdrom(drive) && !isCloudInit(drive))) return value;
  const own = parseVolumeId(file).storage;
  if (full || isCloudInit(drive)) {
    output.out(`create full clone of drive ${key} (${file})`);
    const storage = call.options.get("storage") ?? own;
    const format = call.options.get("format") ?? findVolume(session.host, file)?.format;
    const made = isCloudInit(drive)
      ? makeCloudInitDisk(session, newid, storage, output)
      : copyDisk(session, file, { vmid: newid, storage, format }, output);
    drive.set("file", made);
    // Of a drive for cloud-init nobody else keeps the size.
    if (isCloudInit(drive)) drive.set("size", "4M");
  } else {
    output.out(`create linked clone of drive ${key} (${file})`);
    drive.set("file", linkDisk(session, newid, file, output));
  }
  if (!isCloudInit(drive)) refreshDrive(session, drive);
  return printDrive(key, drive);
}
