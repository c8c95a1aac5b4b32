import { z } from "zod";
import {
  atCreate,
  DNS_NAME,
  guestId,
  guestNotes,
  guestStartup,
  guestTags,
  mebibytes,
  seconds,
  storageId,
} from "../../engine/module/index.ts";
import { cloudinitParam } from "./param-cloudinit.ts";
import { hostpciListParam, usbListParam } from "./param-devices.ts";
import { disksParam, efidiskParam } from "./param-disks.ts";
import { netsParam } from "./param-nets.ts";

const vmid = guestId("virtual machine");
const oneOf = (words: string) =>
  z.enum(words.split(" ") as [string, ...string[]], { error: `expected one of: ${words.split(" ").join(", ")}` });
/** A value with sub-options, as Proxmox VE writes it: `host,flags=+aes`. */
const options = (what: string) =>
  z
    .string({ error: `expected ${what}` })
    .regex(/^[\w+.-]+(?:=[\w+.;-]+)?(?:,[\w-]+=[\w+.;-]+)*$/, { error: `expected ${what}` });
const DEVICE =
  /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:\d|1[0-5])|net(?:[12]?\d|3[01])|usb(?:\d|1[0-3])|hostpci(?:\d|1[0-5]))$/;

/** Every parameter of `qm`; what is said here is its manual. */
export const params = z
  .strictObject({
    vmid: vmid.describe("Id of the virtual machine, unique in the whole cluster."),
    state: z
      .enum(["present", "started", "stopped", "absent", "restarted"], {
        error: "expected present, started, stopped, absent or restarted",
      })
      .optional()
      .describe(
        "Unsaid: `started`; of a `template` `stopped`. `present` leaves running or not as it is. `restarted` starts it, or restarts it each time: it is for handlers. `absent` destroys it with its disks.",
      ),
    name: z
      .string()
      .regex(DNS_NAME, { error: "expected a DNS name: letters, digits and - (no _), with dots between" })
      .optional()
      .describe("Its name, which cloud-init makes its host name."),
    cores: z.int().min(1).max(1024).optional().describe("Cores of each socket."),
    sockets: z.int().min(1).max(64).optional().describe("Sockets, each with `cores`."),
    cpu: options("a processor such as x86-64-v2-AES or host")
      .optional()
      .describe("`host` is the fastest, and keeps it from moving to a node with another processor."),
    memory: mebibytes(16).optional().describe("MiB."),
    balloon: mebibytes(0).optional().describe("MiB that it keeps at least when the node is short of memory; 0: all."),
    bios: oneOf("seabios ovmf").optional().describe("`ovmf` (UEFI) wants an `efidisk`."),
    machine: options("a machine such as q35")
      .optional()
      .describe("`q35` for PCI Express. For Windows Proxmox VE keeps the version with it."),
    ostype: oneOf("other wxp w2k w2k3 w2k8 wvista win7 win8 win10 win11 l24 l26 solaris")
      .optional()
      .describe("The system inside: `l26` is Linux."),
    scsihw: oneOf("lsi lsi53c810 virtio-scsi-pci virtio-scsi-single megasas pvscsi")
      .optional()
      .describe("`virtio-scsi-single` for disks with an iothread."),
    disks: disksParam
      .optional()
      .describe("All disks, CD drives apart; one that is not in the list goes. For that see `detach`."),
    efidisk: efidiskParam.optional().describe("Where UEFI keeps its settings. Made once, and left as it is."),
    nets: netsParam.optional().describe("All networks; one that is not in the list goes."),
    cloudinit: cloudinitParam.optional().describe("What cloud-init tells the guest; what is not named stays as it is."),
    agent: z.boolean().optional().describe("QEMU's guest agent is installed in the guest."),
    boot: z
      .array(z.string().regex(DEVICE, { error: "expected devices such as scsi0 or net0" }))
      .refine((devices) => new Set(devices).size === devices.length, { error: "a device is there twice" })
      .optional()
      .describe("Devices to boot from, in order: `[scsi0, net0]`."),
    serial: z
      .string()
      .regex(/^$|^socket$|^\/dev\/[\w./-]+$/, { error: "expected socket, or a device of the node" })
      .optional()
      .describe("`serial0`: `socket`, or a device of the node. Empty: none."),
    vga: options("a display such as std, virtio or serial0").optional().describe("What it shows its screen on."),
    onboot: z.boolean().optional().describe("Start it when the node starts."),
    startup: guestStartup
      .optional()
      .describe("Its place in the order of starts, and the seconds to wait after start and stop."),
    tags: guestTags.optional().describe("All tags; an empty list takes them away."),
    description: guestNotes
      .optional()
      .describe("Notes, shown in the web interface; may have several lines. Empty: none."),
    protection: z.boolean().optional().describe("Neither it nor its disks can be removed."),
    hostpci: hostpciListParam.optional().describe("All PCI devices of the node that it gets."),
    usb: usbListParam.optional().describe("All USB devices of the node that it gets."),
    template: z
      .boolean()
      .optional()
      .describe("Make it a template, from which others are cloned. There is no way back."),
    clone: atCreate(
      z
        .strictObject({
          from: vmid,
          full: z
            .boolean()
            .optional()
            .describe("Copy everything. Unsaid: what Proxmox VE does (linked, of a template)."),
          storage: storageId.optional().describe("Where a full copy goes."),
          snapshot: z
            .string()
            .regex(/^[a-z][a-z0-9_-]{1,39}$/i, { error: "expected the name of a snapshot" })
            .optional(),
        })
        .optional()
        .describe("Make it from another virtual machine of the node."),
    ),
    purge: z.boolean().default(false).describe("With `absent`: also take it out of backup, replication and HA jobs."),
    detach: z
      .boolean()
      .default(false)
      .describe("Disks that are no longer in `disks` may go from it. Their data stays, as unused disks."),
    force: z.boolean().default(false).describe("Switch it off if it has not shut down within `timeout`."),
    restart: z
      .enum(["never", "if_needed"], { error: "expected never or if_needed" })
      .default("never")
      .describe(
        "What to do where a change counts from the next start only. `never` leaves it to you: the result lists it in `restart_required` at every run. `if_needed` restarts the machine, and also for what an earlier run has left.",
      ),
    timeout: seconds("a time limit", 7200, 1)
      .default(180)
      .describe("How long starting or stopping may take: seconds, or a text such as `5m`."),
  })
  .superRefine((given, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (given.clone !== undefined && given.clone.from === given.vmid) wrong("clone", "it cannot be a clone of itself");
    if (given.clone?.storage !== undefined && given.clone.full === false)
      wrong("clone", "a linked clone stays where its original is: leave storage out, or say full: true");
    if (given.template === true && (given.state === "started" || given.state === "restarted"))
      wrong("state", "a template cannot be started: say stopped or present");
    if (given.balloon !== undefined && given.memory !== undefined && given.balloon > given.memory)
      wrong("balloon", "it cannot be more than memory");
    const slots = given.disks?.map(({ slot }) => slot) ?? [];
    if (given.cloudinit?.storage !== undefined && slots.includes(given.cloudinit.slot))
      wrong("cloudinit", `its drive and a disk are both at ${given.cloudinit.slot}`);
  });
export type Params = z.output<typeof params>;
export type State = "present" | "started" | "stopped" | "absent" | "restarted";

/** The state that is wanted, said or not. */
export function stateOf({ state, template }: Params): State {
  return state ?? (template === true ? "stopped" : "started");
}
