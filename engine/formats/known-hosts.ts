import { createHash, createHmac } from "node:crypto";
import { joinLines, splitLines, usualEnd } from "./text-lines.ts";

/** A key that a host is known by. */
export interface HostKey {
  readonly type: string;
  readonly blob: string;
}
interface KnownLine extends HostKey {
  readonly hosts: string;
}

/** How a host stands in known_hosts: with its port in brackets, where it is another than 22. */
export function hostName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

/** The keys that the file knows a host by, in order. Lines with a mark (@revoked), and patterns, are others' business. */
export function knownKeys(text: string, name: string): readonly HostKey[] {
  return splitLines(text).flatMap((line) => {
    const known = parseLine(line.text);
    return known !== null && namesHost(known.hosts, name) ? [{ type: known.type, blob: known.blob }] : [];
  });
}

/** The text in which the host has of each type the key that is wanted. */
export function withKnownKeys(text: string, name: string, wanted: readonly HostKey[], hashed: boolean): string {
  const types = new Set(wanted.map(({ type }) => type));
  const has = (key: HostKey, among: readonly HostKey[]) => among.some((each) => sameHostKey(each, key));
  const outdated = (key: HostKey) => types.has(key.type) && !has(key, wanted);
  const rest = withoutKnownKeys(text, name, outdated);
  const missing = wanted.filter((key) => !has(key, knownKeys(rest, name)));
  const lines = splitLines(rest);
  const end = usualEnd(lines);
  const whole = lines.map((line) => (line.end === "" && missing.length > 0 ? { ...line, end } : line));
  const added = missing.map((key) => ({
    text: `${hashed ? hashOf(name, saltFor(name, key)) : name} ${key.type} ${key.blob}`,
    end,
  }));
  return joinLines([...whole, ...added]);
}

/** Takes the host from every line with such a key; the other hosts of the line keep it. */
export function withoutKnownKeys(text: string, name: string, which: (key: HostKey) => boolean): string {
  return joinLines(
    splitLines(text).flatMap((line) => {
      const known = parseLine(line.text);
      if (known === null || !namesHost(known.hosts, name) || !which(known)) return [line];
      const others = known.hosts.split(",").filter((each) => !isHost(each, name));
      if (others.length === 0) return [];
      return [{ ...line, text: line.text.replace(known.hosts, () => others.join(",")) }];
    }),
  );
}

export function sameHostKey(one: HostKey, other: HostKey): boolean {
  return one.type === other.type && one.blob === other.blob;
}

function parseLine(line: string): KnownLine | null {
  const [hosts, type, blob] = line.trim().split(/[ \t]+/);
  if (hosts === undefined || type === undefined || blob === undefined) return null;
  return /^[#@]/.test(hosts) ? null : { hosts, type, blob };
}
function namesHost(hosts: string, name: string): boolean {
  return hosts.split(",").some((each) => isHost(each, name));
}
function isHost(pattern: string, name: string): boolean {
  const [, salt] = /^\|1\|([A-Za-z0-9+/=]+)\|[A-Za-z0-9+/=]+$/.exec(pattern) ?? [];
  return salt === undefined ? pattern.toLowerCase() === name : hashOf(name, salt) === pattern;
}
function hashOf(name: string, salt: string): string {
  return `|1|${salt}|${createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64")}`;
}
/** Made from what it is for, so that planning twice plans the same; a salt need not be secret. */
function saltFor(name: string, key: HostKey): string {
  return createHash("sha1").update(`${name} ${key.type} ${key.blob}`).digest("base64");
}
