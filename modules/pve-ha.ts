import { z } from "zod";
import { storageReach, tiesOf, volumesOf } from "../engine/formats/guest-ties.ts";
import { pveDigest } from "../engine/formats/pve-digest.ts";
import { parseGuestList } from "../engine/formats/pve-guests.ts";
import { HA, resourceId } from "../engine/formats/pve-ha.ts";
import { pveText } from "../engine/formats/pve-text.ts";
import { type ConfigSection, findSection, parseSectionConfig } from "../engine/formats/section-config.ts";
import {
  asciiComment,
  type Change,
  change,
  defineModule,
  haGuest,
  MEMBERS,
  needsQuorum,
  noPveNode,
  type Plan,
  type ReadOp,
  read,
  refuse,
  type Stat,
  updateWords,
  type Value,
  write,
} from "../engine/module/index.ts";

const STATES = ["present", "started", "stopped", "disabled", "ignored", "absent"] as const;
const times = (what: string) =>
  z
    .int({ error: `expected ${what}, a whole number` })
    .min(0)
    .max(1000);

const params = z
  .strictObject({
    guest: haGuest.describe("Guest that is looked after, by its number; `ct:101` and `vm:200` are taken as well."),
    state: z
      .enum(STATES, { error: `expected one of ${STATES.join(", ")}` })
      .default("present")
      .describe(
        "What the manager has it be: started, stopped, disabled (stopped, and not moved to another node either), ignored (left alone). `present`: managed, its state left as it is, a new one started. `absent`: no longer managed; the guest itself stays as it is.",
      ),
    max_restart: times("how often to try")
      .optional()
      .describe("How often a guest that fails is started again on its node. Proxmox VE's own: 1."),
    max_relocate: times("how often to try")
      .optional()
      .describe("How often it is then tried on another node. Proxmox VE's own: 1."),
    failback: z
      .boolean()
      .optional()
      .describe(
        "Proxmox VE 9: whether it goes back to its best node when that returns. Of 8 this is the group's nofailback.",
      ),
    group: z
      .string()
      .regex(/^[a-z][a-z0-9_-]+$/i, { error: "expected the name of a group" })
      .max(255)
      .nullable()
      .optional()
      .describe("Proxmox VE 8: the group of nodes that it runs on (`pve_ha_group`). Null: any node."),
    comment: asciiComment,
  })
  .superRefine(({ state, ...given }, context) => {
    if (state !== "absent") return;
    for (const name of ["max_restart", "max_relocate", "failback", "group", "comment"] as const)
      if (given[name] !== undefined)
        context.addIssue({
          code: "custom",
          path: [name],
          message: "says how it shall be managed, and it shall not be",
        });
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly resources: Uint8Array | null;
  readonly groups?: Uint8Array | null | undefined;
  readonly guests: string | null;
  readonly rules?: Stat | null | undefined;
  readonly pmxcfs: Stat | null;
  readonly members: string | null;
  readonly storages?: string | null | undefined;
  readonly replication?: string | null | undefined;
  /** The guest's own configuration. */
  readonly conf?: string | null | undefined;
}

export const pveHa = defineModule({
  name: "pve_ha",
  summary: "Have a guest looked after by the high availability of Proxmox VE.",
  description: `Where it may run is said by groups on Proxmox VE 8 (\`pve_ha_group\`) and by rules on 9 (\`pve_ha_rule\`). What the task does not name is
left alone. A guest that is managed is started and stopped by the manager: its state is said here, not by the module that configures it.
A guest with a folder or a device of its node (a bind mount without \`shared=1\`, \`/dev/dri\`, a USB stick) starts nowhere else and is refused; one
with a disk that is neither on a shared storage nor replicated is warned of. The result has \`sid\`, \`managed\`, \`state\`, \`group\`,
\`failback\`, \`max_restart\` and \`max_relocate\`.`,
  params,
  probes: ({ group, failback, state }) => ({
    // As bytes: a comment beyond ASCII makes the file no UTF-8, and that must not fail the task.
    resources: read.file(HA.resources),
    groups: group === undefined || group === null ? undefined : read.file(HA.groups),
    guests: read.text("/etc/pve/.vmlist"),
    rules: failback === undefined && group === undefined ? undefined : read.stat(HA.rulesModule),
    pmxcfs: read.stat("/etc/pve/nodes"),
    members: read.text(MEMBERS),
    storages: isMoved(state) ? read.text("/etc/pve/storage.cfg") : undefined,
    replication: isMoved(state) ? read.text("/etc/pve/replication.cfg") : undefined,
  }),
  probesAfter: ({ guest, state }, { guests }): { readonly conf: ReadOp<string | null> | undefined } => {
    const vmid = guest.replace(/^\w+:/, "");
    const found = parseGuestList(guests ?? "")?.get(vmid);
    const folder = found?.type === "lxc" ? "lxc" : "qemu-server";
    const path = `/etc/pve/nodes/${found?.node}/${folder}/${vmid}.conf`;
    return { conf: found === undefined || !isMoved(state) ? undefined : read.text(path) };
  },
  plan: (given, seen) => needsQuorum(planFor(given, seen), seen.members),
  result({ guest }, { resources, guests }) {
    const sid = resourceId(guest, parseGuestList(guests ?? "")) ?? onlySid(guest, resources);
    const section = sid === null ? undefined : resourceOf(resources, sid);
    const managed = section !== undefined;
    return {
      sid,
      managed,
      state: managed ? stateOf(section) : null,
      group: section?.options.get("group") ?? null,
      failback: managed ? section.options.get("failback") !== "0" : null,
      max_restart: managed ? Number(section.options.get("max_restart") ?? 1) : null,
      max_relocate: managed ? Number(section.options.get("max_relocate") ?? 1) : null,
    };
  },
  examples: [
    "pve_ha: { guest: 101, state: started, max_restart: 2, max_relocate: 1 }",
    "pve_ha: { guest: 200, group: prefer-main, comment: router }",
    "pve_ha: { guest: 101, state: absent }",
  ],
});

function resourceOf(resources: Uint8Array | null, sid: string): ConfigSection | undefined {
  const [type, id] = sid.split(":");
  return parseSectionConfig(pveText(resources) ?? "").find((each) => each.type === type && each.id === id);
}
/** Of a guest that is gone: what its number still stands for. */
function onlySid(guest: string, resources: Uint8Array | null): string | null {
  const section = findSection(parseSectionConfig(pveText(resources) ?? ""), guest);
  return section === undefined ? null : `${section.type}:${section.id}`;
}
/** `enabled` is another word for started. */
function stateOf({ options }: ConfigSection): string {
  const state = options.get("state") ?? "started";
  return state === "enabled" ? "started" : state;
}

function planFor(given: Params, seen: Seen): Plan {
  const { guest } = given;
  if (seen.pmxcfs === null) return noPveNode();
  const guests = parseGuestList(seen.guests ?? "");
  const known = guests?.get(guest.replace(/^\w+:/, ""));
  const sid = resourceId(guest, guests) ?? onlySid(guest, seen.resources);
  const section = sid === null ? undefined : resourceOf(seen.resources, sid);
  if (given.state === "absent") {
    const gone = { managed: false };
    if (section === undefined || sid === null) return change(gone, gone, []);
    return change({ managed: true }, gone, [send(["remove", sid], [HA.rules])]);
  }
  if (sid === null || known === undefined)
    return refuse(`the cluster has no guest ${guest}`, "make it first, or correct the number", {
      otherwise: added(given, sid ?? guest),
    });
  if ((known.type === "lxc") !== sid.startsWith("ct:"))
    return refuse(
      `guest ${guest.replace(/^\w+:/, "")} is a ${known.type === "lxc" ? "container" : "VM"}`,
      `say ${known.type === "lxc" ? "ct" : "vm"}:${guest.replace(/^\w+:/, "")}, or the number alone`,
    );
  const wrong = misplaced(given, seen, sid, section) ?? tied(seen, known.type, sid);
  if (wrong !== null) return wrong;
  const plan = section === undefined ? added(given, sid) : changed(given, seen, sid, section);
  return plan.kind === "change" ? { ...plan, warnings: [...plan.warnings, ...leftBehind(seen, guest)] } : plan;
}

/** Whether the manager may start it on another node. */
function isMoved(state: Params["state"]): boolean {
  return state === "present" || state === "started" || state === "stopped";
}

function tied({ conf }: Seen, type: "lxc" | "qemu", sid: string): Plan | null {
  const ties = tiesOf(conf ?? "", type);
  return ties.length === 0
    ? null
    : refuse(
        `${sid} uses what only its node has, and would start on no other: ${ties.join("; ")}`,
        "leave it on its node (no high availability), take that away, or say shared=1 of a folder that really is the same everywhere",
      );
}

/** Disks that another node would not have. */
function leftBehind({ conf, storages, replication }: Seen, guest: string): readonly string[] {
  const vmid = guest.replace(/^\w+:/, "");
  const jobs = parseSectionConfig(replication ?? "").filter(({ id }) => id.startsWith(`${vmid}-`));
  if (conf == null || storages == null || jobs.length > 0) return [];
  const local = volumesOf(conf).filter(({ storage }) => storageReach(storages, storage)?.shared === false);
  return local.length === 0
    ? []
    : [
        `${local.map(({ volume }) => volume).join(", ")} of guest ${vmid} is on its node alone: replicate it (pve_replication), or it cannot be started elsewhere`,
      ];
}

/** Groups of 9, failback of 8. Which of the two a node has is seen from what it holds, not from a number. */
function misplaced(
  given: Params,
  { groups, rules }: Seen,
  sid: string,
  section: ConfigSection | undefined,
): Plan | null {
  const { group, failback } = given;
  const nine = rules != null;
  if (failback !== undefined && !nine)
    return refuse(
      "this Proxmox VE keeps no failback for a guest",
      "before release 9 it is a matter of the group: pve_ha_group with nofailback",
    );
  if (typeof group !== "string") return null;
  const sections = parseSectionConfig(pveText(groups ?? null) ?? "");
  if (findSection(sections, group) !== undefined) return null;
  const otherwise = section === undefined ? { otherwise: added(given, sid) } : {};
  return nine && sections.length === 0
    ? refuse("this Proxmox VE has no groups any more, they have become rules", "say where it may run with pve_ha_rule")
    : refuse(`there is no HA group ${group}`, "make it first (pve_ha_group), or correct the name", otherwise);
}

const OPTIONS = ["state", "max_restart", "max_relocate", "failback", "group", "comment"] as const;
const UNSET: Readonly<Record<(typeof OPTIONS)[number], Value>> = {
  state: "started",
  max_restart: 1,
  max_relocate: 1,
  failback: true,
  group: null,
  comment: "",
};
function namedOf(given: Params): readonly (readonly [(typeof OPTIONS)[number], Value])[] {
  return OPTIONS.flatMap((name): readonly (readonly [(typeof OPTIONS)[number], Value])[] => {
    const value = given[name];
    return value === undefined || value === "present" ? [] : [[name, value ?? UNSET[name]]];
  });
}

function added(given: Params, sid: string): Change {
  const named = namedOf(given);
  const words = named.flatMap(([name, value]) => (value === UNSET[name] ? [] : wordsFor(name, value)));
  return change(
    { managed: false, ...Object.fromEntries(named.map(([name]) => [name, null])) },
    { managed: true, ...Object.fromEntries(named) },
    [send(["add", sid, ...words])],
  );
}

function changed(given: Params, { resources }: Seen, sid: string, section: ConfigSection): Plan {
  const named = namedOf(given).map(([name, wanted]) => ({ name, wanted, is: isNow(section, name) }));
  const other = named.filter(({ wanted, is }) => wanted !== is);
  const before = { managed: true, ...Object.fromEntries(named.map(({ name, is }) => [name, is])) };
  if (other.length === 0) return change(before, before, []);
  const gone = other.filter(({ name, wanted }) => wanted === null || (name === "comment" && wanted === ""));
  const set = other.filter((each) => !gone.includes(each));
  const words = {
    set: set.flatMap(({ name, wanted }) => wordsFor(name, wanted)),
    gone: gone.map(({ name }) => name),
  };
  const argv = ["set", sid, ...updateWords(words, pveDigest(resources ?? ""))];
  const after = Object.fromEntries(named.map(({ name, wanted }) => [name, wanted]));
  return change(before, { managed: true, ...after }, [send(argv)]);
}
function isNow(section: ConfigSection, name: (typeof OPTIONS)[number]): Value {
  const text = section.options.get(name);
  if (name === "state") return stateOf(section);
  if (text === undefined) return UNSET[name];
  return name === "failback" ? text !== "0" : name.startsWith("max_") ? Number(text) : text;
}
function wordsFor(name: string, value: Value): readonly string[] {
  return [`--${name}`, value === true ? "1" : value === false ? "0" : String(value)];
}
function send(words: readonly string[], more: readonly string[] = []) {
  return write.exec(["ha-manager", ...words], { touches: [HA.resources, ...more], limitMs: 60_000 });
}
