import type { ConfView } from "../../engine/formats/guest-view.ts";
import { pveDigest } from "../../engine/formats/pve-digest.ts";
import type { Argv, Step, WriteOp } from "../../engine/module/index.ts";
import { arg, read, Secret, utf8Locale, write } from "../../engine/module/index.ts";
import type { Aspect, Edit, Resize } from "./aspect.ts";
import { confPath, pidPath } from "./seen.ts";

/** Making, copying and destroying move whole disks. */
const LONG_MS = 3_600_000;
const START_MS = 120_000;

/** What every step says that changes the machine: it, the file that describes it, and that of its process. */
export function touched(vmid: number): readonly string[] {
  return [`guest:${vmid}`, confPath(vmid), pidPath(vmid)];
}

export function qm(vmid: number, words: Argv, more: Parameters<typeof write.exec>[1] = {}): WriteOp {
  // `disk resize` and `cloudinit update` have the number behind both words.
  const [verb = "", ...rest] = words;
  const name = typeof verb === "string" ? verb.split(" ") : [verb];
  const secret = more.stdin instanceof Secret ? more.stdin : undefined;
  const argv = ["qm", ...name, String(vmid), ...rest];
  return write.exec(argv, { touches: touched(vmid), ...utf8Locale(words, secret), ...more });
}
export function longQm(vmid: number, words: Argv, more: Parameters<typeof write.exec>[1] = {}): WriteOp {
  return qm(vmid, words, { limitMs: LONG_MS, ...more });
}

export function startSteps(vmid: number, timeout: number): readonly Step[] {
  return [qm(vmid, ["start"], { limitMs: START_MS + timeout * 1000 }), untilRunning(vmid, timeout)];
}
/** Of a machine under high availability `qm start` only asks for it. */
function untilRunning(vmid: number, timeout: number): Step {
  const why = `virtual machine ${vmid} to run`;
  return write.waitUntil(read.text(pidPath(vmid)), (pid) => pid !== null, { why, forMs: timeout * 1000 });
}
export function stopSteps(vmid: number, timeout: number, force: boolean): readonly Step[] {
  const words = ["shutdown", "--timeout", String(timeout), ...(force ? ["--forceStop", "1"] : [])];
  const why = `virtual machine ${vmid} to be stopped`;
  return [
    qm(vmid, words, { limitMs: START_MS + timeout * 1000 }),
    write.waitUntil(read.text(pidPath(vmid)), (pid) => pid === null, { why, forMs: timeout * 1000 }),
  ];
}
/** A restart from inside would not do: QEMU itself must end for what is pending to count. */
export function restartSteps(vmid: number, timeout: number, force: boolean): readonly Step[] {
  if (force) return [...stopSteps(vmid, timeout, true), ...startSteps(vmid, timeout)];
  const limitMs = START_MS + timeout * 1000;
  return [qm(vmid, ["reboot", "--timeout", String(timeout)], { limitMs }), untilRunning(vmid, timeout)];
}

export function resizeSteps(vmid: number, resizes: readonly Resize[]): readonly Step[] {
  return resizes.map(({ key, size }) => longQm(vmid, ["disk resize", key, size]));
}

/** Values as words; public keys in a file, as the tool wants them. */
export function valueWords(edits: readonly Edit[]): Argv {
  return edits.flatMap(({ key, value, file }): Argv => {
    if (file !== undefined) return [`--${key}`, arg.file(new Secret(file))];
    return value === null ? [] : [`--${key}`, value];
  });
}

/** Without a value, as the last word, it asks: where there is no terminal it reads the answer and its repetition. */
export function passwordEnd(
  aspects: readonly Aspect[],
  password: Secret | undefined,
): { readonly words: readonly string[]; readonly more: { readonly stdin?: Secret } } {
  if (password === undefined || !aspects.some((aspect) => aspect.password)) return { words: [], more: {} };
  const said = password.reveal();
  return { words: ["--cipassword"], more: { stdin: new Secret(`${said}\n${said}\n`) } };
}

/**
 * The edits in as few calls as there can be, one where nothing stands in the way. What an earlier call has changed has
 * another digest, so only the very first can carry one.
 */
export function editSteps(
  vmid: number,
  view: ConfView,
  aspects: readonly Aspect[],
  { password, digested }: { readonly password: Secret | undefined; readonly digested: boolean },
): readonly Step[] {
  const edits = aspects.flatMap((aspect) => aspect.edits);
  const isPending = ({ key }: Edit) => view.pending.has(key) || view.pendingDeletes.has(key);
  const reverts = edits.filter((edit) => edit.asCurrent === true && isPending(edit));
  const others = edits.filter((edit) => !reverts.includes(edit));
  const deletes = others.filter(({ value }) => value === null);
  const drive = /^(ide|sata|scsi|virtio|efidisk|unused)\d+$/;
  // Disks of a protected machine are not taken away as long as it is protected in the configuration that is there.
  const unprotects = others.find(({ key, value }) => key === "protection" && value === "0");
  const early = unprotects !== undefined && deletes.some(({ key }) => drive.test(key));
  const words: Argv = [
    ...valueWords(others.filter((edit) => edit.value !== null && !(early && edit === unprotects))),
    ...(reverts.length > 0 ? ["--revert", reverts.map(({ key }) => key).join(",")] : []),
    ...(deletes.length > 0 ? ["--delete", deletes.map(({ key }) => key).join(",")] : []),
  ];
  const end = passwordEnd(aspects, password);
  const calls = [early ? ["--protection", "0"] : [], words].filter((call) => call.length > 0);
  if (calls.length === 0 && end.words.length > 0) calls.push([]);
  return calls.map((call, index) => {
    const digest = digested && index === 0 ? ["--digest", pveDigest(view.text)] : [];
    const last = index === calls.length - 1;
    return longQm(vmid, ["set", ...call, ...digest, ...(last ? end.words : [])], last ? end.more : {});
  });
}
