import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { parseKnown } from "../../pve/container/mount-points.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { isHaManaged, requestHaState } from "../../pve/guest/ha-managed.ts";
import { findBridge } from "../../pve/guest/network-interface.ts";
import { VM_NETWORK } from "../../pve/vm/keys/vm-property-keys.ts";
import { applyPendingVm } from "../../pve/vm/vm-change.ts";
import { makeCloudInitImage } from "../../pve/vm/vm-cloud-init.ts";
import type { VmConf } from "../../pve/vm/vm-conf.ts";
import { loadVmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { bytesOf, cloudInitDrive, drivesOf, fileOf, isVolume } from "../../pve/vm/vm-drives.ts";
import { startProcess } from "../../pve/vm/vm-process.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import type { Session } from "../../session.ts";
import { assertVmUnlocked } from "./load.ts";
import { isOn, type Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

const START_MS = 1200;

export const start: Subcommand = {
  words: [VMID],
  options: {
    "force-cpu": { kind: "string" },
    machine: { kind: "string", maxLength: 40 },
    skiplock: { kind: "boolean" },
    timeout: { kind: "integer", min: 0 },
  },
  run({ session }, call) {
    const { vmid } = call;
    return runTask(255, () => {
      if (isHaManaged(session.host, vmid, "vm"))
        return ({ out }) => {
          out(`Requesting HA start for VM ${vmid}`);
          requestHaState(session, vmid, "started", "vm");
        };
      return (output) => startVm(session, vmid, isOn(call, "skiplock"), output);
    });
  },
};

/** Starts it with what was pending applied. Throws PveError. */
export function startVm(session: Session, vmid: string, skipLock: boolean, output: Output): void {
  loadVmConf(session.host, vmid, () => {});
  takeVmLock(session, vmid, output.warn);
  const conf = loadVmConf(session.host, vmid, output.warn);
  if (!skipLock) assertVmUnlocked(conf);
  if (isVmRunning(session.host, vmid)) throw new PveError(`VM ${vmid} already running`);
  if (conf.values.get("template") === "1") throw new PveError("you can't start a vm if it's a template");
  applyPendingVm(session, vmid, conf, output);
  if (cloudInitDrive(conf.values) !== undefined) makeCloudInitImage(conf, output);
  writeVmConf(session, vmid, conf);
  assertParts(session, conf);
  session.spend(START_MS);
  startProcess(session, vmid);
}

/** What QEMU opens must be there: its disks, and the bridges of its networks. */
function assertParts(session: Session, { values }: VmConf): void {
  for (const { drive } of drivesOf(values)) {
    const file = fileOf(drive);
    if (isVolume(file) && bytesOf(session, file) === undefined) throw new PveError(`volume '${file}' does not exist`);
  }
  for (const [key, value] of values) {
    const bridge = /^net\d+$/.test(key) ? parseKnown(VM_NETWORK, value).get("bridge") : undefined;
    if (bridge !== undefined) findBridge(session.host, bridge);
  }
}
