import { type Output, PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { heedsHalt } from "../../pve/container/stop-container.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isHaManaged, requestHaState } from "../../pve/guest/ha-managed.ts";
import type { Session } from "../../session.ts";
import { isOn } from "./call.ts";
import { assertUnlocked } from "./load.ts";
import type { Subcommand } from "./options.ts";
import { assertRunning, endContainer } from "./stop.ts";
import { VMID } from "./words.ts";

/** How long a container that goes down in peace takes. */
const DOWN_MS = 1300;

export const shutdown: Subcommand = {
  words: [VMID],
  options: { forcestop: { kind: "boolean" }, timeout: { kind: "integer", min: 0 } },
  run({ session }, call) {
    const { vmid } = call;
    return runTask(255, () => {
      assertRunning(session, vmid);
      if (isHaManaged(session.host, vmid))
        return ({ out }) => {
          out(`Requesting HA stop for CT ${vmid}`);
          requestHaState(session, vmid, "stopped");
        };
      return (output) => {
        takeConfigLock(session, vmid, output.warn);
        assertUnlocked(loadConf(session.host, vmid, output.warn));
        goDown(session, vmid, Number(call.options.get("timeout") ?? 60), isOn(call, "forcestop"), output);
      };
    });
  },
};

/** Asks init to end; when the time is up a container is killed or left running, with an error. */
export function goDown(session: Session, vmid: string, timeoutS: number, kill: boolean, output: Output): void {
  const peaceful = heedsHalt(loadConf(session.host, vmid, () => {})) && timeoutS * 1000 >= DOWN_MS;
  if (!peaceful && !kill) {
    // It waits for the command, and as long again for the container.
    session.spend(2 * timeoutS * 1000 + 5000);
    output.warn(`command 'lxc-stop -n ${vmid} --nokill --timeout ${timeoutS}' failed: exit code 1`);
    throw new PveError("container did not stop");
  }
  session.spend(peaceful ? DOWN_MS : timeoutS * 1000 + 900);
  endContainer(session, vmid);
}
