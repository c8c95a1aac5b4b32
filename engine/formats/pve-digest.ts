import { createHash } from "node:crypto";

/** What `--digest` of `pct` and `qm` is compared with: the SHA-1 of the configuration file as it stands. */
export function pveDigest(text: string): string {
  return createHash("sha1").update(text, "utf8").digest("hex");
}
