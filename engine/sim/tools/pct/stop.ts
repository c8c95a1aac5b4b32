import { applyPending } from "../../pve/apply-pending.ts";
import { takeConfigLock } from "../../pve/config-lock.ts";
import { isRunning } from "../../pve/container-host.ts";
import { loadConf } from "../../pve/guest-conf.ts";
import { isHaManaged, requestHaState } from "../../pve/ha-managed.ts";
import { ParameterError, PveError } from "../../pve/pve-error.ts";
import { runTask } from "../../pve/run-task.ts";
import { haltContainer } from "../../pve/stop-container.ts";
import type { Session } from "../../session.ts";
import { isOn } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

const STOP_MS = 900;

export const stop: Subcommand = {
  words: [VMID],
  options: { "overrule-shutdown": { kind: "boolean" }, skiplock: { kind: "boolean" } },
  run({ session }, call) {
    const { vmid } = call;
    return runTask(255, () => {
      assertRunning(session, vmid);
      if (isHaManaged(session.host, vmid)) {
        if (isOn(call, "overrule-shutdown"))
          throw new ParameterError(new Map([["overrule-shutdown", "Not applicable for HA resources."]]));
        return ({ out }) => {
          out(`Requesting HA stop for CT ${vmid}`);
          requestHaState(session, vmid, "stopped");
        };
      }
      return (output) => {
        takeConfigLock(session, vmid, output.warn);
        const conf = loadConf(session.host, vmid, output.warn);
        if (!isOn(call, "skiplock") && conf.values.get("lock") !== "mounted") assertUnlocked(conf);
        session.spend(STOP_MS);
        endContainer(session, vmid);
      };
    });
  },
};

/** Nothing of it runs any more, and what was pending is its configuration. */
export function endContainer(session: Session, vmid: string): void {
  haltContainer(session, vmid);
  // The hook behind a stop says what it has to say where nobody reads it.
  applyPending(session, vmid, { out: () => {}, warn: () => {} });
}

export function assertRunning(session: Session, vmid: string): void {
  if (!isRunning(session.host, vmid)) throw new PveError(`CT ${vmid} not running`);
}
