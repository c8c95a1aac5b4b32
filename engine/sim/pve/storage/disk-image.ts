import { nodeBytes } from "../../files/node.ts";
import type { FileNode, Frozen, GuestSystem } from "../../world.ts";

/** What a disk image holds, as `qemu-img` and a guest that boots it find it. */
export interface DiskImage {
  readonly format: "raw" | "qcow2";
  /** Bytes of the disk that it stands for. */
  readonly bytes: number;
  readonly system: GuestSystem;
}

const MAGIC = Buffer.from([0x51, 0x46, 0x49, 0xfb]);
/** Where the header of a qcow2 image keeps the size of its disk. */
const SIZE_AT = 24;

/**
 * Reads an image. A qcow2 states in its header how large its disk is; anything else is a disk itself. Whether the agent is
 * in the system is told by its name in the bytes, as it would be in the files of a real one.
 */
export function readDiskImage(node: Frozen<FileNode>): DiskImage {
  const content = Buffer.from(nodeBytes(node));
  const system: GuestSystem = { agent: content.includes("qemu-guest-agent") };
  if (content.length < SIZE_AT + 8 || !content.subarray(0, 4).equals(MAGIC))
    return { format: "raw", bytes: content.length, system };
  return { format: "qcow2", bytes: Number(content.readBigUInt64BE(SIZE_AT)), system };
}

/** A qcow2 image of a disk on which nothing is allocated, with a text at its end. */
export function qcow2Image(bytes: number, text = ""): Uint8Array {
  const header = Buffer.alloc(72);
  MAGIC.copy(header);
  header.writeUInt32BE(2, 4);
  header.writeUInt32BE(16, 20);
  header.writeBigUInt64BE(BigInt(bytes), SIZE_AT);
  return Buffer.concat([header, Buffer.from(text)]);
}
