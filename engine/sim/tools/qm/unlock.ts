import { collectOutput } from "../../pve/command/pve-error.ts";
import { takeVmLock } from "../../pve/guest/config-lock.ts";
import { loadVmConf, writeVmConf } from "../../pve/vm/vm-conf.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

/** Unlike a container's, no lock is no error. */
export const unlock: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("unlock", unlock), (output) => {
      loadVmConf(session.host, vmid, () => {});
      takeVmLock(session, vmid, output.warn);
      const conf = loadVmConf(session.host, vmid, output.warn);
      conf.values.delete("lock");
      conf.pending.values.delete("lock");
      writeVmConf(session, vmid, conf);
    });
  },
};
