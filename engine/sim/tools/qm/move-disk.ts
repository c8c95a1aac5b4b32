import { collectOutput, type Output, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { findVolume, freeVolume, parseVolumeId, storageOf } from "../../pve/storage/volumes.ts";
import { loadVmConf, type VmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import {
  addUnusedVolume,
  bootDevices,
  type Drive,
  fileOf,
  isAttached,
  isCdrom,
  parseDrive,
  printBootOrder,
  printDrive,
  refreshDrive,
} from "../../pve/vm/vm-drives.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { copyDisk, diskFormat, handOver } from "../../pve/vm/vm-volumes.ts";
import type { Session } from "../../session.ts";
import { assertDigest, assertVmUnlocked, loadVmForChange } from "./load.ts";
import { type GuestCall, isOn, type Subcommand, usageOf } from "./options.ts";
import { DISK, FORMAT, LIMIT, STORAGE, UNUSED_NAMES, VMID } from "./words.ts";

const NAMES = [...(DISK.schema.kind === "string" ? (DISK.schema.values ?? []) : []), ...UNUSED_NAMES];

export const moveDisk: Subcommand = {
  words: [
    VMID,
    { name: "disk", schema: { kind: "string", values: NAMES } },
    { name: "storage", schema: STORAGE, optional: true },
  ],
  options: {
    bwlimit: LIMIT,
    delete: { kind: "boolean" },
    digest: { kind: "string", maxLength: 40 },
    format: FORMAT,
    "target-digest": { kind: "string", maxLength: 40 },
    "target-disk": { kind: "string", values: NAMES },
    "target-vmid": VMID.schema,
  },
  run({ session }, call) {
    return collectOutput(usageOf("disk move", moveDisk), (output) => {
      const storage = call.words.get("storage");
      const target = call.options.get("target-vmid");
      if (storage !== undefined && target !== undefined)
        throw new PveError("either set 'storage' or 'target-vmid', but not both");
      if (target !== undefined) toVm(session, call, String(Number(target)), output);
      else if (storage === undefined) throw new PveError("please set either 'storage' or 'target-vmid'");
      else toStorage(session, call, storage, output);
    });
  },
};

function driveIn(conf: VmConf, key: string): Drive {
  const value = conf.values.get(key);
  if (value === undefined) throw new PveError(`disk '${key}' does not exist`);
  if (key.startsWith("unused")) throw new PveError(`unable to move '${key}', only configured disks can be moved`);
  const drive = parseDrive(key, value);
  if (isCdrom(drive)) throw new PveError("you can't move a cdrom");
  return drive;
}

function toStorage(session: Session, call: GuestCall, storageId: string, output: Output): void {
  const { vmid, options, words } = call;
  const key = words.get("disk") ?? "";
  const storage = storageOf(session.host, storageId);
  if (!storage.content.has("images"))
    throw new ParameterError(new Map([["storage", `storage '${storageId}' does not support vm images`]]));
  const conf = loadVmForChange(session, vmid, output);
  assertDigest(conf, options.get("digest"));
  const drive = driveIn(conf, key);
  const old = fileOf(drive);
  const is = findVolume(session.host, old)?.format;
  const format = diskFormat(storage, options.get("format") ?? is);
  if (parseVolumeId(old).storage === storageId && format === is)
    throw new PveError("you can't move to the same storage with same format");
  if (isOn(call, "delete") && isAttached({ ...conf, values: new Map() }, old))
    throw new PveError("you can't move a disk with snapshots and delete the source");
  output.beginTask();
  output.out(`create full clone of drive ${key} (${old})`);
  if (isVmRunning(session.host, vmid)) output.out(`drive mirror is starting for drive-${key}`);
  drive.set("file", copyDisk(session, old, { vmid, storage: storageId, format }, output));
  refreshDrive(session, drive);
  conf.values.set(key, printDrive(key, drive));
  if (isOn(call, "delete")) freeVolume(session, old);
  else addUnusedVolume(conf, old);
  writeVmConf(session, vmid, conf);
}

/** Gives a disk to another machine of the node: it is renamed, nothing is copied. */
function toVm(session: Session, { vmid, options, words }: GuestCall, to: string, output: Output): void {
  const key = words.get("disk") ?? "";
  const toKey = options.get("target-disk") ?? key;
  const conf = loadVmForChange(session, vmid, output);
  const other = loadVmConf(session.host, to, output.warn);
  takeVmLock(session, to, output.warn);
  assertVmUnlocked(other);
  assertDigest(conf, options.get("digest"));
  assertDigest(other, options.get("target-digest"));
  const drive = driveIn(conf, key);
  if (isVmRunning(session.host, vmid)) throw new PveError("cannot move disk of a running VM to another VM");
  if (other.values.has(toKey)) throw new PveError(`Target disk key '${toKey}' is already in use for VM '${to}'`);
  output.beginTask();
  output.out(`moving disk '${key}' from VM '${vmid}' to '${to}'`);
  drive.set("file", handOver(session, fileOf(drive), to));
  const order = bootDevices(conf.values);
  if (order.includes(key)) {
    output.out(`removing disk '${key}' from boot order config`);
    conf.values.set("boot", printBootOrder(order.filter((device) => device !== key)));
  }
  output.out(`removing disk '${key}' from VM '${vmid}' config`);
  conf.values.delete(key);
  other.values.set(toKey, printDrive(toKey, drive));
  output.out(`update VM ${to}: -${toKey} ${printDrive(toKey, drive)}`);
  writeVmConf(session, vmid, conf);
  writeVmConf(session, to, other);
}
