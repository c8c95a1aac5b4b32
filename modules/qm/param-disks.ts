import { z } from "zod";
import { diskSize, storageId, subOption } from "../../engine/module/index.ts";

const SLOT = /^(?:ide[0-3]|sata[0-5]|scsi(?:[12]?\d|30)|virtio(?:\d|1[0-5]))$/;

const diskParam = z
  .strictObject({
    slot: z
      .string({ error: "expected a slot, such as scsi0" })
      .regex(SLOT, { error: "expected a slot: scsi0–scsi30, virtio0–virtio15, sata0–sata5 or ide0–ide3" })
      .describe("Where it is attached; a disk is found again by it."),
    storage: storageId.optional().describe("Where it is made. A disk that is there is never moved."),
    size: diskSize.optional().describe("`32G`, or a number of GiB. Grows only. Unsaid: that of the image."),
    import_from: subOption("an image")
      .refine(
        (text) => (text.startsWith("/") ? !text.split("/").includes("..") : /^[a-z][\w.-]*:import\/[^/]+$/i.test(text)),
        {
          error: "expected the absolute path of an image, or STORAGE:import/FILE",
        },
      )
      .optional()
      .describe("The image that is copied to it when it is made, once: an absolute path, or `STORAGE:import/FILE`."),
    cache: z.enum(["none", "writethrough", "writeback", "unsafe", "directsync"]).optional(),
    discard: z.boolean().optional().describe("Hand on what the guest frees."),
    ssd: z.boolean().optional().describe("Shown to the guest as a disk that does not rotate."),
    iothread: z.boolean().optional(),
    backup: z.boolean().optional().describe("Part of backups. Proxmox VE: true."),
    replicate: z.boolean().optional().describe("Part of a replication of the machine. Proxmox VE: true."),
  })
  .superRefine(({ slot, ssd, iothread }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (ssd !== undefined && slot.startsWith("virtio")) wrong("ssd", "disks of virtio have no such switch: use scsi");
    if (iothread !== undefined && /^(ide|sata)/.test(slot)) wrong("iothread", "only disks of scsi and virtio have one");
  });
export type WantedDisk = z.output<typeof diskParam>;

export const disksParam = z
  .array(diskParam, { error: "expected a list of disks: - { slot: scsi0, storage: local-zfs, size: 32G }" })
  .max(57)
  .superRefine((disks, context) => {
    disks.forEach(({ slot }, index) => {
      if (disks.findIndex((disk) => disk.slot === slot) < index)
        context.addIssue({ code: "custom", path: [index, "slot"], message: `two disks are at ${slot}` });
    });
  });

export const efidiskParam = z.strictObject({
  storage: storageId,
  type: z.enum(["2m", "4m"]).default("4m").describe("Only when it is made."),
  pre_enrolled_keys: z.boolean().default(false).describe("Secure boot with Microsoft's keys. Only when it is made."),
});
