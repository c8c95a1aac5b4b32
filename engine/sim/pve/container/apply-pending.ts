import type { Session } from "../../session.ts";
import { type Output, PveError } from "../command/pve-error.ts";
import type { HeldConf } from "../guest/guest-conf.ts";
import { normaliseNetwork } from "../guest/network-interface.ts";
import { cleanPending, pendingKeys, pendingRemovals, takeAway, takePending } from "../guest/pending.ts";
import { freeVolume, volumePath } from "../storage/volumes.ts";
import { loadConf, writeConf } from "./container-conf.ts";
import {
  addUnused,
  dropUsed,
  isInUse,
  isMountKey,
  isNewVolume,
  kindOfMount,
  makeVolume,
  parseMount,
  printMount,
  refreshSize,
} from "./mount-points.ts";

/** What goes on while a change is put into force. */
export interface Applying {
  readonly session: Session;
  readonly vmid: string;
  readonly conf: HeldConf;
  readonly output: Pick<Output, "out" | "warn">;
  /** Keys that could not be applied, with the reason. */
  readonly errors: Map<string, PveError>;
}

/**
 * Puts what is pending into force in the file of a container that is stopped: at its stop, and again before a start.
 * What cannot be applied stays pending and is warned about.
 */
export function applyPending(session: Session, vmid: string, output: Pick<Output, "out" | "warn">): void {
  const conf = loadConf(session.host, vmid, output.warn);
  if (conf.pending.values.size === 0) return;
  applyStopped({ session, vmid, conf, output, errors: new Map() }, () => true);
  dropUsed(conf);
  writeConf(session, vmid, conf);
}

/** Applies the chosen keys: removals first, so a key that is removed and set again is there afterwards. */
export function applyStopped(applying: Applying, chosen: (key: string) => boolean): void {
  const { conf } = applying;
  for (const key of pendingRemovals(conf).filter(chosen))
    attempt(applying, key, () => {
      remove(applying, key);
      takeAway(conf, key);
    });
  cleanPending(conf);
  for (const key of pendingKeys(conf).filter(chosen))
    attempt(applying, key, () => takePending(conf, key, settle(applying, key)));
}

function attempt({ output, errors }: Applying, key: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    const failure = new PveError(`unable to apply pending change ${key} : ${error.message}`, error.code);
    output.warn(failure.message);
    errors.set(key, failure);
  }
}

/** What goes with a key that is taken away: a mounted volume is kept as unused, an unused one is destroyed. */
export function remove({ session, conf, output }: Applying, key: string): void {
  const value = conf.values.get(key) ?? "";
  if (/^mp\d+$/.test(key)) {
    const volume = parseMount(key, value).get("volume") ?? "";
    if (kindOfMount(volume) === "volume") addUnused(conf, volume);
  } else if (/^unused\d+$/.test(key) && !isInUse(conf, value)) {
    if (!freeVolume(session, value)) output.warn(`disk image '${volumePath(session.host, value)}' does not exist`);
  }
}

/** The value as it is written; makes the volume that it asks for. */
function settle(applying: Applying, key: string): string {
  const { session, vmid, conf } = applying;
  const value = conf.pending.values.get(key) ?? "";
  // rootfs is taken as it stands, without a look at the volume.
  if (isMountKey(key) && key !== "rootfs") return settleMount(applying, key, value);
  if (/^net\d+$/.test(key)) {
    const old = conf.values.get(key);
    if (old !== undefined) normaliseNetwork(session, `${vmid} ${key}`, old);
    return normaliseNetwork(session, `${vmid} ${key}`, value);
  }
  return value;
}

export function settleMount({ session, vmid, conf, output }: Applying, key: string, value: string): string {
  const mount = parseMount(key, value);
  const old = conf.values.get(key);
  if (isNewVolume(mount.get("volume") ?? "")) makeVolume(session, vmid, mount, output);
  else refreshSize(session.host, mount, output.warn);
  if (old !== undefined) {
    const volume = parseMount(key, old).get("volume") ?? "";
    if (kindOfMount(volume) === "volume" && volume !== mount.get("volume")) addUnused(conf, volume);
  }
  return printMount(key, mount);
}
