import { decodeDescription } from "../../../formats/pve-conf.ts";
import { pveDigest } from "../../../formats/pve-digest.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { PveError } from "../command/pve-error.ts";
import { confFilePath, confFileText, guestIds, writeConfFile } from "../guest/conf-file.ts";
import {
  type ConfPart,
  emptyConf,
  emptyPart,
  type HeldConf,
  heldValue,
  printPart,
  printSections,
  typeObjection,
} from "../guest/guest-conf.ts";
import { vmKey } from "./keys/vm-keys.ts";

/** A virtual machine's configuration: the parts of a container's, without raw lines, and what cloud-init last told it. */
export interface VmConf extends HeldConf {
  /** Values of the last image that have changed since, and under `added` the keys that came anew. */
  readonly cloudinit: ConfPart;
}

export function emptyVmConf(): VmConf {
  return { ...emptyConf(), cloudinit: emptyPart() };
}

/** As it appears in messages, and below /etc/pve on disk. */
export function vmConfPath(host: FrozenHost, vmid: string): string {
  return confFilePath(host, "qemu-server", vmid);
}

export function vmConfText(host: FrozenHost, vmid: string): string | undefined {
  return confFileText(host, "qemu-server", vmid);
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
  writeConfFile(session, "qemu-server", vmid, printVmConf(conf));
}

/** The ids of this node's virtual machines, in the order of their numbers. */
export function vmIds(host: FrozenHost): readonly string[] {
  return guestIds(host, "qemu-server");
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
    const schema = vmKey(key === "cdrom" ? "ide2" : key);
    const empty = value.trim() === "";
    const wrong = empty ? null : typeObjection(schema, key, value);
    // What a key cannot hold is gone, here as at the next write.
    if (wrong !== null) warn(`unable to parse value of '${key}' - ${wrong}`);
    else part.values.set(key === "cdrom" ? "ide2" : key, empty ? value : heldValue(schema, value));
  }
}

export function printVmConf(conf: VmConf): string {
  const own = { PENDING: conf.pending, "special:cloudinit": conf.cloudinit };
  return `${printPart(conf)}${printSections(conf, own)}`;
}
