import { z } from "zod";
import { change, defineModule, read, write } from "../../../engine/module/index.ts";

/**
 * The least that brings a container about, changes and ends it, in the convention of all modules: such a step touches
 * `guest:N`. Whether it is there and runs is read from files and from lxc-info, as a real module would.
 */
export const guest = defineModule({
  name: "guest",
  summary: "Makes, starts, stops or removes a container.",
  params: z.strictObject({
    vmid: z.int(),
    state: z.enum(["started", "stopped", "absent"]).default("started"),
    template: z.string().default("local:vztmpl/debian-12-standard_12.7-1_amd64.tar.zst"),
    /** As `--net0` takes it; without one it has no network. */
    net: z.string().optional(),
  }),
  probes: ({ vmid }) => ({
    conf: read.text(`/etc/pve/lxc/${vmid}.conf`),
    info: read.exec(["lxc-info", "-n", String(vmid), "-s"], { looksAt: [`guest:${vmid}`] }),
  }),
  plan({ vmid, state, template, net }, { conf, info }) {
    const id = String(vmid);
    const touches = [`guest:${id}`, `/etc/pve/lxc/${id}.conf`];
    const before = conf === null ? "absent" : /RUNNING/.test(info.stdout) ? "started" : "stopped";
    const pct = (...words: readonly string[]) => write.exec(["pct", ...words], { touches });
    return change({ state: before }, { state }, [
      before === "absent" &&
        state !== "absent" &&
        pct("create", id, template, "--hostname", `ct${id}`, ...(net === undefined ? [] : ["--net0", net])),
      before !== "started" && state === "started" && pct("start", id),
      before === "started" && state !== "started" && pct("stop", id),
      before !== "absent" && state === "absent" && pct("destroy", id),
    ]);
  },
  examples: ["guest: { vmid: 101 }"],
});
