import { collectOutput } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { containerStatus } from "../../pve/container/container-status.ts";
import { isOn } from "./call.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

export const status: Subcommand = {
  words: [VMID],
  options: { verbose: { kind: "boolean" } },
  run({ session }, call) {
    return collectOutput("", ({ out, warn }) => {
      const all = containerStatus(session.host, call.vmid, loadConf(session.host, call.vmid, warn));
      if (!isOn(call, "verbose")) {
        out(`status: ${all.status}`);
        return;
      }
      for (const key of Object.keys(all).sort()) if (key !== "cpu") out(`${key}: ${all[key]}`);
    });
  },
};
