import { ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { applyPending } from "../../pve/container/apply-pending.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { haltContainer } from "../../pve/container/stop-container.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isHaManaged, requestHaState } from "../../pve/guest/ha-managed.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
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
