import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { applyPending } from "../../pve/container/apply-pending.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { mountPointsOf } from "../../pve/container/start-checks.ts";
import { startContainer } from "../../pve/container/start-container.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isHaManaged, requestHaState } from "../../pve/guest/ha-managed.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import type { Session } from "../../session.ts";
import { isOn } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

export const start: Subcommand = {
  words: [VMID],
  options: { debug: { kind: "boolean" }, skiplock: { kind: "boolean" } },
  run({ session }, call) {
    return runTask(255, () => startWork(session, call.vmid, isOn(call, "skiplock")));
  },
};

/** What `pct start` does: its checks now, its task when called. */
export function startWork(session: Session, vmid: string, skipLock: boolean): (output: Output) => void {
  if (isRunning(session.host, vmid)) throw new PveError(`CT ${vmid} already running`);
  if (isHaManaged(session.host, vmid)) {
    return (output) => {
      output.out(`Requesting HA start for CT ${vmid}`);
      requestHaState(session, vmid, "started");
    };
  }
  return (output) => {
    takeConfigLock(session, vmid, output.warn);
    const conf = loadConf(session.host, vmid, output.warn);
    const { values } = conf;
    if (values.get("template") === "1") throw new PveError("you can't start a CT if it's a template");
    if (!skipLock && values.get("lock") !== "mounted") assertUnlocked(conf);
    if (values.get("unprivileged") === "1" && mountPointsOf(values).some(({ options }) => options.get("quota") === "1"))
      throw new PveError("Quotas are not supported by unprivileged containers.");
    startNow(session, vmid, skipLock, output);
  };
}

/** Starts it with what was pending applied. */
export function startNow(session: Session, vmid: string, skipLock: boolean, output: Output): void {
  // The file was read, and complained about, by who calls.
  const silent = { out: output.out, warn: () => {} };
  applyPending(session, vmid, silent);
  startContainer(session, vmid, loadConf(session.host, vmid, silent.warn), output, skipLock);
}
