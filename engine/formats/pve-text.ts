/**
 * The text of a file below /etc/pve. Most of Proxmox VE's tools write what is beyond ASCII as UTF-8, some as one byte a
 * character (Latin-1): such a file is no UTF-8, and is read as what it is.
 */
export function pveText(bytes: Uint8Array | null): string | null {
  if (bytes === null) return null;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("latin1").decode(bytes);
  }
}
