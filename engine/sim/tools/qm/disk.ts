import { parsePveSize, printPveSize } from "../../../formats/pve-size.ts";
import { collectOutput, type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { contentFolder } from "../../pve/storage/storages.ts";
import { findVolume, parseVolumeId, resizeVolume, storageOf, volumesOf } from "../../pve/storage/volumes.ts";
import { loadVmConf, type VmConf, vmIds, writeVmConf } from "../../pve/vm/vm-conf.ts";
import {
  addUnusedVolume,
  attachedVolumes,
  drivesOf,
  fileOf,
  isDisk,
  parseDrive,
  printDrive,
} from "../../pve/vm/vm-drives.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { importedImage } from "../../pve/vm/vm-values.ts";
import { copyChatter, makeDisk } from "../../pve/vm/vm-volumes.ts";
import type { Session } from "../../session.ts";
import { assertDigest, assertVmUnlocked, loadVmForChange } from "./load.ts";
import { type GuestCall, type Subcommand, usageOf } from "./options.ts";
import { DISK, FORMAT, VMID } from "./words.ts";

export const resize: Subcommand = {
  words: [VMID, DISK, { name: "size", schema: { kind: "string", pattern: /^\+?\d+(\.\d+)?[KMGT]?$/ } }],
  options: { digest: { kind: "string", maxLength: 40 }, skiplock: { kind: "boolean" } },
  run({ session }, call) {
    // How its task ended nobody looks at: only stderr tells.
    return runTask(0, () => (output) => grow(session, call, output));
  },
};

function grow(session: Session, { vmid, words, options }: GuestCall, output: Output): void {
  const conf = loadVmConf(session.host, vmid, output.warn);
  takeVmLock(session, vmid, output.warn);
  assertDigest(conf, options.get("digest"));
  if (options.get("skiplock") !== "1") assertVmUnlocked(conf);
  const key = words.get("disk") ?? "";
  const value = conf.values.get(key);
  if (value === undefined) throw new PveError(`disk '${key}' does not exist`);
  const drive = parseDrive(key, value);
  const file = fileOf(drive);
  if (!isDisk(drive)) throw new PveError("can't resize a cdrom");
  const there = findVolume(session.host, file);
  if (there === undefined) throw new PveError(`Could not determine current size of volume '${file}'`);
  const size = words.get("size") ?? "";
  const given = parsePveSize(size.replace("+", "")) ?? 0;
  const bytes = size.startsWith("+") ? there.bytes + given : given;
  if (bytes < there.bytes) throw new PveError("shrinking disks is not supported");
  if (bytes === there.bytes) return;
  // A running QEMU grows it by itself, and says nothing.
  const folder = contentFolder(storageOf(session.host, parseVolumeId(file).storage), "images") !== null;
  if (folder && !isVmRunning(session.host, vmid)) output.out("Image resized.");
  session.spend(500);
  resizeVolume(session, file, bytes);
  drive.set("size", printPveSize(bytes));
  conf.values.set(key, printDrive(key, drive));
  writeVmConf(session, vmid, conf);
}

export const importDisk: Subcommand = {
  words: [VMID, { name: "source", schema: { kind: "string" } }, { name: "storage", schema: { kind: "string" } }],
  options: { format: FORMAT, "target-disk": DISK.schema },
  run({ session, cwd }, { vmid, words, options }) {
    return collectOutput(usageOf("disk import", importDisk), (output) => {
      const given = words.get("source") ?? "";
      const source = given.startsWith("/") || given.includes(":") ? given : `${cwd}/${given}`;
      const storage = words.get("storage") ?? "";
      const conf = loadVmForChange(session, vmid, output);
      if (!storageOf(session.host, storage).content.has("images"))
        throw new PveError(`storage '${storage}' does not support vm images`);
      const image = importedImage(session, source);
      output.out(`importing disk '${source}' to VM ${vmid} ...`);
      const { bytes, system } = image;
      const volid = makeDisk(session, { vmid, storage, bytes, system, format: options.get("format") }, output);
      copyChatter(bytes, output);
      const target = options.get("target-disk");
      if (target === undefined) addUnusedVolume(conf, volid);
      else conf.values.set(target, volid);
      const key = target ?? [...conf.values].find(([, value]) => value === volid)?.[0];
      output.out(`${key}: successfully imported disk '${volid}'`);
      writeVmConf(session, vmid, conf);
    });
  },
};

export const rescan: Subcommand = {
  words: [],
  options: { dryrun: { kind: "boolean" }, vmid: VMID.schema },
  run({ session }, { options }) {
    return collectOutput(usageOf("disk rescan", rescan), (output) => {
      const dry = options.get("dryrun") === "1";
      if (dry) output.out("NOTE: running in dry-run mode, won't write changes out!");
      output.out("rescan volumes...");
      const named = options.get("vmid");
      for (const vmid of named === undefined ? vmIds(session.host) : [String(Number(named))]) {
        const conf = loadVmConf(session.host, vmid, output.warn);
        if (!dry) takeVmLock(session, vmid, output.warn);
        refreshSizes(session, vmid, conf, output);
        findLost(session, vmid, conf, output);
        if (!dry) writeVmConf(session, vmid, conf);
      }
    });
  },
};

function refreshSizes(session: Session, vmid: string, conf: VmConf, output: Output): void {
  for (const { key, drive } of drivesOf(conf.values)) {
    const bytes = isDisk(drive) ? findVolume(session.host, fileOf(drive))?.bytes : undefined;
    const size = drive.get("size");
    if (bytes === undefined || size === printPveSize(bytes)) continue;
    output.out(
      `VM ${vmid} (${key}): size of disk '${fileOf(drive)}' updated from ${size ?? "0T"} to ${printPveSize(bytes)}`,
    );
    drive.set("size", printPveSize(bytes));
    conf.values.set(key, printDrive(key, drive));
  }
}

/** Volumes that bear its number and that nothing of it names are kept as unused. */
function findLost(session: Session, vmid: string, conf: VmConf, output: Output): void {
  const known = new Set(
    [conf, ...conf.snapshots.values()].flatMap(({ values }) => [...attachedVolumes(values), ...values.values()]),
  );
  for (const volid of volumesOf(session.host, vmid).filter((each) => !known.has(each))) {
    addUnusedVolume(conf, volid);
    const key = [...conf.values].find(([, value]) => value === volid)?.[0];
    output.out(`VM ${vmid} add unreferenced volume '${volid}' as '${key}' to config`);
  }
}
