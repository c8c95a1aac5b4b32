import { createHash } from "node:crypto";
import { decodeDescription, encodeDescription } from "../../../formats/pve-conf.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { checkValue, FormatError, parseBoolean, parseProperties, type Schema } from "../command/schema.ts";
import { containerKey } from "../container/keys/container-keys.ts";
import { rawKey } from "../container/keys/raw-keys.ts";

/** A part of a container's configuration, to be worked on: what is in force, what is pending, or a snapshot. */
export interface ConfPart {
  /** Decoded; absent if there is none. */
  description?: string;
  readonly values: Map<string, string>;
  /** `lxc.…` lines in their order. */
  raw: (readonly [key: string, value: string])[];
}
/** A container's configuration as the tools hold it between reading and writing. */
export interface LxcConf extends ConfPart {
  /** Its `delete` entry is a list of keys. */
  readonly pending: ConfPart;
  readonly snapshots: Map<string, ConfPart>;
  /** SHA-1 of the file. */
  readonly digest: string;
  /** What every command that reads the file says on stderr. */
  readonly warnings: readonly string[];
}

export function emptyPart(): ConfPart {
  return { values: new Map(), raw: [] };
}
export function emptyConf(): LxcConf {
  return { ...emptyPart(), pending: emptyPart(), snapshots: new Map(), digest: "", warnings: [] };
}

/** As it appears in messages, and below /etc/pve on disk. */
export function confPath(host: FrozenHost, vmid: string): string {
  return `nodes/${host.hostname}/lxc/${vmid}.conf`;
}

export function confText(host: FrozenHost, vmid: string): string | undefined {
  const node = nodeAt(host, `/etc/pve/${confPath(host, vmid)}`);
  return node?.type === "file" ? nodeText(node) : undefined;
}

/** Reads a container's configuration. Throws PveError if there is none on this node. */
export function loadConf(host: FrozenHost, vmid: string, warn: (text: string) => void): LxcConf {
  const text = confText(host, vmid);
  if (text === undefined) throw new PveError(`Configuration file '${confPath(host, vmid)}' does not exist`, 2);
  const conf = parseLxcConf(vmid, text);
  for (const warning of conf.warnings) warn(warning);
  return conf;
}

/** Writes the whole file anew: middle comments, blank lines and what was not understood are gone from it. */
export function writeConf(session: Session, vmid: string, conf: LxcConf): void {
  const path = `/etc/pve/${confPath(session.host, vmid)}`;
  const content = printLxcConf(conf);
  if (confText(session.host, vmid) === content) return;
  put(session, path, { type: "file", mode: "0640", uid: 0, gid: 33, mtime: seconds(session.host), content });
}

/** The ids of this node's containers, in the order of their numbers. */
export function containerIds(host: FrozenHost): readonly string[] {
  const prefix = `/etc/pve/nodes/${host.hostname}/lxc/`;
  return Object.keys(host.files)
    .filter((path) => path.startsWith(prefix) && /^\d+\.conf$/.test(path.slice(prefix.length)))
    .map((path) => path.slice(prefix.length, -".conf".length))
    .sort((a, b) => Number(a) - Number(b));
}

export function parseLxcConf(vmid: string, text: string): LxcConf {
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`vm ${vmid} - ${what}\n`);
  const conf = { ...emptyConf(), digest: sha1(text), warnings };
  let part: ConfPart = conf;
  let section = "";
  let description = "";
  const close = () => {
    if (description !== "") part.description = description;
    description = "";
  };
  for (const line of text.split("\n")) {
    if (/^\s*$/.test(line)) continue;
    const head = /^\[(pve:pending|[a-z][a-z0-9_-]+)\]\s*$/i.exec(line)?.[1];
    if (head !== undefined) {
      close();
      section = head.toLowerCase() === "pve:pending" ? "pending" : head;
      part = section === "pending" && head !== "pending" ? conf.pending : emptyPart();
      if (part !== conf.pending) conf.snapshots.set(head, part);
      else section = "pve:pending";
      continue;
    }
    if (line.startsWith("#")) {
      description += `${decodeDescription(line.slice(1))}\n`;
      continue;
    }
    const old = /^description:\s*(.*\S)\s*$/.exec(line);
    if (old) description += decodeDescription(old[1] ?? "");
    else readLine(part, line, section, warn);
  }
  close();
  return conf;
}

