import { z } from "zod";
import { subOption } from "../../engine/module/index.ts";

const unique = (devices: readonly { readonly slot: string }[], context: z.RefinementCtx): void => {
  devices.forEach(({ slot }, index) => {
    if (devices.findIndex((device) => device.slot === slot) < index)
      context.addIssue({ code: "custom", path: [index, "slot"], message: `${slot} is there twice` });
  });
};
const one = (
  { host, mapping }: { host?: string | undefined; mapping?: string | undefined },
  context: z.RefinementCtx,
) => {
  if ((host === undefined) === (mapping === undefined))
    context.addIssue({ code: "custom", path: ["host"], message: "say either host or mapping" });
};
const mapping = z
  .string()
  .regex(/^[a-z][\w-]+$/i, { error: "expected the name of a mapping of the cluster" })
  .optional();

const hostpciParam = z
  .strictObject({
    slot: z.string().regex(/^hostpci(?:\d|1[0-5])$/, { error: "expected hostpci0 to hostpci15" }),
    host: z
      .string()
      .regex(/^(?:[0-9a-f]{4,}:)?[0-9a-f]{2}:[0-9a-f]{2}(?:\.[0-7])?$/i, {
        error: "expected a PCI address such as 01:00.0",
      })
      .optional(),
    mapping,
    mdev: subOption("a type of mediated devices").optional(),
    pcie: z.boolean().optional().describe("Wants machine: q35."),
    rombar: z.boolean().optional().describe("Proxmox VE: true."),
    x_vga: z.boolean().optional().describe("The first graphics card of the guest."),
  })
  .superRefine(one);

export const hostpciListParam = z
  .array(hostpciParam, { error: 'expected a list: - { slot: hostpci0, host: "01:00.0" }' })
  .max(16)
  .superRefine(unique);

const usbParam = z
  .strictObject({
    slot: z.string().regex(/^usb(?:\d|1[0-3])$/, { error: "expected usb0 to usb13" }),
    host: z
      .string()
      .regex(/^(?:spice|[0-9a-f]{4}:[0-9a-f]{4}|\d+-\d+(?:\.\d+)*)$/i, {
        error: 'expected a vendor and product ("046d:c52b"), a port ("1-2") or spice',
      })
      .optional(),
    mapping,
    usb3: z.boolean().optional(),
  })
  .superRefine(one);

export const usbListParam = z
  .array(usbParam, { error: 'expected a list: - { slot: usb0, host: "046d:c52b" }' })
  .max(14)
  .superRefine(unique);
