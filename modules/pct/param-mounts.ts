import { z } from "zod";
import { idmapParam } from "./idmap.ts";
import { diskSize, mountOptions, plainPath, storageId, subOption, whole } from "./values.ts";

/** What rootfs and mounts share. */
const volumeOptions = {
  acl: z.boolean().optional().describe("Access control lists on or off; unsaid: what the file system does by itself."),
  mountoptions: mountOptions.optional().describe("discard, lazytime, noatime, nodev, noexec, nosuid."),
  quota: z.boolean().optional(),
  replicate: z.boolean().optional().describe("Part of a replication of the container. Proxmox VE: true."),
  ro: z.boolean().optional().describe("Read-only."),
  shared: z.boolean().optional().describe("It is there on every node, so that the container may move."),
};

export const rootfsParam = z.strictObject(
  {
    storage: storageId.optional().describe("Where it is made. Cannot be changed here."),
    size: diskSize.optional().describe("`8G`; it grows, and never shrinks."),
    ...volumeOptions,
  },
  { error: "expected a map: { storage: local-zfs, size: 8G }" },
);
export type WantedRootfs = z.output<typeof rootfsParam>;

const VOLUME_ID = /^[a-z][a-z0-9._-]*:[!-+\--~]+$/i;
const nodePath = plainPath("the source of a mount");
const mountSource = subOption("the source of a mount")
  .refine((text) => text.startsWith("/") || VOLUME_ID.test(text), {
    error: "expected an absolute path on the node, or the id of a volume (local:101/vm-101-disk-1.raw)",
  })
  .transform((text, context) => {
    if (!text.startsWith("/")) return text;
    const path = nodePath.safeParse(text);
    if (path.success) return path.data;
    for (const { message } of path.error.issues) context.addIssue({ code: "custom", message });
    return z.NEVER;
  });

export const mountParam = z
  .strictObject({
    target: plainPath("the target of a mount")
      .refine((path) => path !== "/", { error: "/ is rootfs" })
      .describe("Where it is inside; a mount is found again by it."),
    source: mountSource
      .optional()
      .describe("A folder or device of the node, or an existing volume (`local:101/vm-101-disk-1.raw`)."),
    storage: storageId.optional().describe("Makes a volume there. Unsaid: `storage` of the container."),
    size: diskSize.optional().describe("Of a volume; it grows, and never shrinks."),
    type: z.enum(["bind", "volume", "device"], { error: "expected bind, volume or device" }).optional(),
    backup: z.boolean().optional().describe("Backups include it (volumes only)."),
    idmap: idmapParam
      .optional()
      .describe(
        "Which numbers its files have on the disk: `u:INSIDE:ON_DISK:COUNT;g:…`, others as in the container's own map; or `passthrough`, the same as inside. pve-container 6.1.6 or later, and no privileged container.",
      ),
    ...volumeOptions,
  })
  .superRefine(({ source, storage, size, type }, context) => {
    const wrong = (path: string, message: string) => context.addIssue({ code: "custom", path: [path], message });
    if (source !== undefined && storage !== undefined) wrong("source", "source and storage exclude each other");
    if (source === undefined && size === undefined)
      wrong("source", "say what to mount: source (a path of the node), or storage and size (a volume)");
    if (source?.startsWith("/") && size !== undefined) wrong("size", "a folder of the node has no size here");
    const is = source?.startsWith("/dev/") ? "device" : source?.startsWith("/") ? "bind" : "volume";
    if (type !== undefined && type !== is) wrong("type", `this is a ${is}`);
  });
export type WantedMount = z.output<typeof mountParam>;

export const mountsParam = z
  .array(mountParam, { error: "expected a list of mounts: - { target: /data, source: /tank/data }" })
  .max(256, { error: "a container has at most 256 mounts" })
  .superRefine((mounts, context) => {
    mounts.forEach(({ target }, index) => {
      if (mounts.findIndex((mount) => mount.target === target) < index)
        context.addIssue({ code: "custom", path: [index, "target"], message: `two mounts are at ${target}` });
    });
  });

export const deviceParam = z.strictObject({
  path: plainPath("the path of a device")
    .refine((path) => path.startsWith("/dev/"), { error: "a device is below /dev" })
    .describe("On the node and inside; a device is found again by it."),
  mode: z
    .string({ error: 'expected an octal mode in quotes: "0660"' })
    .regex(/^0[0-7]{3}$/, { error: 'expected an octal mode of four digits in quotes: "0660"' })
    .optional(),
  uid: whole(0, 65534).optional().describe("Inside of the container."),
  gid: whole(0, 65534).optional().describe("Inside of the container."),
  deny_write: z.boolean({ error: "expected true or false" }).optional(),
  state: z
    .enum(["present", "absent"], { error: "expected present or absent" })
    .optional()
    .describe("`absent`: the device is taken out, also with `append_devices`."),
});
export type WantedDevice = z.output<typeof deviceParam>;

export const devicesParam = z
  .array(
    z.union([
      deviceParam,
      z
        .string()
        .transform((path) => ({ path }))
        .pipe(deviceParam),
    ]),
    {
      error: "expected a list of devices: - { path: /dev/dri/renderD128, gid: 104 }",
    },
  )
  .max(256)
  .superRefine((devices, context) => {
    devices.forEach(({ path }, index) => {
      if (devices.findIndex((device) => device.path === path) < index)
        context.addIssue({ code: "custom", path: [index, "path"], message: `${path} is there twice` });
    });
  });
