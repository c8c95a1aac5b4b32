import { configId, guestId } from "../../pve/command/formats.ts";
import type { Word } from "./options.ts";

export const VMID: Word = { name: "vmid", schema: { kind: "integer", format: guestId } };
export const SNAPSHOT_NAME: Word = {
  name: "snapname",
  schema: { kind: "string", format: configId, maxLength: 40 },
};
