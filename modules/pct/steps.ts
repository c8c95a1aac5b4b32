import { isRunningState } from "../../engine/formats/lxc-running.ts";
import { pveDigest } from "../../engine/formats/pve-digest.ts";
import type { Argv, ReadOp, Step, WriteOp } from "../../engine/module/index.ts";
import { type ExecAnswer, read, Secret, utf8Locale, write } from "../../engine/module/index.ts";
import type { Edit, Resize } from "./aspect.ts";
import type { ConfView } from "./conf-view.ts";

/** Making, copying and destroying move whole file systems. */
const LONG_MS = 3_600_000;
const START_MS = 120_000;

/** What every step says that changes the container: it, and the file that describes it. */
export function touched(vmid: number): readonly string[] {
  return [`guest:${vmid}`, `/etc/pve/lxc/${vmid}.conf`, `/var/lib/lxc/${vmid}`];
}

/** Whether it runs, in milliseconds: `pct status` would take most of a second. */
export function lookAtState(vmid: number): ReadOp<ExecAnswer> {
  return read.exec(["lxc-info", "-n", String(vmid), "-s"], { looksAt: [`guest:${vmid}`] });
}
export function isRunning({ stdout }: ExecAnswer): boolean {
  return isRunningState(stdout);
}

export function pct(vmid: number, words: Argv, more: Parameters<typeof write.exec>[1] = {}): WriteOp {
  const [verb = "", ...rest] = words;
  const argv = ["pct", verb, String(vmid), ...rest];
  return write.exec(argv, { touches: touched(vmid), ...utf8Locale(words, secretIn(more)), ...more });
}
function secretIn({ stdin }: NonNullable<Parameters<typeof write.exec>[1]>): Secret | undefined {
  return stdin instanceof Secret ? stdin : undefined;
}

export function longPct(vmid: number, words: Argv, more: Parameters<typeof write.exec>[1] = {}): WriteOp {
  return pct(vmid, words, { limitMs: LONG_MS, ...more });
}

export function startSteps(vmid: number, timeout: number): readonly Step[] {
  return [pct(vmid, ["start"], { limitMs: START_MS + timeout * 1000 }), ...untilRunning(vmid, timeout)];
}
/** `pct start` may end with 0 although nothing runs, and of a container under HA it only asks for it. */
function untilRunning(vmid: number, timeout: number): readonly Step[] {
  const why = `container ${vmid} to run (pct start reported no error: journalctl -u pve-container@${vmid} tells more)`;
  return [write.waitUntil(lookAtState(vmid), isRunning, { why, forMs: timeout * 1000 })];
}
export function stopSteps(vmid: number, timeout: number, force: boolean): readonly Step[] {
  const words = ["shutdown", "--timeout", String(timeout), ...(force ? ["--forceStop", "1"] : [])];
  return [
    pct(vmid, words, { limitMs: START_MS + timeout * 1000 }),
    write.waitUntil(lookAtState(vmid), (answer) => !isRunning(answer), {
      why: `container ${vmid} to be stopped`,
      forMs: timeout * 1000,
    }),
  ];
}
/** Proxmox VE ends what has not shut down by itself after the timeout. */
export function restartSteps(vmid: number, timeout: number): readonly Step[] {
  return [
    pct(vmid, ["reboot", "--timeout", String(timeout)], { limitMs: START_MS + timeout * 1000 }),
    ...untilRunning(vmid, timeout),
  ];
}

/**
 * The edits in as few calls as there can be, one where nothing stands in the way. What the first call changes has another
 * digest, so only it can carry one.
 */
export function editSteps(
  vmid: number,
  view: ConfView,
  edits: readonly Edit[],
  resizes: readonly Resize[],
  vanished: boolean,
): readonly Step[] {
  const early: string[] = [];
  const sets: string[] = [];
  const reverts: string[] = [];
  const deletes: string[] = [];
  const first: string[] = [];
  for (const { key, value, asCurrent } of edits) {
    const [isSet, isPending] = [view.current.has(key), view.pending.has(key)];
    if (key === "description") {
      if (value === null) deletes.push(key);
      else sets.push("--description", value);
    } else if (asCurrent === true && (isPending || view.pendingDeletes.has(key))) reverts.push(key);
    else if (value !== null) {
      // Volumes of a protected container are refused as long as it is protected in the configuration that is there.
      if (key === "protection" && value === "0" && edits.some((edit) => /^(mp\d+|rootfs)$/.test(edit.key)))
        first.push("--protection", "0");
      else sets.push(`--${key}`, value);
    } else if (!isSet) reverts.push(key);
    else {
      // Deleting leaves a pending value where it is, and it would come back at the next start.
      if (isPending) early.push(key);
      deletes.push(key);
    }
  }
  if (early.length > 0) first.push("--revert", early.join(","));
  if (reverts.length > 0) sets.push("--revert", reverts.join(","));
  if (deletes.length > 0) sets.push("--delete", deletes.join(","));
  // Growing comes first: an entry of a volume is stored with the size that it is sent with.
  const calls = [
    ...resizes.map(({ key, size }) => ["resize", key, size]),
    ...[first, sets].filter((words) => words.length > 0).map((words) => ["set", ...words]),
  ];
  // A device or bridge of an earlier time that is gone makes every call end with 2, although it is carried out: what
  // became of it is seen when the engine looks again.
  const okCodes = vanished ? { okCodes: [0, 2] } : {};
  return calls.map((words, index) => {
    const digest = index === 0 ? ["--digest", pveDigest(view.text)] : [];
    return longPct(vmid, [...words, ...digest], words[0] === "set" ? okCodes : {});
  });
}
