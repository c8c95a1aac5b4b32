import { PveError } from "../../pve/command/pve-error.ts";
import { runTask } from "../../pve/command/run-task.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import type { Subcommand } from "./options.ts";
import { assertRunning } from "./stop.ts";
import { VMID } from "./words.ts";

// Checkpoints need CRIU, which a node does not have: both end as they do there.

export const suspend: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return runTask(255, () => {
      assertRunning(session, vmid);
      return () => {
        throw new PveError(`command 'lxc-checkpoint -n ${vmid} -s -D /var/lib/vz/dump' failed: exit code 1`);
      };
    });
  },
};

export const resume: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return runTask(255, () => {
      if (isRunning(session.host, vmid)) throw new PveError(`CT ${vmid} already running`);
      return () => {
        throw new PveError(
          `command 'lxc-checkpoint -n ${vmid} -r --foreground -D /var/lib/vz/dump' failed: exit code 1`,
        );
      };
    });
  },
};
