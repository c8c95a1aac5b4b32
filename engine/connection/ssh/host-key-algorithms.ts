import type { ServerHostKeyAlgorithm } from "ssh2";
import type { KnownHost } from "./known-hosts.ts";
import { matchesHost } from "./known-hosts.ts";

// Strongest first; SHA-1 signatures of old appliances last.
const all: readonly ServerHostKeyAlgorithm[] = [
  "ssh-ed25519",
  "ecdsa-sha2-nistp256",
  "ecdsa-sha2-nistp384",
  "ecdsa-sha2-nistp521",
  "rsa-sha2-512",
  "rsa-sha2-256",
  "ssh-rsa",
];

/**
 * The order in which host keys are asked for: types that known_hosts has for this host come first. Otherwise a host that
 * is known by its RSA key would show its ed25519 key, and look like one that changed.
 */
export function hostKeyAlgorithms(entries: readonly KnownHost[], name: string): ServerHostKeyAlgorithm[] {
  const types = new Set(
    entries.filter((entry) => entry.marker === null && matchesHost(entry, name)).map(({ keyType }) => keyType),
  );
  const known = (algorithm: string) => types.has(algorithm.startsWith("rsa-sha2") ? "ssh-rsa" : algorithm);
  return [...all.filter(known), ...all.filter((algorithm) => !known(algorithm))];
}
