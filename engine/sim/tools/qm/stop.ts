import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { isHaManaged, requestHaState } from "../../pve/guest/ha-managed.ts";
import { applyPendingVm } from "../../pve/vm/vm-change.ts";
import { loadVmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { endProcess } from "../../pve/vm/vm-process.ts";
import { isVmRunning } from "../../pve/vm/vm-running.ts";
import { agentAnswers, systemOf, wantsAgent } from "../../pve/vm/vm-system.ts";
import type { Session } from "../../session.ts";
import { assertVmUnlocked } from "./load.ts";
import { isOn, type Subcommand } from "./options.ts";
import { startVm } from "./start.ts";
import { VMID } from "./words.ts";

const STOP_MS = 800;
/** How long a system takes to go down. */
const DOWN_MS = 2500;
const TIMEOUT_S = 60;

export const stop: Subcommand = {
  words: [VMID],
  options: {
    keepactive: { kind: "boolean" },
    "overrule-shutdown": { kind: "boolean" },
    skiplock: { kind: "boolean" },
    timeout: { kind: "integer", min: 0 },
  },
  run({ session }, call) {
    return ended(session, call.vmid, (output) => {
      const conf = loadVmConf(session.host, call.vmid, output.warn);
      if (!isVmRunning(session.host, call.vmid)) return;
      takeVmLock(session, call.vmid, output.warn);
      if (!isOn(call, "skiplock")) assertVmUnlocked(conf);
      session.spend(STOP_MS);
      endVm(session, call.vmid, output);
    });
  },
};

export const shutdown: Subcommand = {
  words: [VMID],
  options: {
    forcestop: { kind: "boolean" },
    keepactive: { kind: "boolean" },
    skiplock: { kind: "boolean" },
    timeout: { kind: "integer", min: 0 },
  },
  run({ session }, call) {
    const timeout = Number(call.options.get("timeout") ?? TIMEOUT_S);
    return ended(
      session,
      call.vmid,
      (output) => {
        const conf = loadVmConf(session.host, call.vmid, () => {});
        takeVmLock(session, call.vmid, output.warn);
        if (!isOn(call, "skiplock")) assertVmUnlocked(conf);
        goDown(session, call.vmid, timeout, isOn(call, "forcestop"), output);
      },
      (output) => {
        const running = isVmRunning(session.host, call.vmid);
        // It is asked how it is, and tells; that nothing is to be done is no error.
        if (!running) output.warn(`VM ${call.vmid} not running\n\n`);
        return running;
      },
    );
  },
};

export const reboot: Subcommand = {
  words: [VMID],
  options: { timeout: { kind: "integer", min: 0 } },
  run({ session }, { vmid, options }) {
    return runTask(255, (before) => {
      loadVmConf(session.host, vmid, before.warn);
      if (!isVmRunning(session.host, vmid)) {
        before.warn(`VM ${vmid} not running\n\n`);
        throw new PveError(`VM ${vmid} not running`, 2);
      }
      return (output) => {
        takeVmLock(session, vmid, output.warn);
        goDown(session, vmid, Number(options.get("timeout") ?? TIMEOUT_S), false, output);
        startVm(session, vmid, false, output);
      };
    });
  },
};

/** Ends it, or asks high availability to. `check` may say that there is nothing to do. */
function ended(
  session: Session,
  vmid: string,
  work: (output: Output) => void,
  check: (output: Output) => boolean = () => true,
) {
  return runTask(255, (output) => {
    loadVmConf(session.host, vmid, () => {});
    if (!check(output)) return undefined;
    if (!isHaManaged(session.host, vmid, "vm") || !isVmRunning(session.host, vmid)) return work;
    return ({ out }) => {
      out(`Requesting HA stop for VM ${vmid}`);
      requestHaState(session, vmid, "stopped", "vm");
    };
  });
}

/** Asks the system inside to go down, by its agent or by a press of the power button, which only a system heeds. */
function goDown(session: Session, vmid: string, timeoutS: number, kill: boolean, output: Output): void {
  const conf = loadVmConf(session.host, vmid, output.warn);
  if (wantsAgent(conf) && !agentAnswers(session.host, vmid, conf))
    output.warn(`QEMU Guest Agent is not running - VM ${vmid} qmp command 'guest-ping' failed - got timeout`);
  const heeds = systemOf(session.host, conf) !== undefined && timeoutS * 1000 >= DOWN_MS;
  session.spend(heeds ? DOWN_MS : timeoutS * 1000);
  if (!heeds && !kill) throw new PveError("VM quit/powerdown failed - got timeout");
  if (!heeds) output.warn("VM still running - terminating now with SIGTERM");
  endVm(session, vmid, output);
}

/** Nothing of it runs any more, and what was pending is its configuration. */
export function endVm(session: Session, vmid: string, output: Output): void {
  endProcess(session, vmid);
  const conf = loadVmConf(session.host, vmid, () => {});
  applyPendingVm(session, vmid, conf, { ...output, warn: () => {}, out: () => {} });
  writeVmConf(session, vmid, conf);
}
