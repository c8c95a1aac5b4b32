import { createHash, createHmac, randomBytes } from "node:crypto";
import { mkdir, open, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import type { Target } from "../connection.ts";
import { Unreachable } from "../connection.ts";
import type { KnownHost } from "./known-hosts.ts";
import { judgeHostKey, keyTypeOf, knownHostName, matchesHost, parseKnownHosts } from "./known-hosts.ts";
import type { SshSettings } from "./ssh-settings.ts";

/**
 * The entries for this host of the files that apply; a file that is not there or may not be read knows nobody. Picked once:
 * each hashed line costs a digest.
 */
export async function loadKnownHosts(settings: SshSettings): Promise<readonly KnownHost[]> {
  const files = [...settings.userKnownHosts, ...settings.globalKnownHosts];
  const texts = await Promise.all(files.map((file) => readFile(file, "utf8").catch(() => "")));
  const names = new Set([hostKeyName(settings), settings.hostName.toLowerCase()]);
  return texts.flatMap((text, index) =>
    entriesOf(text, files[index] ?? "").filter((entry) => [...names].some((name) => matchesHost(entry, name))),
  );
}

/** The last text of each file, and its entries: it is read for each host, and changes only where a host is recorded. */
const known = new Map<string, { readonly text: string; readonly entries: readonly KnownHost[] }>();

function entriesOf(text: string, file: string): readonly KnownHost[] {
  const last = known.get(file);
  if (last?.text === text) return last.entries;
  const entries = parseKnownHosts(text, file);
  known.set(file, { text, entries });
  return entries;
}

/** The name under which this host's keys are kept. An alias stands as it is, without a port. */
export function hostKeyName(settings: SshSettings): string {
  return settings.hostKeyAlias?.toLowerCase() ?? knownHostName(settings.hostName, settings.port);
}

/** Returns if the key may be trusted (after recording it, where that is wanted), else throws Unreachable. */
export async function checkHostKey(
  target: Target,
  settings: SshSettings,
  entries: readonly KnownHost[],
  key: Uint8Array,
): Promise<void> {
  const name = hostKeyName(settings);
  let verdict = judgeHostKey(entries, name, key);
  // As OpenSSH does: a key kept without its port serves too, if it is the same key; if it differs, that means nothing.
  if (verdict.kind === "unknown" && settings.hostKeyAlias === null && settings.port !== 22) {
    const portless = judgeHostKey(entries, settings.hostName.toLowerCase(), key);
    if (portless.kind === "known" || portless.kind === "revoked") verdict = portless;
  }
  const shown = `${keyTypeOf(key)} ${fingerprint(key)}`;
  switch (verdict.kind) {
    case "known":
      return;
    case "revoked":
      throw new Unreachable(
        `${target.name}: the host key of ${name} is revoked at ${verdict.entry.file}:${verdict.entry.line} (${shown})`,
        "whoever holds this key is not to be trusted; the host needs a new one.",
      );
    case "changed":
      throw new Unreachable(
        `${target.name}: THE HOST KEY OF ${name} HAS CHANGED: it shows ${shown}, but ${verdict.entry.file}:${verdict.entry.line} knows another (${fingerprintOf(verdict.entry)})`,
        `somebody may be listening in, or the host was installed anew. If you know that it was: ssh-keygen -R '${name}' -f ${verdict.entry.file}`,
      );
    case "authority":
      throw new Unreachable(
        `${target.name}: ${name} is known only through the certificate authority at ${verdict.entry.file}:${verdict.entry.line}, and host certificates are not supported`,
        `check the fingerprint ${shown} and add the key itself to ${settings.userKnownHosts[0] ?? "known_hosts"}.`,
      );
    case "unknown":
      if (!settings.acceptNew) throw unknownKey(target, settings, name, shown);
      await recordHostKey(settings, name, key);
  }
}

function unknownKey(target: Target, settings: SshSettings, name: string, shown: string): Unreachable {
  const port = settings.port === 22 ? "" : `-p ${settings.port} `;
  return new Unreachable(
    `${target.name}: the host key of ${name} is not known: ${shown}`,
    `compare it with \`ssh-keygen -lf /etc/ssh/ssh_host_…_key.pub\` on the host; then run once with --accept-new-host-keys, or: ssh-keyscan ${port}${settings.hostName} >> ${settings.userKnownHosts[0] ?? "~/.ssh/known_hosts"}`,
  );
}

/** As OpenSSH prints it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Uint8Array): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

function fingerprintOf(entry: KnownHost): string {
  return `${entry.keyType} ${fingerprint(Buffer.from(entry.key, "base64"))}`;
}

async function recordHostKey(settings: SshSettings, name: string, key: Uint8Array): Promise<void> {
  const file = settings.userKnownHosts[0];
  // `UserKnownHostsFile none`: the user wants nothing kept, and accepts that each run trusts anew.
  if (file === undefined) return;
  const line = `${settings.hashKnownHosts ? hashed(name) : name} ${keyTypeOf(key)} ${Buffer.from(key).toString("base64")}\n`;
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, "a+", 0o600);
  try {
    const { size } = await handle.stat();
    const last = Buffer.alloc(1);
    if (size > 0) await handle.read(last, 0, 1, size - 1);
    // A last line without its newline would swallow ours. One write in append mode: hosts are recorded side by side.
    await handle.appendFile(size > 0 && last[0] !== 0x0a ? `\n${line}` : line);
  } finally {
    await handle.close();
  }
}

function hashed(name: string): string {
  const salt = randomBytes(20);
  return `|1|${salt.toString("base64")}|${createHmac("sha1", salt).update(name).digest("base64")}`;
}
