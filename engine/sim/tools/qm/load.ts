import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { loadVmConf, type VmConf } from "../../pve/vm/vm-conf.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import type { Session } from "../../session.ts";

/** Reads a configuration for a change: under its lock file, and refused while it is marked as locked. */
export function loadVmForChange(session: Session, vmid: string, output: Output, skipLock = false): VmConf {
  loadVmConf(session.host, vmid, () => {});
  takeVmLock(session, vmid, output.warn);
  const conf = loadVmConf(session.host, vmid, output.warn);
  if (!skipLock) assertVmUnlocked(conf);
  return conf;
}

export function assertVmUnlocked(conf: VmConf): void {
  const lock = conf.values.get("lock");
  if (lock !== undefined) throw new PveError(`VM is locked (${lock})`);
}

export function assertDigest(conf: VmConf, digest: string | undefined): void {
  if (digest !== undefined && digest !== conf.digest)
    throw new PveError("checksum mismatch (file change by other user?)");
}

export function assertVmRunning(session: Session, vmid: string, code = 255): void {
  if (!isVmRunning(session.host, vmid)) throw new PveError(`VM ${vmid} not running`, code);
}
