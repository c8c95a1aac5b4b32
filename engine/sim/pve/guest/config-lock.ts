import { makeFolder } from "../../files/file-changes.ts";
import { isThere } from "../../files/look-at-path.ts";
import { writeFile } from "../../files/write-file.ts";
import type { Session } from "../../session.ts";
import { own } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";

/** How long the tools wait for a guest's lock. */
const LOCK_WAIT_MS = 10_000;

export function lockPath(vmid: string): string {
  return `/run/lock/lxc/pve-config-${vmid}.lock`;
}

/**
 * Takes the lock of a container's configuration, as every change of it does. If somebody else holds it (`heldLocks` of
 * the node says until when) the command waits, and gives up after ten seconds. Throws PveError.
 */
export function takeConfigLock(session: Session, vmid: string, warn: (text: string) => void): void {
  takeLock(session, lockPath(vmid), warn);
}

/** The same of a virtual machine's. */
export function takeVmLock(session: Session, vmid: string, warn: (text: string) => void): void {
  if (!isThere(session, VM_LOCKS)) makeFolder(session, VM_LOCKS, true, {});
  takeLock(session, `${VM_LOCKS}/lock-${vmid}.conf`, warn);
}
const VM_LOCKS = "/run/lock/qemu-server";

function takeLock(session: Session, path: string, warn: (text: string) => void): void {
  const until = own(session.host.pve?.heldLocks ?? {}, path) ?? 0;
  const left = until - session.host.clockMs;
  if (left > 0) {
    warn("trying to acquire lock...");
    session.spend(Math.min(left, LOCK_WAIT_MS));
    if (left > LOCK_WAIT_MS) {
      // The tools of virtual machines name the folder as it was called in former times.
      const shown = path.replace(/^\/run(?=\/lock\/qemu-server\/)/, "/var");
      throw new PveError(`can't lock file '${shown}' - got timeout`, 4);
    }
    warn(" OK");
  }
  if (!isThere(session, path)) writeFile(session, { path, runId: "pct", bytes: new Uint8Array() });
}
