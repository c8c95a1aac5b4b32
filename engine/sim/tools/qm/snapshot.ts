import { parsePveSize } from "../../../formats/pve-size.ts";
import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { emptyPart } from "../../pve/guest/guest-conf.ts";
import { copyOfPart, snapshotTree, unlinkParent } from "../../pve/guest/snapshots.ts";
import { blockedVolume, dropVolumeSnapshots, snapshotVolumes } from "../../pve/guest/volume-snapshots.ts";
import { findStorage } from "../../pve/storage/storages.ts";
import { findVolume, ownerOf, resizeVolume } from "../../pve/storage/volumes.ts";
import { loadVmConf, type VmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import {
  addUnusedVolume,
  attachedVolumes,
  drivesOf,
  fileOf,
  isCdrom,
  isCloudInit,
  isDisk,
  isVolume,
} from "../../pve/vm/vm-drives.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { newUuid } from "../../pve/vm/vm-values.ts";
import type { Session } from "../../session.ts";
import { assertVmUnlocked } from "./load.ts";
import { isOn, type Subcommand } from "./options.ts";
import { startVm } from "./start.ts";
import { endVm } from "./stop.ts";
import { SNAPSHOT_NAME, VMID } from "./words.ts";

const SNAPSHOT_MS = 300;

export const snapshot: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { description: { kind: "string" }, vmstate: { kind: "boolean" } },
  run({ session }, { vmid, words, options }) {
    const name = words.get("snapname") ?? "";
    return runTask(255, () => {
      if (name === "current" || name === "pending")
        throw new PveError(`unable to use snapshot name '${name}' (reserved name)`);
      return ({ out, warn }) => {
        takeVmLock(session, vmid, warn);
        const conf = loadVmConf(session.host, vmid, warn);
        if (conf.values.get("template") === "1") throw new PveError("you can't take a snapshot if it's a template");
        assertVmUnlocked(conf);
        if (conf.snapshots.has(name)) throw new PveError(`snapshot name '${name}' already used`);
        if (!canSnapshot(session, conf)) throw new PveError("snapshot feature is not available");
        for (const { key, drive } of drivesOf(conf.values))
          if (isDisk(drive)) out(`snapshotting 'drive-${key}' (${fileOf(drive)})`);
        session.spend(SNAPSHOT_MS);
        const part = copyOfPart(conf);
        part.values.set("snaptime", String(Math.floor(session.host.clockMs / 1000)));
        const description = options.get("description");
        if (description !== undefined && description !== "") part.description = description;
        conf.snapshots.set(name, part);
        conf.values.set("parent", name);
        snapshotVolumes(session, volumesIn(conf.values), name);
        writeVmConf(session, vmid, conf);
      };
    });
  },
};

function volumesIn(values: ReadonlyMap<string, string>): readonly string[] {
  return drivesOf(values)
    .filter(({ drive }) => isDisk(drive))
    .map(({ drive }) => fileOf(drive));
}

/** Every disk must be where a snapshot can be taken: in a folder only within a qcow2. */
function canSnapshot({ host }: Session, { values }: VmConf): boolean {
  return drivesOf(values).every(({ drive }) => {
    const file = fileOf(drive);
    if ((isCdrom(drive) && !isCloudInit(drive)) || !isVolume(file)) return true;
    const type = findStorage(host, file.split(":")[0] ?? "")?.type ?? "";
    if (["zfspool", "btrfs", "lvmthin", "rbd"].includes(type)) return true;
    return findVolume(host, file)?.format === "qcow2";
  });
}

export const listsnapshot: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput("", ({ out, warn }) => out(snapshotTree(loadVmConf(session.host, vmid, warn))));
  },
};

export const delsnapshot: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { force: { kind: "boolean" } },
  run({ session }, { vmid, words }) {
    const name = words.get("snapname") ?? "";
    return runTask(255, () => ({ warn }) => {
      const conf = loadVmConf(session.host, vmid, warn);
      const part = conf.snapshots.get(name);
      if (part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      assertVmUnlocked(conf);
      takeVmLock(session, vmid, warn);
      session.spend(SNAPSHOT_MS);
      conf.snapshots.delete(name);
      dropVolumeSnapshots(session, volumesIn(part.values), name);
      unlinkParent(conf, name, part.values.get("parent"));
      writeVmConf(session, vmid, conf);
    });
  },
};

export const rollback: Subcommand = {
  words: [VMID, SNAPSHOT_NAME],
  options: { start: { kind: "boolean" } },
  run({ session }, call) {
    const { vmid } = call;
    const name = call.words.get("snapname") ?? "";
    return runTask(255, () => (output) => {
      takeVmLock(session, vmid, output.warn);
      const found = loadVmConf(session.host, vmid, output.warn);
      if (found.values.get("template") === "1") throw new PveError("you can't rollback if vm is a template");
      const part = found.snapshots.get(name);
      if (part === undefined) throw new PveError(`snapshot '${name}' does not exist`);
      const blocked = blockedVolume(session.host, volumesIn(part.values), name);
      if (blocked !== undefined)
        throw new PveError(
          `can't rollback, '${name}' is not most recent snapshot on '${blocked.replace(/^[^:]*:/, "")}'`,
        );
      assertVmUnlocked(found);
      if (isVmRunning(session.host, vmid)) endVm(session, vmid, output);
      const conf = loadVmConf(session.host, vmid, () => {});
      const restored: VmConf = { ...conf, ...copyOfPart(part), pending: emptyPart(), cloudinit: emptyPart() };
      if (conf.description !== undefined) restored.description = conf.description;
      keepOthers(conf, restored, vmid);
      restored.values.set("parent", name);
      // So that the guest can tell that it went back in time.
      if (restored.values.has("vmgenid")) restored.values.set("vmgenid", newUuid(session, `vmgenid ${vmid}`));
      for (const { drive } of drivesOf(restored.values)) {
        const bytes = isDisk(drive) ? parsePveSize(drive.get("size") ?? "") : null;
        if (bytes !== null) resizeVolume(session, fileOf(drive), bytes);
      }
      writeVmConf(session, vmid, restored);
      if (isOn(call, "start")) startVm(session, vmid, false, output);
    });
  },
};

/** Volumes that the snapshot does not know stay, as unused ones. */
function keepOthers(conf: VmConf, restored: VmConf, vmid: string): void {
  const kept = new Set(attachedVolumes(restored.values));
  for (const [key, value] of conf.values)
    if (/^unused\d+$/.test(key) && !kept.has(value)) restored.values.set(key, value);
  for (const { drive } of drivesOf(conf.values))
    if (isDisk(drive) && !kept.has(fileOf(drive)) && ownerOf(fileOf(drive)) === vmid)
      addUnusedVolume(restored, fileOf(drive));
}
