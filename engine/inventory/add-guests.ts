import type { Report } from "../site/expect.ts";
import type { ValueMap } from "../value/value.ts";
import type { Variable } from "../vars/layer.ts";
import { type FoundGuests, type Guest, guestTitle } from "./guest.ts";
import type { Grouping, GuestFilter, ProxmoxSource } from "./proxmox-source.ts";
import { type RawInventory, rawGroup } from "./raw-inventory.ts";

/** What a source says of a host, by the host's name. It is beneath all that the inventory's files say of it. */
export interface GuestVars {
  readonly origin: string;
  readonly variables: ReadonlyMap<string, Variable>;
}

/** Adds the guests that were found to the hosts and groups of the files. Gives the variables that they bring along. */
export function addGuests(
  sources: readonly ProxmoxSource[],
  found: FoundGuests,
  raw: RawInventory,
  report: Report,
): ReadonlyMap<string, GuestVars> {
  const vars = new Map<string, GuestVars>();
  const taken = new Map<string, Guest>();
  for (const source of sources) {
    for (const name of standingGroups(source)) rawGroup(name, source.place, raw);
    for (const guest of found.get(source.file) ?? []) {
      if (!passes(guest, source.filter)) continue;
      const name = nameOf(guest, source);
      const other = taken.get(name);
      if (other !== undefined && (other.vmid !== guest.vmid || other.node !== guest.node)) {
        reportTwin(name, [other, guest], source, report);
        continue;
      }
      if (!/^[A-Za-z0-9_][A-Za-z0-9_.-]*$/.test(name) || name === "localhost") {
        report({
          code: "bad-name",
          message: `${guestTitle(guest)} is called \`${name}\`, which cannot be the name of a host`,
          place: source.place,
          hint: "give it another name on its node, or write `names: vmid`",
        });
        continue;
      }
      taken.set(name, guest);
      if (!raw.hosts.has(name)) raw.hosts.set(name, { name, place: source.place, vars: new Map() });
      for (const group of groupsOf(guest, source)) rawGroup(group, source.place, raw).hosts.add(name);
      // Of one that two sources have found the first one's word holds: both say the same.
      if (!vars.has(name))
        vars.set(name, { origin: `what ${guest.through} tells of ${name}`, variables: varsOf(guest, source) });
    }
  }
  return vars;
}

/** Whether a source wants this guest. */
export function passes(guest: Guest, { tags, status, type, templates }: GuestFilter): boolean {
  return (
    (templates || !guest.template) &&
    (tags === undefined || tags.some((tag) => guest.tags.includes(tag))) &&
    (status === undefined || status === guest.status) &&
    (type === undefined || type === guest.type)
  );
}

/** One without a name is called as Proxmox VE calls a container by itself. */
function nameOf({ vmid, type, hostname }: Guest, { names }: ProxmoxSource): string {
  return names === "vmid" ? String(vmid) : (hostname ?? `${type === "lxc" ? "CT" : "VM"}${vmid}`);
}

function groupsOf(guest: Guest, { groupBy }: ProxmoxSource): readonly string[] {
  const names: Readonly<Record<Grouping, readonly string[]>> = {
    type: [guest.type],
    status: [`status_${guest.status}`],
    node: [`node_${guest.node}`],
    pool: guest.pool === null ? [] : [`pool_${guest.pool}`],
    tag: guest.tags.map((tag) => `tag_${tag}`),
  };
  // A tag may have `.` and `+`, a pool `/`; the name of a group has neither.
  return groupBy.flatMap((by) => names[by]).map((name) => name.replace(/[^A-Za-z0-9_-]/g, "_"));
}

/** Groups that are there though nobody may be in them: a pattern that names one is right, whatever runs at the moment. */
function standingGroups({ groupBy }: ProxmoxSource): readonly string[] {
  const names: Readonly<Partial<Record<Grouping, readonly string[]>>> = {
    type: ["lxc", "qemu"],
    status: ["status_running", "status_stopped"],
  };
  return groupBy.flatMap((by) => names[by] ?? []);
}

/** Whether a group of this name comes and goes with the guests. */
export function mayBringGroup(sources: readonly ProxmoxSource[], name: string): boolean {
  return sources.some(({ groupBy }) => groupBy.some((by) => name.startsWith(`${by}_`)));
}

function varsOf(guest: Guest, { place, names }: ProxmoxSource): ReadonlyMap<string, Variable> {
  const { vmid, type, node, through, hostname, status, tags, pool, template } = guest;
  const reached: ValueMap =
    type === "lxc"
      ? { lab_connection: "pct", lab_node: through, lab_vmid: vmid }
      : // Only a VM's own agent would know its address; its name is what a resolver may know.
        names === "vmid" && hostname !== null
        ? { lab_host: hostname }
        : {};
  const proxmox: ValueMap = { vmid, type, node, status, hostname, tags, pool, template };
  // What a node says is data: braces in a name are no template.
  return new Map(
    Object.entries({ ...reached, proxmox }).map(([name, value]) => [name, { place, content: { kind: "data", value } }]),
  );
}

function reportTwin(name: string, [one, other]: readonly [Guest, Guest], source: ProxmoxSource, report: Report): void {
  report({
    code: "two-guests",
    message: `\`${name}\` is the name of ${guestTitle(one)} and of ${guestTitle(other)}`,
    place: source.place,
    hint: "rename one of them, leave one out with `filter`, or write `names: vmid`",
  });
}
