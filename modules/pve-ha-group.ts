import { z } from "zod";
import { pveDigest } from "../engine/formats/pve-digest.ts";
import { HA, nodePriorities, printPriorities } from "../engine/formats/pve-ha.ts";
import { pveText } from "../engine/formats/pve-text.ts";
import { type ConfigSection, findSection, parseSectionConfig } from "../engine/formats/section-config.ts";
import {
  asciiComment,
  change,
  defineModule,
  haName,
  MEMBERS,
  type NamedOption,
  needsQuorum,
  noPveNode,
  optionChanges,
  type Plan,
  presence,
  pveNodes,
  read,
  refuse,
  type Stat,
  updateWords,
  type Value,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    group: haName.describe("Name of the group: a letter, then letters, digits, `-` and `_`."),
    state: presence.describe("`absent` takes the group away; it must not be in use."),
    nodes: pveNodes
      .optional()
      .describe(
        "Nodes, as a list or with priorities: `{ pve1: 2, pve2: 1 }`. The guest runs on the available one with the highest. Exact. A new group needs them.",
      ),
    restricted: z
      .boolean()
      .optional()
      .describe("Its guests run on these nodes only; if none is there they are stopped."),
    nofailback: z.boolean().optional().describe("A guest stays where it is when a better node returns."),
    comment: asciiComment,
  })
  .superRefine(({ state, ...given }, context) => {
    if (state !== "absent") return;
    for (const name of ["nodes", "restricted", "nofailback", "comment"] as const)
      if (given[name] !== undefined)
        context.addIssue({
          code: "custom",
          path: [name],
          message: "says how a group shall be, and it shall be absent",
        });
  });
type Params = z.output<typeof params>;
interface Seen {
  readonly groups: Uint8Array | null;
  readonly resources?: Uint8Array | null | undefined;
  readonly rules: Stat | null;
  readonly known: readonly string[] | null;
}

export const pveHaGroup = defineModule({
  name: "pve_ha_group",
  summary: "Name the nodes that guests under high availability run on, on Proxmox VE 8.",
  description: `Proxmox VE 9 has rules in place of groups: there the task is refused as soon as the groups have been migrated (\`pve_ha_rule\`). What
the task does not name is left alone. The result has \`group\`, \`exists\`, \`nodes\`, \`restricted\` and \`nofailback\`.`,
  params,
  probes: ({ state }) => ({
    // As bytes: a comment beyond ASCII makes the file no UTF-8, and that must not fail the task.
    groups: read.file(HA.groups),
    resources: state === "absent" ? read.file(HA.resources) : undefined,
    rules: read.stat(HA.rulesModule),
    members: read.text(MEMBERS),
    known: read.list("/etc/pve/nodes"),
  }),
  plan: (given, seen) => needsQuorum(planFor(given, seen), seen.members),
  result({ group }, { groups }) {
    const section = groupOf(groups, group);
    return {
      group,
      exists: section !== undefined,
      nodes: section === undefined ? null : Object.fromEntries(nodePriorities(section.options.get("nodes"))),
      restricted: section === undefined ? null : section.options.get("restricted") === "1",
      nofailback: section === undefined ? null : section.options.get("nofailback") === "1",
    };
  },
  examples: [
    "pve_ha_group: { group: prefer-main, nodes: { main: 2, mini1: 1, mini2: 1 } }",
    "pve_ha_group: { group: minis, nodes: [mini1, mini2], restricted: true, nofailback: true }",
    "pve_ha_group: { group: old, state: absent }",
  ],
});

function groupOf(groups: Uint8Array | null, group: string): ConfigSection | undefined {
  return findSection(parseSectionConfig(pveText(groups) ?? ""), group);
}

function planFor(given: Params, { groups, resources, rules, known }: Seen): Plan {
  const { group } = given;
  if (known === null) return noPveNode();
  const section = groupOf(groups, group);
  if (given.state === "absent") {
    const gone = { state: "absent" };
    if (section === undefined) return change(gone, gone, []);
    const users = parseSectionConfig(pveText(resources ?? null) ?? "").filter(
      ({ options }) => options.get("group") === group,
    );
    if (users.length > 0)
      return refuse(
        `HA group ${group} is used by ${users.map(({ type, id }) => `${type}:${id}`).join(", ")}`,
        "give these another group first (pve_ha with group)",
      );
    return change({ state: "present" }, gone, [send(["groupremove", group])]);
  }
  if (rules !== null && (pveText(groups) ?? "").trim() === "")
    return refuse("this Proxmox VE has no groups any more, they have become rules", "use pve_ha_rule");
  const strangers = [...(given.nodes?.keys() ?? [])].filter((name) => !known.includes(name));
  const warnings = [strangers.length > 0 && `the cluster has no node ${strangers.join(", ")}`];
  if (section === undefined && given.nodes === undefined)
    return refuse(`there is no HA group ${group}`, "say its nodes to make it");
  const changes = optionChanges(section !== undefined, fieldsOf(given, section));
  const { before, after } = changes;
  if (changes.same) return change(before, before, [], { warnings });
  const argv =
    section === undefined
      ? ["groupadd", group, ...changes.set]
      : ["groupset", group, ...updateWords(changes, pveDigest(groups ?? ""))];
  return change(before, after, [send(argv)], { warnings });
}

/** Those that the task names. */
function fieldsOf(
  { nodes, restricted, nofailback, comment }: Params,
  section: ConfigSection | undefined,
): readonly NamedOption[] {
  const text = (key: string) => section?.options.get(key);
  const fields: NamedOption[] = [];
  const field = (name: string, is: Value, wanted: Value, word: string) =>
    fields.push({ name, key: name, is, wanted, word });
  if (nodes !== undefined) {
    const wanted = new Map([...nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
    const is = nodePriorities(text("nodes"));
    field("nodes", Object.fromEntries(is), Object.fromEntries(wanted), printPriorities(wanted));
  }
  if (restricted !== undefined) field("restricted", text("restricted") === "1", restricted, restricted ? "1" : "0");
  if (nofailback !== undefined) field("nofailback", text("nofailback") === "1", nofailback, nofailback ? "1" : "0");
  if (comment !== undefined) field("comment", text("comment") ?? "", comment, comment);
  return fields;
}
function send(words: readonly string[]) {
  return write.exec(["ha-manager", ...words], { touches: [HA.groups], limitMs: 60_000 });
}
