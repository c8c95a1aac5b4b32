import { namesIn } from "../../files/file-tree.ts";
import { collectOutput, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { loadConf } from "../../pve/container/container-conf.ts";
import { isHaManaged } from "../../pve/guest/ha-managed.ts";
import { isRunning } from "../../pve/inside/container-host.ts";
import { NotImitated } from "../../tool.ts";
import { isOn } from "./call.ts";
import type { Subcommand } from "./options.ts";
import { VMID } from "./words.ts";

const USAGE = "pct migrate <vmid> <target> [OPTIONS]";

/** A lab has no second node that could take a container: what is refused before the copying is as on a real one. */
export const migrate: Subcommand = {
  words: [VMID, { name: "target", schema: { kind: "string" } }],
  options: {
    bwlimit: { kind: "number", min: 0 },
    online: { kind: "boolean" },
    restart: { kind: "boolean" },
    "target-storage": { kind: "string" },
    timeout: { kind: "integer" },
  },
  run({ session }, call) {
    const target = call.words.get("target") ?? "";
    return collectOutput(USAGE, (output) => {
      if (target === session.host.hostname) throw new ParameterError(new Map([["target", "target is local node."]]));
      if (!namesIn(session.host, "/etc/pve/nodes").includes(target))
        throw new PveError(`no such cluster node '${target}'`);
      loadConf(session.host, call.vmid, output.warn);
      if (isRunning(session.host, call.vmid) && !isOn(call, "online") && !isOn(call, "restart"))
        throw new PveError("can't migrate running container without --online or --restart");
      if (isHaManaged(session.host, call.vmid)) {
        output.out(`Requesting HA migration for CT ${call.vmid} to node ${target}`);
        return;
      }
      throw new NotImitated("the embedded lab's pct does not move a container to another node");
    });
  },
};
