import { isThere } from "../look-at-path.ts";
import type { Session } from "../session.ts";
import { own } from "../world.ts";
import { writeFile } from "../write-file.ts";
import { PveError } from "./pve-error.ts";

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
  const path = lockPath(vmid);
  const until = own(session.host.pve?.heldLocks ?? {}, path) ?? 0;
  const left = until - session.host.clockMs;
  if (left > 0) {
    warn("trying to acquire lock...");
    session.spend(Math.min(left, LOCK_WAIT_MS));
    if (left > LOCK_WAIT_MS) throw new PveError(`can't lock file '${path}' - got timeout`, 4);
    warn(" OK");
  }
  if (!isThere(session, path)) writeFile(session, { path, runId: "pct", bytes: new Uint8Array() });
}
