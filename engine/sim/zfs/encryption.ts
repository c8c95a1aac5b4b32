import { FileError, resolve } from "../files/file-tree.ts";
import { nodeBytes, sha256 } from "../files/node.ts";
import type { ToolContext } from "../tool.ts";
import { own } from "../world.ts";
import { findDataset, findPool } from "./find-dataset.ts";

type KeyMaterial = { readonly kind: "key"; readonly digest: string } | { readonly error: string };

/** Reads a key as its format says, from standard input or from a file, and forgets it but for its digest. */
export function readKey(context: ToolContext, keyformat: string, keylocation: string): KeyMaterial {
  const bytes = keylocation === "prompt" ? context.stdin : fileBytes(context, keylocation);
  if ("error" in bytes) return bytes;
  if (keyformat === "raw") {
    if (bytes.length !== 32) return { error: `Raw key too ${bytes.length < 32 ? "short" : "long"} (expected 32).` };
    return { kind: "key", digest: sha256(bytes) };
  }
  // One line; what follows it is not read.
  const line = Buffer.from(bytes).toString("utf8").split("\n", 1)[0] ?? "";
  if (bytes.length === 0) return { error: "encryption failure" };
  if (keyformat === "hex") {
    if (line.length !== 64) return { error: `Hex key too ${line.length < 64 ? "short" : "long"} (expected 64).` };
    if (!/^[0-9a-f]+$/i.test(line)) return { error: "Invalid hex character detected." };
    return { kind: "key", digest: sha256(line.toLowerCase()) };
  }
  if (line.length < 8) return { error: "Passphrase too short (min 8)." };
  if (line.length > 512) return { error: "Passphrase too long (max 512)." };
  return { kind: "key", digest: sha256(line) };
}

function fileBytes({ session }: ToolContext, location: string): Uint8Array | { readonly error: string } {
  const path = location.replace(/^file:\/\//, "");
  const missing = { error: "Failed to open key material file: No such file or directory" };
  if (!location.startsWith("file://")) return { error: "Failed to download key material" };
  try {
    const { node } = resolve(session, path, true);
    return node?.type === "file" ? nodeBytes(node) : missing;
  } catch (error) {
    if (error instanceof FileError) return missing;
    throw error;
  }
}

/**
 * The key of a dataset that is being made: one of its own, its parent's, or none. What is implied (the number of
 * rounds, where the key comes from) is added to what was said.
 */
export function newKey(
  context: ToolContext,
  parent: string,
  fixed: Record<string, string>,
  properties: Record<string, string>,
): { readonly kind: "root"; readonly digest: string } | { readonly kind: "none" } | { readonly error: string } {
  const { host } = context.session;
  const above = findDataset(host, parent);
  const inherited = (above && own(above.fixed, "encryption")) ?? "off";
  const encryption = fixed.encryption ?? inherited;
  const said = fixed.keyformat !== undefined || properties.keylocation !== undefined || fixed.pbkdf2iters !== undefined;
  if (encryption === "off") {
    return said ? { error: "Encryption must be turned on to set encryption properties." } : { kind: "none" };
  }
  if (findPool(host, parent)?.properties["feature@encryption"]?.value === "disabled") {
    return { error: "Encryption feature not enabled." };
  }
  if (fixed.keyformat === undefined || fixed.keyformat === "none") {
    if (inherited !== "off" && !said) return { kind: "none" };
    return { error: "Keyformat required for new encryption root." };
  }
  properties.keylocation ??= "prompt";
  if (fixed.keyformat === "passphrase") fixed.pbkdf2iters ??= "350000";
  const key = readKey(context, fixed.keyformat, properties.keylocation);
  return "error" in key ? key : { kind: "root", digest: key.digest };
}