function readLine(part: ConfPart, line: string, section: string, warn: (what: string) => void): void {
  const raw = /^(lxc\.[a-z0-9_\-.]+)(?::|\s*=)\s*(.*?)\s*$/.exec(line);
  if (raw) {
    const [, key = "", value = ""] = raw;
    const known = rawKey(key);
    if (known.kind === "unknown") warn(`unable to parse config: ${line}`);
    else {
      if (known.warning !== undefined) warn(known.warning);
      if (known.kind === "kept") part.raw.push([key, value]);
    }
    return;
  }
  const removal = /^delete:\s*(.*\S)\s*$/.exec(line);
  if (removal) {
    if (section === "pve:pending") part.values.set("delete", removal[1] ?? "");
    else warn("property 'delete' is only allowed in [pve:pending]");
    return;
  }
  // An empty value keeps a blank of those before it, so each rewrite shows it with one blank more, up to two.
  const entry = /^([a-z][a-z_]*\d*):\s*(.+?)\s*$/.exec(line);
  if (!entry) {
    warn(`unable to parse config: ${line}`);
    return;
  }
  const [, key = "", value = ""] = entry;
  const wrong = typeObjection(key, value);
  if (wrong !== null) warn(`unable to parse value of '${key}' - ${wrong}`);
  part.values.set(key, wrong === null ? readValue(containerKey(key), value) : value);
}

/** Why a value of the file is not what its key takes; types and sub-options only, not ranges. */
function typeObjection(key: string, value: string): string | null {
  const schema = containerKey(key);
  if (schema === undefined) return `unknown setting '${key}'`;
  if (schema.kind === "properties") {
    try {
      parseProperties(schema, value);
      return null;
    } catch (error) {
      if (error instanceof FormatError) return error.message.trimEnd();
      throw error;
    }
  }
  if (schema.kind === "boolean")
    return parseBoolean(value) === null ? `type check ('boolean') failed - got '${value}'` : null;
  const errors = new Map<string, string>();
  if (schema.kind === "integer") checkValue(errors, key, { kind: "integer" }, value);
  if (schema.kind === "number") checkValue(errors, key, { kind: "number" }, value);
  return errors.get(key) ?? null;
}

// Whole numbers and booleans are kept as what they mean, all else as it was written.
function readValue(schema: Schema | undefined, value: string): string {
  if (schema?.kind === "integer") return String(Number(value));
  if (schema?.kind === "boolean") return parseBoolean(value) ?? value;
  return value;
}

export function printLxcConf(conf: LxcConf): string {
  const pending = printPart(conf.pending);
  const snapshots = [...conf.snapshots].sort(([a], [b]) => (a < b ? -1 : 1));
  return [
    printPart(conf),
    ...(pending === "" ? [] : [`\n[pve:pending]\n${pending}`]),
    ...snapshots.map(([name, part]) => `\n[${name}]\n${printPart(part)}`),
  ].join("");
}

export function printPart(part: ConfPart): string {
  const described = (part.description ?? "").replace(/\n+$/, "");
  const comments = part.description === undefined || part.description === "" ? [] : described.split("\n");
  return [
    ...comments.map((line) => `#${encodeDescription(line)}\n`),
    ...[...part.values].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, value]) => `${key}: ${value}\n`),
    ...part.raw.map(([key, value]) => `${key}: ${value}\n`),
  ].join("");
}

function sha1(text: string): string {
  return createHash("sha1").update(text).digest("hex");
}
