import { createHmac } from "node:crypto";
import { wildcard } from "./wildcard.ts";

/** One line of a known_hosts file (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). */
export interface KnownHost {
  readonly marker: "revoked" | "cert-authority" | null;
  readonly hosts: string;
  readonly keyType: string;
  /** Base64, as it stands in the file. */
  readonly key: string;
  readonly file: string;
  readonly line: number;
}

/** Lines that OpenSSH would skip (comments, SSH 1 keys, torn lines) are skipped here too. */
export function parseKnownHosts(text: string, file: string): readonly KnownHost[] {
  const entries: KnownHost[] = [];
  for (const [index, raw] of text.split("\n").entries()) {
    const words = raw.trim().split(/[ \t]+/);
    const first = words[0] ?? "";
    if (first === "" || first.startsWith("#")) continue;
    const marked = first.startsWith("@");
    const marker = first === "@revoked" ? "revoked" : first === "@cert-authority" ? "cert-authority" : null;
    if (marked && marker === null) continue;
    const [hosts, keyType, key] = marked ? words.slice(1) : words;
    if (hosts === undefined || keyType === undefined || key === undefined || !/^[A-Za-z]/.test(keyType)) continue;
    entries.push({ marker, hosts, keyType, key, file, line: index + 1 });
  }
  return entries;
}

/** The name under which a host is looked up: port 22 goes unsaid. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

export function matchesHost(entry: KnownHost, name: string): boolean {
  if (entry.hosts.startsWith("|1|")) {
    const [salt, hash] = entry.hosts.slice(3).split("|");
    if (salt === undefined || hash === undefined) return false;
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
  }
  let found = false;
  for (const pattern of entry.hosts.split(",")) {
    // Most are plain names: a thousand hosts that each go through a thousand lines shall not make a million expressions.
    if (!/[*?!]/.test(pattern)) {
      if (pattern.toLowerCase() === name) found = true;
      continue;
    }
    const negated = pattern.startsWith("!");
    if (!wildcard((negated ? pattern.slice(1) : pattern).toLowerCase(), name)) continue;
    // One negated match rules the line out, wherever it stands in the list.
    if (negated) return false;
    found = true;
  }
  return found;
}

export type HostKeyVerdict =
  | { readonly kind: "known" }
  | { readonly kind: "unknown" }
  | { readonly kind: "changed"; readonly entry: KnownHost }
  | { readonly kind: "revoked"; readonly entry: KnownHost }
  | { readonly kind: "authority"; readonly entry: KnownHost };

/**
 * What the entries say about a key. A host that is known by another key only has *changed*, also if the other is of
 * another type: we ask for the known types first, so an honest server that still has one would have shown it.
 */
export function judgeHostKey(entries: readonly KnownHost[], name: string, key: Uint8Array): HostKeyVerdict {
  const shown = Buffer.from(key).toString("base64");
  const ours = entries.filter((entry) => matchesHost(entry, name));
  // Before all else: a revoked key stays revoked even where another line trusts it.
  const revoked = ours.find((entry) => entry.marker === "revoked" && entry.key === shown);
  if (revoked !== undefined) return { kind: "revoked", entry: revoked };
  const plain = ours.filter((entry) => entry.marker === null);
  if (plain.some((entry) => entry.key === shown)) return { kind: "known" };
  const type = keyTypeOf(key);
  const other = plain.find((entry) => entry.keyType === type) ?? plain[0];
  if (other !== undefined) return { kind: "changed", entry: other };
  const authority = ours.find((entry) => entry.marker === "cert-authority");
  return authority === undefined ? { kind: "unknown" } : { kind: "authority", entry: authority };
}

/** The type that a key blob names itself, such as `ssh-ed25519`. */
export function keyTypeOf(key: Uint8Array): string {
  const blob = Buffer.from(key);
  return blob.length < 4 ? "unknown" : blob.toString("latin1", 4, 4 + blob.readUInt32BE(0));
}
