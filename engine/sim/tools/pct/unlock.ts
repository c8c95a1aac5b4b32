import { collectOutput, PveError } from "../../pve/command/pve-error.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

export const unlock: Subcommand = {
  words: [VMID],
  options: {},
  run({ session }, { vmid }) {
    return collectOutput(usageOf("unlock", unlock), (output) => {
      loadConf(session.host, vmid, () => {});
      takeConfigLock(session, vmid, output.warn);
      const conf = loadConf(session.host, vmid, output.warn);
      if (!conf.values.delete("lock")) throw new PveError("no lock found trying to remove any lock");
      writeConf(session, vmid, conf);
    });
  },
};
