import { z } from "zod";
import { isPlainNumber, subOption, whole } from "./values.ts";

/** Proxmox VE takes no prefix shorter than 8. */
const prefixed = (address: z.ZodType<string>) => address.refine((text) => Number(text.split("/")[1]) >= 8);
const either = (words: readonly string[], address: z.ZodType, what: string) =>
  z
    .string({ error: `expected ${what}` })
    .refine((text) => words.includes(text) || address.safeParse(text).success, { error: `expected ${what}` });

/** `0x10` is none. */
const decimal = (text: string): number => (/^\d+$/.test(text) ? Number(text) : Number.NaN);
const RATE = "expected a number of MB/s such as 12.5, at most 100000";

export const netParam = z
  .strictObject({
    name: z
      .string({ error: "expected the name of an interface inside, such as eth0" })
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{1,14}$/, {
        error: "expected the name of an interface inside, such as eth0 (2 to 15 letters, digits, . _ -)",
      })
      .describe("The interface inside; a network is found again by it."),
    bridge: subOption("the name of a bridge")
      .regex(/^[A-Za-z0-9_.-]{1,15}$/, { error: "expected the name of a bridge, such as vmbr0" })
      .optional()
      .describe("The bridge or VNet of the node."),
    hwaddr: z
      .string()
      .regex(/^[0-9a-f][02468ace](:[0-9a-f]{2}){5}$/i, { error: "expected a unicast MAC address: BC:24:11:00:00:01" })
      .optional()
      .describe("Unsaid: Proxmox VE makes one, and it stays."),
    ip: either(
      ["dhcp", "manual"],
      prefixed(z.cidrv4()),
      "dhcp, manual, or an address with its prefix: 192.0.2.10/24",
    ).optional(),
    gw: z.ipv4({ error: "expected an IPv4 address" }).optional(),
    ip6: either(
      ["auto", "dhcp", "manual"],
      prefixed(z.cidrv6()),
      "auto, dhcp, manual, or an address with its prefix: 2001:db8::10/64",
    ).optional(),
    gw6: z.ipv6({ error: "expected an IPv6 address" }).optional(),
    mtu: whole(64, 65535).optional(),
    tag: whole(1, 4094).optional().describe("VLAN of the untagged packets inside."),
    trunks: z
      .union([z.string(), z.array(z.int())], { error: "expected a list of VLANs" })
      .transform((given) => (typeof given === "string" ? given.split(/[\s;,]+/).map(decimal) : given))
      .refine((ids) => ids.length > 0 && ids.every((id) => Number.isInteger(id) && id >= 1 && id <= 4094), {
        error: "expected VLANs from 1 to 4094",
      })
      .transform((ids) => [...new Set(ids)].sort((a, b) => a - b))
      .optional()
      .describe("VLANs that pass through to the inside."),
    rate: z
      .number({ error: RATE })
      .positive({ error: RATE })
      .max(100_000, { error: RATE })
      .refine(isPlainNumber, { error: RATE })
      .optional()
      .describe("Limit, in MB/s."),
    firewall: z.boolean().optional(),
    link_down: z.boolean().optional().describe("The cable is out."),
  })
  .superRefine(({ ip, gw, ip6, gw6 }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (gw !== undefined && !ip?.includes("/"))
      wrong(
        "gw",
        ip === "dhcp"
          ? "with ip: dhcp the gateway comes from the server"
          : "a gateway goes with an address: ip: 192.0.2.10/24",
      );
    if (gw6 !== undefined && !ip6?.includes("/"))
      wrong("gw6", "a gateway goes with an address of its own: ip6: 2001:db8::10/64");
  });
export type WantedNet = z.output<typeof netParam>;

export const netsParam = z
  .array(netParam, { error: "expected a list of networks: - { name: eth0, bridge: vmbr0, ip: dhcp }" })
  .max(32, { error: "a container has at most 32 networks" })
  .superRefine((nets, context) => {
    nets.forEach(({ name, hwaddr }, index) => {
      if (nets.findIndex((net) => net.name === name) < index)
        context.addIssue({ code: "custom", path: [index, "name"], message: `two networks are called ${name}` });
      const mac = hwaddr?.toUpperCase();
      if (mac !== undefined && nets.findIndex((net) => net.hwaddr?.toUpperCase() === mac) < index)
        context.addIssue({ code: "custom", path: [index, "hwaddr"], message: `two networks have the address ${mac}` });
    });
  });
