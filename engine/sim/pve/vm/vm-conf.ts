import { decodeDescription } from "../../../formats/pve-conf.ts";
import { pveDigest } from "../../../formats/pve-digest.ts";
import { nodeAt, put, seconds } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { checkValue, FormatError, parseBoolean, parseProperties } from "../command/schema.ts";
import { type ConfPart, emptyPart, type LxcConf, printPart } from "../guest/guest-conf.ts";
import { vmKey } from "./keys/vm-keys.ts";

/** A virtual machine's configuration: the parts of a container's, without raw lines, and what cloud-init last told it. */
export interface VmConf extends LxcConf {
  /** Values of the last image that have changed since, and under `added` the keys that came anew. */
  readonly cloudinit: ConfPart;
}

export function emptyVmConf(): VmConf {
  return {
    ...emptyPart(),
    pending: emptyPart(),
    cloudinit: emptyPart(),
    snapshots: new Map(),
    digest: "",
    warnings: [],
  };
}

/** As it appears in messages, and below /etc/pve on disk. */
export function vmConfPath(host: FrozenHost, vmid: string): string {
  return `nodes/${host.hostname}/qemu-server/${vmid}.conf`;
}

export function vmConfText(host: FrozenHost, vmid: string): string | undefined {
  const node = nodeAt(host, `/etc/pve/${vmConfPath(host, vmid)}`);
  return node?.type === "file" ? nodeText(node) : undefined;
}

/** Reads a virtual machine's configuration. Throws PveError if there is none on this node. */
export function loadVmConf(host: FrozenHost, vmid: string, warn: (text: string) => void): VmConf {
  const text = vmConfText(host, vmid);
  if (text === undefined) throw new PveError(`Configuration file '${vmConfPath(host, vmid)}' does not exist`, 2);
  const conf = parseVmConf(vmid, text);
  for (const warning of conf.warnings) warn(warning);
  return conf;
}

/** Writes the whole file anew: what was not understood is gone from it. */
export function writeVmConf(session: Session, vmid: string, conf: VmConf): void {
  const content = printVmConf(conf);
  if (vmConfText(session.host, vmid) === content) return;
  const path = `/etc/pve/${vmConfPath(session.host, vmid)}`;
  put(session, path, { type: "file", mode: "0640", uid: 0, gid: 33, mtime: seconds(session.host), content });
}

/** The ids of this node's virtual machines, in the order of their numbers. */
export function vmIds(host: FrozenHost): readonly string[] {
  const prefix = `/etc/pve/nodes/${host.hostname}/qemu-server/`;
  return Object.keys(host.files)
    .filter((path) => path.startsWith(prefix) && /^\d+\.conf$/.test(path.slice(prefix.length)))
    .map((path) => path.slice(prefix.length, -".conf".length))
    .sort((a, b) => Number(a) - Number(b));
}

export function parseVmConf(vmid: string, text: string): VmConf {
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`vm ${vmid} - ${what}\n`);
  const conf: VmConf = { ...emptyVmConf(), digest: pveDigest(text), warnings };
  let part: ConfPart = conf;
  let description = "";
  const close = () => {
    if (description !== "") part.description = description.replace(/\n$/, "");
    description = "";
  };
  for (const line of text.split("\n")) {
    if (/^\s*$/.test(line)) continue;
    const section = /^\[(PENDING|special:[a-z]+|[a-z][a-z0-9_-]+)\]\s*$/i.exec(line)?.[1];
    const old = /^description:\s*(.*\S)\s*$/.exec(line);
    if (section !== undefined) {
      close();
      part = sectionOf(conf, section);
    } else if (line.startsWith("#")) description += `${decodeDescription(line.slice(1))}\n`;
    else if (old) description += decodeDescription(old[1] ?? "");
    else readLine(conf, part, line, warn);
  }
  close();
  return conf;
}

function sectionOf(conf: VmConf, name: string): ConfPart {
  if (/^pending$/i.test(name)) return conf.pending;
  if (name === "special:cloudinit") return conf.cloudinit;
  const part = emptyPart();
  // Of special sections of a later version nothing is kept.
  if (!name.startsWith("special:")) conf.snapshots.set(name, part);
  return part;
}

function readLine(conf: VmConf, part: ConfPart, line: string, warn: (what: string) => void): void {
  // An empty value keeps a blank of those before it, so each rewrite shows it with one blank more, up to two.
  const entry = /^([a-z][a-z_-]*\d*):\s*(.+?)\s*$/.exec(line);
  const [, key = "", value = ""] = entry ?? [];
  if (entry === null) warn(`unable to parse config: ${line}`);
  else if (key === "delete" && part !== conf.pending) warn("property 'delete' is only allowed in [PENDING]");
  else if (key === "delete" || (key === "added" && part === conf.cloudinit)) part.values.set(key, value);
  else {
    const wrong = value.trim() === "" ? null : typeObjection(key, value);
    // What a key cannot hold is gone, here as at the next write.
    if (wrong !== null) warn(`unable to parse value of '${key}' - ${wrong}`);
    else part.values.set(key === "cdrom" ? "ide2" : key, readValue(key, value));
  }
}

/** Why a value of the file is not what its key takes; types and sub-options only, not ranges. */
function typeObjection(key: string, value: string): string | null {
  const schema = key === "cdrom" ? vmKey("ide2") : vmKey(key);
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
  if (schema.kind === "integer" || schema.kind === "number") checkValue(errors, key, { kind: schema.kind }, value);
  return errors.get(key) ?? null;
}

// Whole numbers and booleans are kept as what they mean, all else as it was written.
function readValue(key: string, value: string): string {
  const kind = vmKey(key)?.kind;
  if (value.trim() === "") return value;
  if (kind === "integer") return String(Number(value));
  return kind === "boolean" ? (parseBoolean(value) ?? value) : value;
}

export function printVmConf(conf: VmConf): string {
  const snapshots = [...conf.snapshots].sort(([a], [b]) => (a < b ? -1 : 1));
  const section = (name: string, part: ConfPart) => {
    const text = printPart(part);
    return text === "" ? "" : `\n[${name}]\n${text}`;
  };
  return [
    printPart(conf),
    section("PENDING", conf.pending),
    section("special:cloudinit", conf.cloudinit),
    ...snapshots.map(([name, part]) => `\n[${name}]\n${printPart(part)}`),
  ].join("");
}
