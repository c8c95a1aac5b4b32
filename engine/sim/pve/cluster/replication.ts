import { isCalendarEvent, parseCalendarEvent } from "../../../formats/calendar-event.ts";
import { parsePropertyString } from "../../../formats/property-string.ts";
import { confValue, parseGuestConf } from "../../../formats/pve-conf.ts";
import { namesIn, nodeAt } from "../../files/file-tree.ts";
import { nodeText } from "../../files/node.ts";
import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { distinctWords } from "../command/formats.ts";
import { PveError } from "../command/pve-error.ts";
import type { Schema } from "../command/schema.ts";

import { findStorage } from "../storage/storages.ts";
import { assertSchedule } from "./assert-schedule.ts";
import { membershipOf } from "./members.ts";
import {
  assertDigest,
  NODE_NAME,
  readSections,
  type Section,
  type SectionFile,
  writeSections,
} from "./section-file.ts";

const text: Schema = { kind: "string" };
const checkJobId = (id: string): string | null => {
  const guest = /^(\d+)-(\d{1,9})$/.exec(id)?.[1];
  if (guest === undefined) return `invalid replication job id '${id}'`;
  return Number(guest) < 100 ? `invalid replication job id '${id}' (guest IDs < 100 are reserved)` : null;
};
export const JOB_ID: Schema = { kind: "string", format: checkJobId };
export const JOB_OPTIONS: Readonly<Record<string, Schema>> = {
  comment: text,
  disable: { kind: "boolean" },
  rate: { kind: "string" },
  remove_job: { kind: "string", values: ["local", "full"] },
  schedule: text,
  source: NODE_NAME,
};

/** /etc/pve/replication.cfg. */
export const REPLICATION: SectionFile = {
  path: "/etc/pve/replication.cfg",
  types: {
    local: { required: ["target"], optional: ["comment", "disable", "rate", "remove_job", "schedule", "source"] },
  },
  kinds: {
    ...JOB_OPTIONS,
    schedule: {
      kind: "string",
      format: (value) => (isCalendarEvent(parseCalendarEvent(value)) ? null : `invalid calendar event '${value}'`),
    },
    target: NODE_NAME,
  },
  checkId: (_, id) => checkJobId(id),
  encoded: ["comment"],
};

/** What is given, by the names of the API's parameters. */
type Given = ReadonlyMap<string, string>;
const MARKED = "Replication job removal is a background task and will take some time.\n";

export function createReplication(session: Session, given: Given): string {
  const { host } = session;
  const id = given.get("id") ?? "";
  const target = given.get("target") ?? "";
  assertSchedule(given.get("schedule"));
  const cluster = membershipOf(host);
  if (!cluster?.members.some(({ name }) => name === target))
    // The code is an errno that leaked: that of the missing corosync.conf.
    throw new PveError(`Target '${target}' does not exist.`, cluster === null ? 2 : 255);
  const guest = id.split("-")[0] ?? "";
  const found = guestConf(host, guest);
  if (found === null) throw new PveError(`Guest '${guest}' does not exist.`);
  if (found.node === target) throw new PveError("Source and target must not be identical");
  const { sections, warnings } = readSections(host, REPLICATION);
  if (sections.some((job) => job.id === id)) throw new PveError(`replication job '${id}' already exists`);
  const twin = sections.some((job) => job.id.startsWith(`${guest}-`) && job.options.get("target") === target);
  if (twin) throw new PveError(`replication job for guest '${guest}' to target 'local/${target}' already exists`);
  const odd = volumesOf(found.conf).find((volume) => findStorage(host, volume.split(":")[0] ?? "")?.type !== "zfspool");
  if (odd !== undefined) throw new PveError(`missing replicate feature on volume '${odd}'`);
  const options = new Map([...given].filter(([name]) => name !== "id"));
  options.set("source", given.get("source") ?? found.node);
  return warnings + writeSections(session, REPLICATION, [...sections, { type: "local", id, options }]);
}

