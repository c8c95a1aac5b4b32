import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import type { HeldConf } from "../../pve/guest/guest-conf.ts";
import type { Session } from "../../session.ts";

/** Reads a container's configuration for a change: under its lock file, and refused while it is marked as locked. */
export function loadForChange(session: Session, vmid: string, output: Output): HeldConf {
  // Without a configuration there is nothing to lock.
  loadConf(session.host, vmid, () => {});
  takeConfigLock(session, vmid, output.warn);
  const conf = loadConf(session.host, vmid, output.warn);
  assertUnlocked(conf);
  return conf;
}

export function assertUnlocked(conf: HeldConf): void {
  const lock = conf.values.get("lock");
  if (lock !== undefined) throw new PveError(`CT is locked (${lock})`);
}
