import { nodeAt, seconds } from "../../files/file-tree.ts";
import { nodeText, sha256 } from "../../files/node.ts";
import type { Session } from "../../session.ts";

/** The text of the key file that is named; null: none is. */
export function readKey(
  session: Session,
  id: string,
  path: string | undefined,
): string | null | { readonly why: string; readonly code: number } {
  if (path === undefined) return null;
  if (path === "autogen") {
    const at = "/usr/share/perl5/PVE/Tools.pm line 527.";
    const key = `proxmox-backup-client key create --kdf none /etc/pve/priv/storage/${id}.enc`;
    if (nodeAt(session.host, "/usr/bin/proxmox-backup-client") === undefined)
      return {
        why: `failed to create encryption key: open3: exec of ${key} failed: No such file or directory at ${at}`,
        code: 2,
      };
    const made = new Date(seconds(session.host) * 1000).toISOString().replace(/\.\d+Z$/, "+00:00");
    const data = Buffer.from(sha256(`key ${made}`), "hex").toString("base64");
    return `{"kdf":null,"created":"${made}","modified":"${made}","data":"${data}"}`;
  }
  const file = nodeAt(session.host, path);
  return file?.type === "file" ? nodeText(file) : { why: `can't open '${path}' - No such file or directory`, code: 2 };
}
/** As storage.cfg names it: that of the key, if it states one. */
export function fingerprintOf(key: string): string {
  return /"fingerprint"\s*:\s*"([^"]+)"/.exec(key)?.[1] ?? "1";
}
/** The file that holds it: for a share in the form that mount reads. */
export function passwordText(type: string, password: string): string {
  return type === "cifs" ? `password=${password}\n` : `${password}\n`;
}
export function noUser(id: string): string {
  return `storage ${id}: ignoring password parameter, no user set\n`;
}
