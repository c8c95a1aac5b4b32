import { createHash } from "node:crypto";
import { contentBytes } from "./content.ts";
import type { Content } from "./ir.ts";

/** SHA-256 of a content in lower-case hex: what `expect` carries and `sha256sum` prints. */
export function digest(content: Content): string {
  return createHash("sha256").update(contentBytes(content)).digest("hex");
}
