import { z } from "zod";
import { atCreate, DNS_NAME, publicKeys, secret, storageId, wordList } from "../../engine/module/index.ts";
import { NET } from "./param-nets.ts";

const isAddress = (text: string) => z.ipv4().safeParse(text).success || z.ipv6().safeParse(text).success;
const either = (words: readonly string[], address: z.ZodType, what: string) =>
  z
    .string({ error: `expected ${what}` })
    .refine((text) => words.includes(text) || address.safeParse(text).success, { error: `expected ${what}` });

const ipParam = z
  .strictObject({
    net: z
      .string({ error: "expected a network, such as net0" })
      .regex(NET, { error: "expected a network: net0 to net31" }),
    ip: either(["dhcp"], z.cidrv4(), "dhcp, or an address with its prefix: 192.0.2.10/24").optional(),
    gw: z.ipv4({ error: "expected an IPv4 address" }).optional(),
    ip6: either(["auto", "dhcp"], z.cidrv6(), "auto, dhcp, or an address with its prefix: 2001:db8::10/64").optional(),
    gw6: z.ipv6({ error: "expected an IPv6 address" }).optional(),
  })
  .superRefine(({ ip, gw, ip6, gw6 }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    // Proxmox VE takes both, and fails to make the image later.
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
export type WantedIp = z.output<typeof ipParam>;

const volume = z
  .string()
  .regex(/^[a-z][a-z0-9._-]*:snippets\/[^\s,\0-\x1f\x7f]+$/i, { error: "expected STORAGE:snippets/FILE" });

export const cloudinitParam = z
  .strictObject({
    storage: storageId.optional().describe("Where its drive is made, unless there is one. Unsaid: no drive is made."),
    slot: atCreate(
      z
        .string()
        .regex(/^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30))$/, { error: "expected a slot, such as ide2" })
        .default("ide2")
        .describe("Where a drive that is made is attached. One that is there stays where it is."),
    ),
    user: z
      .string()
      .regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, { error: "expected the name of a user" })
      .optional()
      .describe("Whom the keys and the password are for. Unsaid: the image's own."),
    password: atCreate(
      secret()
        .optional()
        .describe(
          "Set where none is set; one that is there is kept as a hash and never compared. It never stands in a command line.",
        ),
    ),
    sshkeys: publicKeys.optional().describe("Who may log in; exactly these."),
    ipconfig: z
      .array(ipParam, { error: "expected a list: - { net: net0, ip: dhcp }" })
      .max(32)
      .optional()
      .describe("Addresses by network; one that is not in the list is not set up."),
    nameserver: wordList("addresses")
      .refine((words) => words.every(isAddress), { error: "expected IP addresses" })
      .optional()
      .describe("DNS servers. Empty: those of the node."),
    searchdomain: wordList("domains")
      .refine((words) => words.every((word) => DNS_NAME.test(word.replace(/\.$/, ""))), {
        error: "expected domain names",
      })
      .optional(),
    cicustom: z
      .strictObject({
        meta: volume.optional(),
        network: volume.optional(),
        user: volume.optional(),
        vendor: volume.optional(),
      })
      .optional()
      .describe("Files of your own instead of what Proxmox VE makes: `{ user: local:snippets/user.yaml }`."),
    upgrade: z.boolean().optional().describe("Upgrade packages at the first boot. Proxmox VE: true."),
  })
  .superRefine(({ password, ipconfig = [] }, context) => {
    const wrong = (path: (string | number)[], message: string) => context.addIssue({ code: "custom", path, message });
    if (password !== undefined && !/^[^\0\r\n]{5,}$/.test(password.reveal()))
      wrong(["password"], "a password has at least 5 characters, and is one line");
    ipconfig.forEach(({ net }, index) => {
      if (ipconfig.findIndex((each) => each.net === net) < index)
        wrong(["ipconfig", index, "net"], `${net} is there twice`);
    });
  });
export type WantedCloudInit = z.output<typeof cloudinitParam>;
