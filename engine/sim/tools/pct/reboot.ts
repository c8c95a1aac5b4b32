import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import type { Subcommand } from "./options.ts";
import { goDown } from "./shutdown.ts";
import { startNow } from "./start.ts";
import { VMID } from "./words.ts";

export const reboot: Subcommand = {
  words: [VMID],
  options: { timeout: { kind: "integer", min: 0 } },
  run({ session }, { vmid, options }) {
    return runTask(255, () => {
      // It says VM of a container.
      if (!isRunning(session.host, vmid)) throw new PveError(`VM ${vmid} not running`);
      return (output) => {
        takeConfigLock(session, vmid, output.warn);
        // Neither a lock nor high availability is asked: only the start finds the lock.
        goDown(session, vmid, Number(options.get("timeout") ?? 60), true, output);
        startNow(session, vmid, false, output);
      };
    });
  },
};
