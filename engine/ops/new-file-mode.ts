import { Secret } from "../value/secret.ts";
import type { UploadSpec, WriteFileSpec } from "./ir.ts";

/** The mode of a file that is made without one being asked for: a secret is its owner's alone. */
export function newFileMode({ content }: Pick<WriteFileSpec | UploadSpec, "content">): "0600" | "0644" {
  return content instanceof Secret ? "0600" : "0644";
}
