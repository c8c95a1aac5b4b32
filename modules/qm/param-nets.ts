import { z } from "zod";
import { subOption } from "../../engine/module/index.ts";

export const NET = /^net(?:[12]?\d|3[01])$/;
const MODELS =
  "e1000 e1000-82540em e1000-82544gc e1000-82545em e1000e i82551 i82557b i82559er ne2k_isa ne2k_pci pcnet rtl8139 virtio vmxnet3";

const netParam = z.strictObject({
  slot: z
    .string({ error: "expected a network, such as net0" })
    .regex(NET, { error: "expected a network: net0 to net31" })
    .describe("A network is found again by it."),
  model: z
    .enum(MODELS.split(" ") as [string, ...string[]], { error: `expected one of: ${MODELS.split(" ").join(", ")}` })
    .optional()
    .describe("The card that the guest sees. A new one: virtio."),
  bridge: subOption("the name of a bridge")
    .regex(/^[A-Za-z0-9_.-]{1,15}$/, { error: "expected the name of a bridge, such as vmbr0" })
    .optional()
    .describe("The bridge or VNet of the node. Unsaid: QEMU's own network, by address translation."),
  hwaddr: z
    .string()
    .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i, { error: "expected a unicast MAC address: BC:24:11:00:00:01" })
    .optional()
    .describe("Unsaid: Proxmox VE makes one, and it stays."),
  tag: z.int().min(1).max(4094).optional().describe("VLAN."),
  mtu: z.int().min(1).max(65520).optional().describe("1: that of the bridge. Of virtio alone."),
  rate: z.number().positive().max(100_000).optional().describe("Limit, in MB/s."),
  firewall: z.boolean().optional(),
  link_down: z.boolean().optional().describe("The cable is out."),
});
export type WantedNet = z.output<typeof netParam>;

export const netsParam = z
  .array(netParam, { error: "expected a list of networks: - { slot: net0, bridge: vmbr0 }" })
  .max(32, { error: "a machine has at most 32 networks" })
  .superRefine((nets, context) => {
    nets.forEach(({ slot, hwaddr }, index) => {
      const wrong = (path: string, message: string) =>
        context.addIssue({ code: "custom", path: [index, path], message });
      if (nets.findIndex((net) => net.slot === slot) < index) wrong("slot", `two networks are at ${slot}`);
      const mac = hwaddr?.toUpperCase();
      if (mac !== undefined && nets.findIndex((net) => net.hwaddr?.toUpperCase() === mac) < index)
        wrong("hwaddr", `two networks have the address ${mac}`);
    });
  });
