import { createHash } from "node:crypto";

/** What `--digest` of Proxmox VE's tools is compared with: the SHA-1 of the configuration file as it stands. */
export function pveDigest(content: string | Uint8Array): string {
  return createHash("sha1")
    .update(typeof content === "string" ? Buffer.from(content, "utf8") : content)
    .digest("hex");
}
