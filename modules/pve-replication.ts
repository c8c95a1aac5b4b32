import { z } from "zod";
import { isCalendarEvent, parseCalendarEvent, sameSchedule } from "../engine/formats/calendar-event.ts";
import { parseCorosyncConf } from "../engine/formats/corosync-conf.ts";
import { storageReach, volumesOf } from "../engine/formats/guest-ties.ts";
import { decodeDescription } from "../engine/formats/pve-conf.ts";
import { pveDigest } from "../engine/formats/pve-digest.ts";
import { parseGuestList } from "../engine/formats/pve-guests.ts";
import { type ConfigSection, parseSectionConfig } from "../engine/formats/section-config.ts";
import {
  type Change,
  change,
  defineModule,
  MEMBERS,
  needsQuorum,
  type Plan,
  presence,
  pveNode,
  type ReadOp,
  read,
  refuse,
  updateWords,
  utf8Locale,
  type Value,
  waiting,
  write,
} from "../engine/module/index.ts";

const CFG = "/etc/pve/replication.cfg";
const EVERY = "*/15";

const params = z
  .strictObject({
    guest: z
      .int({ error: "expected the number of a guest" })
      .min(100)
      .max(999_999_999)
      .describe("Number of the guest, container or VM."),
    target: pveNode
      .max(63)
      .describe("Node that the guest's volumes are copied to. A guest has one job for each target."),
    number: z
      .int()
      .min(0)
      .max(999_999_999)
      .optional()
      .describe("Number of the job, the `0` of `101-0`. Unsaid: the job with this target, or the next free number."),
    state: presence.describe("`absent` has the job removed, with the copies on the target; that is waited for."),
    schedule: z
      .string()
      .transform((text) => text.trim().replaceAll(/\s+/g, " "))
      .refine((text) => /^[\x20-\x7e]+$/.test(text) && isCalendarEvent(parseCalendarEvent(text)), {
        error: "expected a schedule such as */5, `mon..fri 22:30` or hourly",
      })
      .nullable()
      .optional()
      .describe("When it runs: `*/5`, `mon..fri 22:30`, `hourly`. Null: every 15 minutes."),
    rate: z
      .number({ error: "expected MB per second" })
      .min(1)
      .max(1e9)
      .nullable()
      .optional()
      .describe("Limit in MB per second. Null: none."),
    comment: z
      .string()
      .transform((text) => text.trim())
      .refine((text) => !/[\0-\x1f\x7f]/.test(text) && text.length <= 4096, { error: "a comment is one line" })
      .optional()
      .describe("Comment, one line. Empty: none."),
    disable: z.boolean().optional().describe("Keep the job, but do not run it."),
    keep: z.boolean().default(false).describe("With `state: absent`: leave the copies on the target."),
    force: z
      .boolean()
      .default(false)
      .describe("With `state: absent`: forget the job at once, even if the target is gone; copies stay there."),
  })
  .superRefine(({ state, keep, force, ...given }, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    if (state === "present") {
      if (keep) wrong("keep", "is for `state: absent`");
      if (force) wrong("force", "is for `state: absent`");
    } else {
      for (const name of ["schedule", "rate", "comment", "disable"] as const)
        if (given[name] !== undefined) wrong(name, "says how a job shall be, and it shall be absent");
      if (keep && force) wrong("keep", "is what force does anyhow");
    }
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly cfg: string | null;
  readonly corosync: string | null;
  readonly guests: string | null;
  readonly members: string | null;
  readonly storages?: string | null | undefined;
  /** The guest's own configuration. */
  readonly conf?: string | null | undefined;
}

export const pveReplication = defineModule({
  name: "pve_replication",
  summary: "Replicate the volumes of a guest to another node of a Proxmox VE cluster.",
  description: `Needs ZFS on both nodes, under the same storage, else it is refused. A job is known by its guest and its target, which cannot be changed. After the guest
has moved to the target, the same job runs the other way, and is left to do so. Removing a job is done by Proxmox VE's scheduler, which
comes by once a minute. The result has \`id\`, \`exists\`, \`source\`, \`target\`, \`schedule\`, \`rate\`, \`disabled\` and \`removing\`.`,
  params,
  probes: ({ state }) => ({
    cfg: read.text(CFG),
    corosync: read.text("/etc/pve/corosync.conf"),
    guests: read.text("/etc/pve/.vmlist"),
    members: read.text(MEMBERS),
    storages: state === "absent" ? undefined : read.text("/etc/pve/storage.cfg"),
  }),
  probesAfter: ({ guest, state }, { guests }): { readonly conf: ReadOp<string | null> | undefined } => {
    const found = parseGuestList(guests ?? "")?.get(String(guest));
    const folder = found?.type === "lxc" ? "lxc" : "qemu-server";
    const path = `/etc/pve/nodes/${found?.node}/${folder}/${guest}.conf`;
    return { conf: found === undefined || state === "absent" ? undefined : read.text(path) };
  },
  plan: (given, seen) => needsQuorum(planFor(given, seen), seen.members),
  // The copies are destroyed on the other node before the job is gone.
  settle: ({ state }) => ({ forMs: state === "absent" ? 180_000 : 0, holdMs: 0 }),
  result(given, seen) {
    const { job } = lookUp(given, seen);
    const text = (name: string) => job?.options.get(name) ?? null;
    return {
      id: job?.id ?? null,
      exists: job !== undefined,
      source: text("source"),
      target: text("target"),
      schedule: job === undefined ? null : (text("schedule") ?? EVERY),
      rate: job?.options.has("rate") ? Number(text("rate")) : null,
      disabled: job === undefined ? null : text("disable") === "1",
      removing: job === undefined ? null : text("remove_job") !== null,
    };
  },
  examples: [
    'pve_replication: { guest: 101, target: mini1, schedule: "*/5" }',
    "pve_replication: { guest: 101, target: mini2, rate: 50, comment: to the cellar }",
    "pve_replication: { guest: 101, target: mini2, state: absent }",
  ],
});

interface Found {
  readonly job: ConfigSection | undefined;
  /** The guest is on the target, and the job copies back to where it came from. */
  readonly reversed: boolean;
  readonly mine: readonly ConfigSection[];
  readonly node: string | null;
}
function lookUp({ guest, target, number }: Params, { cfg, guests }: Seen): Found {
  const mine = parseSectionConfig(cfg ?? "").filter(({ id }) => id.startsWith(`${guest}-`));
  const node = parseGuestList(guests ?? "")?.get(String(guest))?.node ?? null;
  const numbered = number === undefined ? undefined : mine.find(({ id }) => id === `${guest}-${number}`);
  const forward = mine.find(({ options }) => options.get("target") === target);
  const back = node === target ? mine.find(({ options }) => options.get("source") === target) : undefined;
  const job = number === undefined ? (forward ?? back) : numbered;
  return { job, reversed: job !== undefined && job.options.get("target") !== target && node === target, mine, node };
}

function planFor(given: Params, seen: Seen): Plan {
  const { guest, target } = given;
  const { job, reversed, mine, node } = lookUp(given, seen);
  if (given.state === "absent") return absent(given, job, reversed);
  const cluster = parseCorosyncConf(seen.corosync ?? "");
  // What is missing may be what an earlier task of the same run brings: then there is no job yet.
  const yet = job === undefined ? { otherwise: fresh(given, mine) } : {};
  if (cluster === null)
    return refuse(
      "this node is in no cluster, so there is nothing to replicate to",
      "make one first (pve_cluster)",
      yet,
    );
  const names = cluster.nodes.map(({ name }) => name);
  if (!names.includes(target))
    return refuse(`the cluster ${cluster.cluster} has no node ${target}`, `its nodes are ${names.join(", ")}`, yet);
  if (node === null) return refuse(`the cluster has no guest ${guest}`, "make it first, or correct the number", yet);
  if (job?.options.has("remove_job"))
    return refuse(`job ${job.id} is being removed`, "Proxmox VE is at it: run again in some minutes");
  if (job !== undefined && !reversed && job.options.get("target") !== target)
    return refuse(
      `job ${job.id} replicates to ${job.options.get("target")}, not to ${target}, and a target cannot be changed`,
      "take the job away (state: absent) and make another one",
    );
  if (job !== undefined) return changed(given, seen, job, reversed);
  const elsewhere = notThere(seen, guest, target);
  if (elsewhere !== null) return elsewhere;
  if (node === target)
    return refuse(`guest ${guest} is on ${target} itself`, "replicate it to another node, or move it first");
  const twin = mine.find(({ options }) => options.get("target") === target);
  if (twin !== undefined)
    return refuse(`job ${twin.id} replicates guest ${guest} to ${target} already`, "say its number, or none");
  return fresh(given, mine);
}

function fresh(given: Params, mine: Found["mine"]): Change {
  const { guest, target } = given;
  const free = Array.from({ length: mine.length + 1 }, (_, index) => index).find(
    (index) => !mine.some(({ id }) => id === `${guest}-${index}`),
  );
  const id = `${guest}-${given.number ?? free ?? 0}`;
  const fields = fieldsOf(given, undefined);
  const words = fields.flatMap(({ key, wanted, unset }) => (wanted === unset ? [] : [`--${key}`, printed(wanted)]));
  return change(
    { state: "absent", ...Object.fromEntries(fields.map(({ name }) => [name, null])) },
    { state: "present", ...Object.fromEntries(fields.map(({ name, wanted }) => [name, wanted])) },
    [send(["create-local-job", id, target, ...words])],
  );
}

/** A copy lies under the same name: what is on no ZFS, or on a storage that the target has not, cannot be copied. */
function notThere({ conf, storages }: Seen, guest: number, target: string): Plan | null {
  if (conf == null || storages == null) return null;
  for (const { volume, storage } of volumesOf(conf)) {
    const reach = storageReach(storages, storage);
    if (reach === null)
      return refuse(`${volume} of guest ${guest} is on the storage ${storage}, which is not declared`);
    if (reach.type !== "zfspool")
      return refuse(
        `${volume} of guest ${guest} is on ${storage}, which is no ZFS (${reach.type})`,
        "move the volume to a storage of the type zfspool, or say replicate=0 of it",
      );
    if (reach.nodes !== null && !reach.nodes.includes(target))
      return refuse(
        `${volume} of guest ${guest} is on ${storage}, which ${target} does not have (it is for ${reach.nodes.join(", ")})`,
        `make the same pool and storage on ${target}, or move the guest to a storage that both nodes have, such as local-zfs`,
      );
  }
  return null;
}

function changed(given: Params, { cfg }: Seen, job: ConfigSection, reversed: boolean): Plan {
  const fields = fieldsOf(given, job);
  const other = fields.filter(({ same }) => !same);
  const gone = other.filter(({ wanted, unset }) => wanted === unset).map(({ key }) => key);
  const set = other.filter(({ wanted, unset }) => wanted !== unset);
  const warnings = [
    reversed &&
      `guest ${given.guest} is on ${given.target} now: job ${job.id} replicates back to ${job.options.get("target")}`,
  ];
  const before = { state: "present", ...Object.fromEntries(fields.map(({ name, is }) => [name, is])) };
  if (other.length === 0) return change(before, before, [], { warnings });
  const words = set.flatMap(({ key, wanted }) => [`--${key}`, printed(wanted)]);
  const after = Object.fromEntries(fields.map(({ name, is, same, wanted }) => [name, same ? is : wanted]));
  const argv = ["update", job.id, ...updateWords({ set: words, gone }, pveDigest(cfg ?? ""))];
  return change(before, { state: "present", ...after }, [send(argv)], { warnings });
}

function absent({ target, keep, force }: Params, job: ConfigSection | undefined, reversed: boolean): Plan {
  const gone = { state: "absent" };
  if (job === undefined) return change(gone, gone, []);
  if (job.options.get("target") !== target && !reversed)
    return refuse(`job ${job.id} replicates to ${job.options.get("target")}, not to ${target}`, "correct the target");
  if (job.options.has("remove_job") && !force)
    return waiting(`job ${job.id} is marked for removal; Proxmox VE's scheduler takes it away`);
  const how = force ? ["--force", "1"] : keep ? ["--keep", "1"] : [];
  return change({ state: "present" }, gone, [send(["delete", job.id, ...how])]);
}

interface Field {
  readonly name: "schedule" | "rate" | "comment" | "disable";
  readonly key: string;
  readonly is: Value;
  readonly wanted: Value;
  readonly unset: Value;
  readonly same: boolean;
}
/** Those that the task names. */
function fieldsOf(given: Params, job: ConfigSection | undefined): readonly Field[] {
  const { schedule, rate, comment, disable } = given;
  const text = (key: string) => job?.options.get(key);
  const rateIs = text("rate");
  const all: readonly (readonly [Field["name"], Value | undefined, Value, Value])[] = [
    ["schedule", schedule, text("schedule") ?? EVERY, EVERY],
    ["rate", rate, rateIs === undefined ? null : Number(rateIs), null],
    ["comment", comment, decodeDescription(text("comment") ?? ""), ""],
    ["disable", disable, text("disable") === "1", false],
  ];
  return all.flatMap(([name, value, is, unset]): readonly Field[] => {
    if (value === undefined) return [];
    const wanted = value ?? unset;
    const same = name === "schedule" ? sameSchedule(String(is), String(wanted)) : is === wanted;
    return [{ name, key: name, is, wanted, unset, same }];
  });
}
function printed(value: Value): string {
  return value === true ? "1" : value === false ? "0" : String(value);
}
function send(words: readonly string[]) {
  return write.exec(["pvesr", ...words], { touches: [CFG], limitMs: 60_000, ...utf8Locale(words) });
}
