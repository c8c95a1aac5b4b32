import { Buffer } from "node:buffer";
import { Secret } from "../value/secret.ts";
import type { Content } from "./ir.ts";

/** The bytes of a content as they travel. */
export function contentBytes(content: Content): Uint8Array {
  if (content instanceof Secret) return Buffer.from(content.reveal(), "utf8");
  return typeof content === "string" ? Buffer.from(content, "utf8") : content;
}
