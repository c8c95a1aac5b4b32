import { createHash } from "node:crypto";
import type { FileNode, Frozen } from "../world.ts";

/** Bytes as they are kept: text where they are UTF-8 (the state file stays readable), else base64. */
export function keepBytes(bytes: Uint8Array): Pick<FileNode, "content" | "encoding"> {
  const text = utf8Text(bytes);
  return text === undefined
    ? { content: Buffer.from(bytes).toString("base64"), encoding: "base64" }
    : { content: text };
}

export function nodeBytes(node: Frozen<FileNode>): Uint8Array {
  return Buffer.from(node.content, node.encoding ?? "utf8");
}

/** Of an image only its size is known. */
export function nodeSize(node: Frozen<FileNode>): number {
  return node.image?.bytes ?? nodeBytes(node).length;
}

export function nodeText(node: Frozen<FileNode>): string {
  return node.encoding === undefined ? node.content : Buffer.from(node.content, node.encoding).toString("utf8");
}

/** The text of these bytes; undefined if they are not UTF-8. */
export function utf8Text(bytes: Uint8Array): string | undefined {
  try {
    // ignoreBOM keeps a byte order mark: what is read must be what is written back.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

export function sha256(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}
