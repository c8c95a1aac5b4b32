import { storageId } from "../../pve/command/formats.ts";
import { collectOutput, type Output, ParameterError, PveError } from "../../pve/command/pve-error.ts";
import { assertStorages, checkValueOnHost } from "../../pve/container/change-conf.ts";
import { loadConf, writeConf } from "../../pve/container/container-conf.ts";
import { CONTAINER_KEYS } from "../../pve/container/keys/container-keys.ts";
import { writeLxcConfig } from "../../pve/container/lxc-config.ts";
import {
  isMountKey,
  isNewVolume,
  kindOfMount,
  makeVolume,
  parseMount,
  printMount,
} from "../../pve/container/mount-points.ts";
import { startContainer } from "../../pve/container/start-container.ts";
import { takeConfigLock } from "../../pve/guest/config-lock.ts";
import { emptyConf } from "../../pve/guest/guest-conf.ts";
import { normaliseNetwork } from "../../pve/guest/network-interface.ts";
import { freeVolume, parseVolumeId, storageOf } from "../../pve/storage/volumes.ts";
import type { Session } from "../../session.ts";
import type { PctCall } from "./call.ts";
import { assertPool, assertTemplate, assertVmidFree, readKeys } from "./create-checks.ts";
import { mountAndUnpack } from "./create-inside.ts";
import { type Subcommand, usageOf } from "./options.ts";
import { VMID } from "./words.ts";

/** Gibibytes of a root file system that nothing is said about. */
const DEFAULT_ROOTFS_GIB = 4;

export const create: Subcommand = {
  words: [VMID, { name: "ostemplate", schema: { kind: "string", maxLength: 255 } }],
  options: {
    ...CONTAINER_KEYS,
    bwlimit: { kind: "number", min: 0 },
    force: { kind: "boolean" },
    "ignore-unpack-errors": { kind: "boolean" },
    password: { kind: "string", minLength: 5, asked: true },
    pool: { kind: "string" },
    restore: { kind: "boolean" },
    "ssh-public-keys": { kind: "string" },
    start: { kind: "boolean" },
    storage: { kind: "string", format: storageId },
    unique: { kind: "boolean" },
  },
  run({ session, cwd }, call) {
    return collectOutput(usageOf("create", create), (output) => {
      const sshKeys = readKeys(session, cwd, call.options.get("ssh-public-keys"));
      const values = checkedValues(session, call, output);
      output.beginTask();
      takeConfigLock(session, call.vmid, output.warn);
      make(session, call, values, sshKeys, output);
    });
  },
};

/** What is refused before the work begins. */
function checkedValues(session: Session, { vmid, words, options }: PctCall, output: Output): Map<string, string> {
  assertVmidFree(session.host, vmid);
  assertTemplate(session.host, words.get("ostemplate") ?? "");
  assertPool(session.host, options.get("pool"));
  const values = new Map<string, string>();
  for (const [key, value] of [...options].filter(([key]) => Object.hasOwn(CONTAINER_KEYS, key)).sort()) {
    if (/^unused\d+$/.test(key)) output.warn(`ignoring '${key}', cannot create/restore with unused volume`);
    else values.set(key, checkValueOnHost(session, key, value, output));
  }
  const mounts = [...values.keys()].some((key) => /^mp\d+$/.test(key));
  if (mounts && !values.has("rootfs")) throw new PveError("mount points configured, but 'rootfs' not set - aborting");
  assertContainerStorages(session, values, options.get("storage") ?? "local");
  return values;
}

/** A root file system that is a bare number, or is not named at all, goes to the storage of `--storage`. */
function assertContainerStorages(session: Session, values: Map<string, string>, storage: string): void {
  const rootfs = parseMount("rootfs", values.get("rootfs") ?? String(DEFAULT_ROOTFS_GIB));
  const volume = rootfs.get("volume") ?? "";
  if (/^\d+(\.\d+)?$/.test(volume)) rootfs.set("volume", `${storage}:${volume}`);
  values.set("rootfs", printMount("rootfs", rootfs));
  for (const [key, value] of values) {
    if (!isMountKey(key)) continue;
    const named = parseMount(key, value).get("volume") ?? "";
    if (kindOfMount(named) !== "volume") continue;
    // The code of the last look at a terminal leaks out.
    if (!named.includes(":")) throw new PveError(`unable to parse volume ID '${named}'`, 25);
    const { storage: id } = parseVolumeId(named);
    if (!storageOf(session.host, id).content.has("rootdir"))
      throw new ParameterError(new Map([["storage", `storage '${id}' does not support container directories`]]));
  }
  assertStorages(session, values);
}

function make(
  session: Session,
  { vmid, words, options }: PctCall,
  values: ReadonlyMap<string, string>,
  sshKeys: string | undefined,
  output: Output,
): void {
  const template = words.get("ostemplate") ?? "";
  const conf = emptyConf();
  for (const [key, value] of [...defaults(vmid), ...values]) conf.values.set(key, value);
  const description = values.get("description");
  conf.values.delete("description");
  if (description !== undefined && description !== "") conf.description = description;
  const made: string[] = [];
  try {
    for (const key of ["rootfs", ...[...values.keys()].filter((each) => /^mp\d+$/.test(each))]) {
      const mount = parseMount(key, values.get(key) ?? "");
      if (isNewVolume(mount.get("volume") ?? "")) made.push(makeVolume(session, vmid, mount, output));
      conf.values.set(key, printMount(key, mount));
    }
    const password = options.get("password");
    const start = { template, conf, ...(sshKeys === undefined ? {} : { sshKeys }) };
    mountAndUnpack(session, vmid, { ...start, ...(password === undefined ? {} : { password }) }, output);
  } catch (error) {
    for (const volid of made) freeVolume(session, volid);
    if (error instanceof PveError) throw new PveError(`unable to create CT ${vmid} - ${error.message}`);
    throw error;
  }
  for (const [key, value] of conf.values) {
    if (/^net\d+$/.test(key)) conf.values.set(key, normaliseNetwork(session, `${vmid} ${key}`, value));
  }
  if (conf.values.get("unprivileged") === "0") conf.values.delete("unprivileged");
  writeConf(session, vmid, conf);
  writeLxcConfig(session, vmid, conf);
  if (options.get("start") === "1") {
    startContainer(session, vmid, loadConf(session.host, vmid, output.warn), output, false);
  }
}

/** What is written down although nobody asked for it. */
function defaults(vmid: string): readonly (readonly [string, string])[] {
  return [
    ["hostname", `CT${vmid}`],
    ["memory", "512"],
    ["swap", "512"],
  ];
}
