import { namesIn, nodeAt } from "../../files/file-tree.ts";
import { membershipOf } from "../../pve/cluster/members.ts";
import { perlBytes, WIDE_CHARACTER } from "../../pve/cluster/perl-text.ts";
import { readSections, type Section } from "../../pve/cluster/section-file.ts";
import { distinctWords } from "../../pve/command/formats.ts";
import { GROUPS, groupsMigrated, isVersion9 } from "../../pve/ha/files.ts";
import { assertGroups } from "../../pve/ha/groups.ts";
import { resourcesOf } from "../../pve/ha/resources.ts";
import { rulesOf } from "../../pve/ha/rules.ts";

import type { Session } from "../../session.ts";
import type { FrozenHost } from "../../world.ts";
import { printAnswer } from "../pvesh/print.ts";
import type { Said } from "./said.ts";

/** What the manager would look after. None runs, so everything waits in its queue. */
export function haServices(host: FrozenHost) {
  return resourcesOf(host).resources.map((resource) => {
    const { type, id, options } = resource;
    const folder = type === "ct" ? "lxc" : "qemu-server";
    // A resource whose type is wrong is found all the same, on the node that has its number.
    const nodes = namesIn(host, "/etc/pve/nodes");
    const onNode = (name: string) =>
      [folder, "lxc", "qemu-server"].some((each) => nodeAt(host, `/etc/pve/nodes/${name}/${each}/${id}.conf`));
    const node = nodes.find(onNode);
    const state = node === undefined ? "not found" : options.get("state") === "ignored" ? "ignored" : "queued";
    return { resource, sid: `${type}:${id}`, node: node ?? "---", state };
  });
}
export function isQuorate(host: FrozenHost): boolean {
  return membershipOf(host)?.quorate ?? true;
}

export function status({ host }: Session, given: ReadonlyMap<string, string>): Said {
  const services = haServices(host).map(({ sid, node, state }) => `service ${sid} (${node}, ${state})\n`);
  const fencing = isVersion9(host) ? "fencing standby (CRM watchdog standby)\n" : "";
  const quorate = isQuorate(host);
  const brief = `quorum ${quorate ? "OK" : "No quorum on node"}\n${fencing}${services.join("")}`;
  if (given.get("verbose") !== "1") return { stdout: brief };
  const state = {
    manager_status: { node_status: {} },
    quorum: { node: host.hostname, quorate: quorate ? "1" : "0" },
  };
  return { stdout: `${brief}full cluster state:\n${printAnswer(state, "json-pretty", undefined)}` };
}

export function resourceConfig({ host }: Session, given: ReadonlyMap<string, string>): Said {
  const { resources, warnings } = resourcesOf(host);
  const groups = readSections(host, GROUPS).sections.map(({ id }) => id);
  const type = given.get("type");
  const shown = resources.filter((each) => type === undefined || each.type === type);
  const errors = shown.flatMap(({ options }) => {
    const group = options.get("group");
    return group === undefined || groups.includes(group) || groupsMigrated(host)
      ? []
      : [`error: property 'group' - group '${group}' does not exist\n`];
  });
  return printed(shown.map((each) => text(`${each.type}:${each.id}`, each)).join(""), warnings + errors.join(""));
}

export function groupConfig(session: Session): Said {
  assertGroups(session, "index groups");
  const { sections, warnings } = readSections(session.host, GROUPS);
  const sorted = [...sections].sort((a, b) => (a.id < b.id ? -1 : 1));
  return printed(sorted.map((each) => text(`group: ${each.id}`, each)).join(""), warnings);
}

function text(head: string, { options }: Section): string {
  const lines = [...options].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `\t${name} ${value}\n`);
  return `${head}\n${lines.join("")}\n`;
}
/** Not decoded when read, so not encoded when printed. */
function printed(stdout: string, stderr: string): Said {
  const { bytes, wide } = perlBytes(stdout);
  return { stdout: bytes, stderr: stderr + (wide ? WIDE_CHARACTER : "") };
}

export function ruleList({ host }: Session, given: ReadonlyMap<string, string>): Said {
  const { rules, warnings, digest } = rulesOf(host);
  const data = rules.map((rule) => ruleRecord(rule, digest));
  return table(data, ["rule"], given, warnings);
}

export function ruleConfig({ host }: Session, given: ReadonlyMap<string, string>): Said {
  const { rules, warnings, digest } = rulesOf(host);
  const { type, resource } = Object.fromEntries(given);
  const shown = rules
    .filter((rule) => type === undefined || rule.type === type)
    .filter(
      ({ options }) => resource === undefined || distinctWords(options.get("resources") ?? "").includes(resource),
    );
  const data = shown.map((rule) => ({
    ...ruleRecord(rule, digest),
    enabled: rule.options.get("disable") === "1" ? 0 : 1,
    state: rule.state,
  }));
  return table(data, ["enabled", "state", "rule", "type", "resources", "comment"], given, warnings);
}

export function ruleRecord({ id, type, order, options }: ReturnType<typeof rulesOf>["rules"][number], digest: string) {
  const { strict, disable, ...rest } = Object.fromEntries(options);
  return {
    ...rest,
    ...(strict !== undefined && { strict: Number(strict) }),
    ...(disable !== undefined && { disable: Number(disable) }),
    digest,
    order,
    rule: id,
    type,
  };
}

function table(
  data: readonly { readonly [key: string]: string | number }[],
  columns: readonly string[],
  given: ReadonlyMap<string, string>,
  stderr: string,
): Said {
  const format = given.get("output-format") ?? "text";
  const empty = data.length === 0 && format === "text";
  return { stdout: empty || given.get("quiet") === "1" ? "" : printAnswer(data, format, columns), stderr };
}
