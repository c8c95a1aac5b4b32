import { diskSize } from "../../command/formats.ts";
import type { PropertySchema, Schema } from "../../command/schema.ts";
import { driveFile } from "./vm-formats.ts";

const boolean: Schema = { kind: "boolean" };
const count: Schema = { kind: "integer", min: 0 };
const amount: Schema = { kind: "number", min: 0 };

const FILE: Readonly<Record<string, Schema>> = {
  file: { kind: "string", format: driveFile, required: true },
  size: { kind: "string", format: diskSize },
  format: { kind: "string", values: ["cloop", "cow", "qcow", "qcow2", "qed", "raw", "vmdk"] },
  /** Says what a new volume is filled with; it is never kept. */
  "import-from": { kind: "string" },
};
const LIMITS = Object.fromEntries(
  ["", "_rd", "_wr", "_max", "_rd_max", "_wr_max"].flatMap((kind) => [
    [`iops${kind}`, count],
    [`mbps${kind}`, amount],
    [`bps${kind}`, count],
  ]),
);
const COMMON: Readonly<Record<string, Schema>> = {
  ...FILE,
  ...LIMITS,
  aio: { kind: "string", values: ["native", "threads", "io_uring"] },
  backup: boolean,
  cache: { kind: "string", values: ["none", "writethrough", "writeback", "unsafe", "directsync"] },
  detect_zeroes: boolean,
  discard: { kind: "string", values: ["ignore", "on"] },
  media: { kind: "string", values: ["cdrom", "disk"] },
  replicate: boolean,
  rerror: { kind: "string", values: ["ignore", "report", "stop"] },
  serial: { kind: "string", maxLength: 60 },
  shared: boolean,
  snapshot: boolean,
  werror: { kind: "string", values: ["enospc", "ignore", "report", "stop"] },
};

const drive = (more: Readonly<Record<string, Schema>>, base = COMMON): PropertySchema => ({
  kind: "properties",
  bare: "file",
  aliases: { volume: "file" },
  options: { ...base, ...more },
});

/** Kinds of drives, how many there may be of each (0: one without a number), in Proxmox VE's own order. */
export const DRIVES: readonly (readonly [kind: string, count: number, schema: PropertySchema])[] = [
  ["ide", 4, drive({ model: { kind: "string" }, ssd: boolean, wwn: { kind: "string" } })],
  [
    "scsi",
    31,
    drive({
      iothread: boolean,
      product: { kind: "string" },
      queues: count,
      ro: boolean,
      scsiblock: boolean,
      ssd: boolean,
      vendor: { kind: "string" },
      wwn: { kind: "string" },
    }),
  ],
  ["virtio", 16, drive({ iothread: boolean, ro: boolean })],
  ["sata", 6, drive({ ssd: boolean, wwn: { kind: "string" } })],
  [
    "efidisk",
    0,
    drive(
      {
        efitype: { kind: "string", values: ["2m", "4m"] },
        "pre-enrolled-keys": boolean,
        "ms-cert": { kind: "string" },
      },
      FILE,
    ),
  ],
  ["tpmstate", 0, drive({ version: { kind: "string", values: ["v1.2", "v2.0"] } }, FILE)],
];

/** Every drive there can be, in the order in which Proxmox VE goes through them. */
export const DRIVE_NAMES: readonly string[] = DRIVES.flatMap(([kind, count]) =>
  count === 0 ? [`${kind}0`] : Array.from({ length: count }, (_, index) => `${kind}${index}`),
);

export function driveSchema(key: string): PropertySchema | undefined {
  if (!DRIVE_NAMES.includes(key)) return undefined;
  return DRIVES.find(([kind]) => kind === key.replace(/\d+$/, ""))?.[2];
}
export function isDrive(key: string): boolean {
  return DRIVE_NAMES.includes(key);
}
