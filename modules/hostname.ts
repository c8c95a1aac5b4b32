import { z } from "zod";
import { addressesOf, ownNames, withOwnName } from "../engine/formats/hosts-file.ts";
import { change, DNS_NAME, defineModule, read, refuse, write } from "../engine/module/index.ts";

export const hostname = defineModule({
  name: "hostname",
  summary: "Give a host its name, now and at boot.",
  description: `Writes /etc/hostname, sets the name of the running system, and sees to it that the host finds its own name in
/etc/hosts. On a node of Proxmox VE it refuses to: a renamed node loses sight of its guests.`,
  params: z.strictObject({
    name: z
      .string()
      .max(64, { error: "the kernel takes 64 characters at most" })
      .regex(DNS_NAME, { error: "expected a name such as nas1 or nas1.example.net: letters, digits and hyphens" })
      .regex(/[a-z]/i, { error: "a name has a letter in it; quote it if it looks like a number" })
      .transform((name) => name.toLowerCase())
      .describe("The name, with or without its domain."),
    hosts: z
      .boolean()
      .default(true)
      .describe("See to it that /etc/hosts knows the name: where no line has it, 127.0.1.1 gets it."),
  }),
  shorthand: "name",
  probes: ({ hosts }) => ({
    saved: read.text("/etc/hostname"),
    live: read.text("/proc/sys/kernel/hostname"),
    hosts: hosts ? read.text("/etc/hosts") : undefined,
    nodes: read.list("/etc/pve/nodes"),
  }),
  plan({ name }, seen) {
    const before = { boot: seen.saved?.trim() ?? null, live: seen.live?.trim() ?? null };
    const is = seen.hosts ?? "";
    const next = seen.hosts === undefined ? is : withOwnName(is, name);
    const renames = before.boot !== name || before.live !== name;
    if (renames && seen.nodes !== null && seen.nodes.length > 0) {
      return refuse(
        `this is the node ${seen.nodes.join(", ")} of Proxmox VE: under another name it does not find its guests any more`,
        "take the guests away first, then follow the manual of Proxmox VE",
      );
    }
    const shown = (text: string) => (seen.hosts === undefined ? {} : { addresses: addressesOf(text, name) });
    return change(
      { ...before, ...shown(is) },
      { boot: name, live: name, ...shown(next) },
      [
        before.boot !== name && write.text("/etc/hostname", `${name}\n`, seen.saved === null ? { mode: "0644" } : {}),
        next !== is && write.text("/etc/hosts", next, seen.hosts == null ? { mode: "0644" } : {}),
        before.live !== name && write.exec(["hostname", "--", name], { touches: ["/proc/sys/kernel"] }),
      ],
      {
        warnings: [
          renames &&
            is.includes("--- BEGIN PVE ---") &&
            "Proxmox VE writes this container's name at each start: set it with the module pct as well (hostname)",
        ],
      },
    );
  },
  result: ({ name }, { saved, live }) => ({
    name: saved?.trim() ?? null,
    live: live?.trim() ?? null,
    short: ownNames(name).at(-1) ?? name,
  }),
  examples: ["hostname: nas2", "hostname: { name: nas2.example.net, hosts: true }"],
});
