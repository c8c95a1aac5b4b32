import { collectOutput, type Output, PveError } from "../../pve/command/pve-error.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { freeVolume, volumesOf } from "../../pve/storage/volumes.ts";
import { VM_KEYS } from "../../pve/vm/keys/vm-keys.ts";
import { emptyVmConf, type VmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { defaultBootOrder } from "../../pve/vm/vm-drives.ts";
import { assertBalloon, assertValues, newUuid, pinMachine, QEMU_VERSION, settleValue } from "../../pve/vm/vm-values.ts";
import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import { assertPool, assertVmidFree } from "../pct/create-checks.ts";
import { handedOn, keysOf } from "./given-values.ts";
import { isOn, type Subcommand, usageOf } from "./options.ts";
import { startVm } from "./start.ts";
import { LIMIT, STORAGE, VMID } from "./words.ts";

export const create: Subcommand = {
  words: [VMID],
  options: {
    ...VM_KEYS,
    cdrom: { kind: "string" },
    cipassword: { kind: "string", asked: true },
    archive: { kind: "string" },
    bwlimit: LIMIT,
    force: { kind: "boolean" },
    "import-working-storage": STORAGE,
    "live-restore": { kind: "boolean" },
    pool: { kind: "string" },
    start: { kind: "boolean" },
    storage: STORAGE,
    unique: { kind: "boolean" },
  },
  run({ session, cwd }, call) {
    const { vmid } = call;
    return collectOutput(usageOf("create", create), (output) => {
      if (call.options.has("archive")) throw new NotImitated("the embedded lab's qm create does not restore backups");
      const options = handedOn(session, cwd, call);
      const values = keysOf(session, options);
      assertFree(session, vmid);
      poolThere(session, options.get("pool"));
      assertValues(session, values);
      assertBalloon(values, emptyVmConf());
      takeVmLock(session, vmid, output.warn);
      output.beginTask();
      make(session, vmid, values, output);
      if (!isOn(call, "start")) return;
      output.out("Execute autostart");
      startVm(session, vmid, false, output);
    });
  },
};

function assertFree(session: Session, vmid: string): void {
  try {
    assertVmidFree(session.host, vmid);
  } catch (error) {
    if (error instanceof PveError) throw new PveError(`unable to create VM ${vmid} - ${error.message}`);
    throw error;
  }
}
function poolThere({ host }: Session, pool: string | undefined): void {
  try {
    assertPool(host, pool);
  } catch (error) {
    if (error instanceof PveError) throw new PveError(error.message);
    throw error;
  }
}

function make(session: Session, vmid: string, values: Map<string, string>, output: Output): void {
  const conf: VmConf = emptyVmConf();
  pinMachine(values, output);
  const before = new Set(volumesOf(session.host, vmid));
  try {
    for (const [key, value] of [...values].sort(([a], [b]) => (a < b ? -1 : 1)))
      conf.values.set(key, settleValue(session, vmid, key, value, output));
  } catch (error) {
    // What was there before is not this call's to take away.
    for (const volid of volumesOf(session.host, vmid)) if (!before.has(volid)) freeVolume(session, volid);
    if (error instanceof PveError) throw new PveError(`unable to create VM ${vmid} - ${error.message}`);
    throw error;
  }
  const description = conf.values.get("description");
  conf.values.delete("description");
  if (description !== undefined && description !== "") conf.description = description;
  const made = Math.floor(session.host.clockMs / 1000);
  conf.values.set("meta", `creation-qemu=${QEMU_VERSION},ctime=${made}`);
  if (!conf.values.has("boot")) conf.values.set("boot", defaultBootOrder(conf.values));
  if (!conf.values.has("smbios1")) conf.values.set("smbios1", `uuid=${newUuid(session, `smbios ${vmid}`)}`);
  if (!conf.values.has("vmgenid")) conf.values.set("vmgenid", newUuid(session, `vmgenid ${vmid}`));
  if (conf.values.get("vmgenid") === "0") conf.values.delete("vmgenid");
  writeVmConf(session, vmid, conf);
  const { pve } = session.change();
  if (pve !== undefined) pve.vms[vmid] = { running: null };
}
