import { rawKey } from "../../../formats/lxc-keys.ts";
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
import { containerKey } from "./keys/container-keys.ts";

/** As it appears in messages, and below /etc/pve on disk. */
export function confPath(host: FrozenHost, vmid: string): string {
  return confFilePath(host, "lxc", vmid);
}

export function confText(host: FrozenHost, vmid: string): string | undefined {
  return confFileText(host, "lxc", vmid);
}

/** Reads a container's configuration. Throws PveError if there is none on this node. */
export function loadConf(host: FrozenHost, vmid: string, warn: (text: string) => void): HeldConf {
  const text = confText(host, vmid);
  if (text === undefined) throw new PveError(`Configuration file '${confPath(host, vmid)}' does not exist`, 2);
  const conf = parseLxcConf(vmid, text);
  for (const warning of conf.warnings) warn(warning);
  return conf;
}

/** Writes the whole file anew: middle comments, blank lines and what was not understood are gone from it. */
export function writeConf(session: Session, vmid: string, conf: HeldConf): void {
  writeConfFile(session, "lxc", vmid, printLxcConf(conf));
}

/** The ids of this node's containers, in the order of their numbers. */
export function containerIds(host: FrozenHost): readonly string[] {
  return guestIds(host, "lxc");
}

export function parseLxcConf(vmid: string, text: string): HeldConf {
  const warnings: string[] = [];
  const warn = (what: string) => warnings.push(`vm ${vmid} - ${what}\n`);
  const conf = { ...emptyConf(), digest: pveDigest(text), warnings };
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
    else if (known.kind === "refused") warn(`${key}: ${key} is auto generated from rootfs`);
    else {
      if (known.kind === "renamed") warn(`${key} is deprecated and was renamed to ${known.to}`);
      part.raw.push([key, value]);
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
  const schema = containerKey(key);
  const wrong = typeObjection(schema, key, value);
  if (wrong !== null) warn(`unable to parse value of '${key}' - ${wrong}`);
  part.values.set(key, wrong === null ? heldValue(schema, value) : value);
}

function printLxcConf(conf: HeldConf): string {
  return `${printPart(conf)}${printSections(conf, { "pve:pending": conf.pending })}`;
}
