import { configId, guestId, storageId } from "../../pve/command/formats.ts";
import type { Word } from "../../pve/command/guest-command.ts";
import type { Schema } from "../../pve/command/schema.ts";
import { DRIVE_NAMES } from "../../pve/vm/keys/drive-keys.ts";

export const VMID: Word = { name: "vmid", schema: { kind: "integer", format: guestId } };
export const SNAPSHOT_NAME: Word = { name: "snapname", schema: { kind: "string", format: configId, maxLength: 40 } };
export const STORAGE: Schema = { kind: "string", format: storageId };
export const UNUSED_NAMES: readonly string[] = Array.from({ length: 256 }, (_, index) => `unused${index}`);
export const DISK: Word = { name: "disk", schema: { kind: "string", values: DRIVE_NAMES } };
export const FORMAT: Schema = { kind: "string", values: ["raw", "qcow2", "vmdk"] };
export const LIMIT: Schema = { kind: "number", min: 0 };