export function updateReplication(session: Session, given: Given): string {
  const id = given.get("id") ?? "";
  assertSchedule(given.get("schedule"));
  const { sections, warnings, digest } = readSections(session.host, REPLICATION);
  assertDigest(given.get("digest"), digest);
  const job = sections.find((each) => each.id === id);
  if (job === undefined) throw new PveError(`no such job '${id}'`);
  const options = new Map(job.options);
  const deleted = distinctWords(given.get("delete") ?? "");
  for (const name of deleted) {
    if (REPLICATION.types.local?.required.includes(name))
      throw new PveError(`unable to delete required option '${name}'`);
    if (!REPLICATION.types.local?.optional.includes(name)) throw new PveError(`no such option '${name}'`);
    options.delete(name);
  }
  for (const [name, value] of given) {
    // What is set and deleted in one call is deleted.
    if (["id", "digest", "delete", ...deleted].includes(name)) continue;
    // A rate is a number: 5.0 is the 5 that is there.
    if (name === "rate" && Number(options.get("rate")) === Number(value)) continue;
    options.set(name, value);
  }
  return warnings + writeSections(session, REPLICATION, withChanged(sections, { ...job, options }));
}

/** Marks it only; the scheduler takes away what was copied, and then the job. With `force` the job goes at once. */
export function deleteReplication(session: Session, given: Given): string {
  const id = given.get("id") ?? "";
  const { sections, warnings } = readSections(session.host, REPLICATION);
  const job = sections.find((each) => each.id === id);
  if (given.get("force") === "1") {
    const rest = sections.filter((each) => each.id !== id);
    return warnings + writeSections(session, REPLICATION, rest);
  }
  if (job === undefined) throw new PveError(`no such job '${id}'`);
  const options = new Map([...job.options, ["remove_job", given.get("keep") === "1" ? "local" : "full"]]);
  return warnings + writeSections(session, REPLICATION, withChanged(sections, { ...job, options })) + MARKED;
}

function withChanged(sections: readonly Section[], job: Section): readonly Section[] {
  return sections.map((each) => (each.id === job.id ? job : each));
}

/** A guest of any node. */
function guestConf(host: FrozenHost, vmid: string): { readonly node: string; readonly conf: string } | null {
  for (const node of namesIn(host, "/etc/pve/nodes"))
    for (const folder of ["lxc", "qemu-server"]) {
      const file = nodeAt(host, `/etc/pve/nodes/${node}/${folder}/${vmid}.conf`);
      if (file?.type === "file") return { node, conf: nodeText(file) };
    }
  return null;
}
export function guestTypeOf(host: FrozenHost, vmid: string): "lxc" | "qemu" | undefined {
  const nodes = namesIn(host, "/etc/pve/nodes");
  const has = (folder: string) => nodes.some((node) => nodeAt(host, `/etc/pve/nodes/${node}/${folder}/${vmid}.conf`));
  return has("lxc") ? "lxc" : has("qemu-server") ? "qemu" : undefined;
}

/** Volumes that would be copied: bind mounts, CD-ROMs and what says `replicate=0` are not. */
function volumesOf(text: string): readonly string[] {
  const { current } = parseGuestConf(text);
  return current.flatMap(({ key }) => {
    if (!/^(rootfs|mp\d+|(scsi|virtio|sata|ide|efidisk|tpmstate)\d+)$/.test(key)) return [];
    const { options } = parsePropertyString(confValue(current, key) ?? "", "volume");
    const volume = options.get("volume") ?? options.get("file") ?? "";
    const left = options.get("replicate") === "0" || options.get("media") === "cdrom";
    return left || !/^[a-z][\w.-]*:/i.test(volume) ? [] : [volume];
  });
}

const SWEEP_SECONDS = 60;
/**
 * What Proxmox VE's scheduler does each minute, as far as the lab has it: jobs that were marked for removal go. Returns
 * whether anything changed. Nothing is copied, so no job ever fails.
 */
export function sweepReplication(session: Session): boolean {
  const file = nodeAt(session.host, REPLICATION.path);
  if (file?.type !== "file" || !nodeText(file).includes("\tremove_job ")) return false;
  if (session.host.clockMs / 1000 < file.mtime + SWEEP_SECONDS) return false;
  const { sections } = readSections(session.host, REPLICATION);
  writeSections(
    session,
    REPLICATION,
    sections.filter(({ options }) => !options.has("remove_job")),
  );
  return true;
}
