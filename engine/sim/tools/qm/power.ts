import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadVmConf } from "../../pve/vm/vm-conf.ts";
import { isVmRunning, vmPid } from "../../pve/vm/vm-running.ts";
import type { Session } from "../../session.ts";
import { NotImitated } from "../../tool.ts";
import { assertVmRunning, assertVmUnlocked } from "./load.ts";
import { type GuestCall, isOn, type Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

/** What is done to one that runs, and leaves no trace but whether it stands still. */
const ofRunning = (more: Subcommand["options"], work: (session: Session, call: GuestCall) => void): Subcommand => ({
  words: [VMID],
  options: { skiplock: { kind: "boolean" }, ...more },
  run({ session }, call) {
    return runTask(255, ({ warn }) => {
      const conf = loadVmConf(session.host, call.vmid, warn);
      assertVmRunning(session, call.vmid, 2);
      return () => {
        if (!isOn(call, "skiplock")) assertVmUnlocked(conf);
        work(session, call);
      };
    });
  },
});

function setPaused(session: Session, vmid: string, paused: boolean): void {
  const vm = session.change().pve?.vms[vmid];
  if (vm === undefined) return;
  if (paused) vm.paused = true;
  else delete vm.paused;
}

export const reset = ofRunning({}, (session, { vmid }) => setPaused(session, vmid, false));

export const suspend = ofRunning({ statestorage: { kind: "string" }, todisk: { kind: "boolean" } }, (session, call) => {
  if (isOn(call, "todisk")) throw new NotImitated("the embedded lab's qm suspend does not write to a disk");
  setPaused(session, call.vmid, true);
});

export const resume = ofRunning({ nocheck: { kind: "boolean" } }, (session, { vmid }) =>
  setPaused(session, vmid, false),
);

export const sendkey: Subcommand = {
  words: [VMID, { name: "key", schema: { kind: "string" } }],
  options: { skiplock: { kind: "boolean" } },
  run({ session }, { vmid }) {
    return collectOutput("", ({ warn }) => {
      loadVmConf(session.host, vmid, warn);
      assertVmRunning(session, vmid);
    });
  },
};

export const wait: Subcommand = {
  words: [VMID],
  options: { timeout: { kind: "integer", min: 1 } },
  run({ session }, { vmid, options }) {
    return collectOutput("", ({ out }) => {
      if (!isVmRunning(session.host, vmid)) return;
      out(`waiting until VM ${vmid} stopps (PID ${vmPid(session.host, vmid)})`);
      const timeout = options.get("timeout");
      // Nothing else happens in the lab while a command runs: without a limit it would wait for ever.
      if (timeout === undefined) throw new NotImitated("the embedded lab's qm wait has no end without --timeout");
      session.spend(Number(timeout) * 1000);
      throw new PveError("wait failed - got timeout");
    });
  },
};
