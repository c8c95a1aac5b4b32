import { z } from "zod";
import { pveDigest } from "../engine/formats/pve-digest.ts";
import { parseGuestList } from "../engine/formats/pve-guests.ts";
import { HA, nodePriorities, printPriorities, resourceId } from "../engine/formats/pve-ha.ts";
import { pveText } from "../engine/formats/pve-text.ts";
import { type ConfigSection, findSection, listOf, parseSectionConfig } from "../engine/formats/section-config.ts";
import {
  asciiComment,
  type Change,
  change,
  defineModule,
  haGuest,
  haName,
  MEMBERS,
  type NamedOption,
  needsQuorum,
  noPveNode,
  optionChanges,
  type Plan,
  presence,
  pveNodes,
  type Refusal,
  read,
  refuse,
  type Stat,
  updateWords,
  type Value,
  write,
} from "../engine/module/index.ts";

const params = z
  .strictObject({
    rule: haName.describe("Name of the rule: a letter, then letters, digits, `-` and `_`."),
    state: presence.describe("`absent` takes the rule away."),
    type: z
      .enum(["node-affinity", "resource-affinity"], { error: "expected node-affinity or resource-affinity" })
      .optional()
      .describe(
        "`node-affinity`: which nodes guests run on. `resource-affinity`: whether they stay together. It cannot be changed; a new rule needs it.",
      ),
    guests: z
      .array(haGuest)
      .min(1, { error: "name at least one guest" })
      .transform((each) => [...new Set(each)])
      .optional()
      .describe("Guests that it is about, by number; each must be managed (`pve_ha`). A set. A new rule needs them."),
    nodes: pveNodes
      .optional()
      .describe("Of a node-affinity: the nodes, as a list or with priorities `{ pve1: 2, pve2: 1 }`. Exact."),
    strict: z
      .boolean()
      .optional()
      .describe("Of a node-affinity: on no other node; if none of them is there the guests are stopped."),
    affinity: z
      .enum(["positive", "negative"], { error: "expected positive or negative" })
      .optional()
      .describe("Of a resource-affinity: positive keeps the guests on one node, negative on different ones."),
    disable: z.boolean().optional().describe("Keep the rule, but do not follow it."),
    comment: asciiComment,
  })
  .superRefine(({ state, rule: _, ...given }, context) => {
    const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
    const named = Object.entries(given).filter(([, value]) => value !== undefined);
    if (state === "absent") for (const [name] of named) wrong(name, "says how a rule shall be, and it shall be absent");
    if (state === "absent") return;
    for (const [type, own] of Object.entries(OWN))
      for (const name of own)
        if (given.type !== undefined && given.type !== type && given[name] !== undefined)
          wrong(name, `is of a ${type} rule`);
  });
type Params = z.output<typeof params>;
const OWN = { "node-affinity": ["nodes", "strict"], "resource-affinity": ["affinity"] } as const;

interface Seen {
  readonly rules: Uint8Array | null;
  readonly groups: Uint8Array | null;
  readonly resources: Uint8Array | null;
  readonly guestList: string | null;
  readonly nine: Stat | null;
  readonly known: readonly string[] | null;
}

export const pveHaRule = defineModule({
  name: "pve_ha_rule",
  summary: "Say where guests under high availability run, and which stay together, on Proxmox VE 9.",
  description: `Proxmox VE 8 has groups (\`pve_ha_group\`). A rule that cannot be followed is ignored by Proxmox VE without a word, so it is refused here: a
guest in two node-affinity rules, fewer than two guests to keep together or apart, more guests apart than nodes. What the task does not
name is left alone. The result has \`rule\`, \`exists\`, \`type\`, \`guests\`, \`nodes\` and \`disabled\`.`,
  params,
  probes: () => ({
    // As bytes: a comment beyond ASCII makes a file no UTF-8, and that must not fail the task.
    rules: read.file(HA.rules),
    groups: read.file(HA.groups),
    resources: read.file(HA.resources),
    guestList: read.text("/etc/pve/.vmlist"),
    nine: read.stat(HA.rulesModule),
    members: read.text(MEMBERS),
    known: read.list("/etc/pve/nodes"),
  }),
  plan: (given, seen) => needsQuorum(planFor(given, seen), seen.members),
  result({ rule }, { rules }) {
    const section = findSection(parseSectionConfig(pveText(rules) ?? ""), rule);
    const nodes = section?.options.get("nodes");
    return {
      rule,
      exists: section !== undefined,
      type: section?.type ?? null,
      guests: section === undefined ? null : listOf(section.options.get("resources")),
      nodes: nodes === undefined ? null : Object.fromEntries(nodePriorities(nodes)),
      disabled: section === undefined ? null : section.options.get("disable") === "1",
    };
  },
  examples: [
    "pve_ha_rule: { rule: prefer-main, type: node-affinity, guests: [101, 200], nodes: { main: 2, mini1: 1, mini2: 1 } }",
    "pve_ha_rule: { rule: dns-apart, type: resource-affinity, guests: [110, 111], affinity: negative }",
    "pve_ha_rule: { rule: old, state: absent }",
  ],
});

function planFor(given: Params, seen: Seen): Plan {
  const { rule } = given;
  if (seen.known === null) return noPveNode();
  const sections = parseSectionConfig(pveText(seen.rules) ?? "");
  const section = findSection(sections, rule);
  if (given.state === "absent") {
    const gone = { state: "absent" };
    if (section === undefined) return change(gone, gone, []);
    return change({ state: "present" }, gone, [send(["remove", rule])]);
  }
  if (seen.nine === null)
    return refuse("this Proxmox VE has no rules for high availability", "before release 9 use pve_ha_group");
  if ((pveText(seen.groups) ?? "").trim() !== "")
    return refuse(
      `there still are groups in ${HA.groups}, and until Proxmox VE has made rules of them it takes no others`,
      "that happens by itself once all nodes run release 9",
    );
  const type = given.type ?? section?.type;
  if (type === undefined) return refuse(`there is no rule ${rule}`, "say its type to make it");
  if (section !== undefined && section.type !== type)
    return refuse(
      `rule ${rule} is of the type ${section.type}, which cannot be changed`,
      "take it away first, or choose another name",
    );
  const odd = type === "node-affinity" ? OWN["resource-affinity"] : OWN["node-affinity"];
  const misplaced = odd.find((name) => given[name] !== undefined);
  if (misplaced !== undefined) return refuse(`\`${misplaced}\` is no option of a ${type} rule`, `rule ${rule} is one`);
  const needed = type === "node-affinity" ? (["guests", "nodes"] as const) : (["guests", "affinity"] as const);
  const missing = section === undefined ? needed.filter((name) => given[name] === undefined) : [];
  if (missing.length > 0) return refuse(`there is no rule ${rule}, and a new one must know ${missing.join(" and ")}`);
  const guests = parseGuestList(seen.guestList ?? "");
  const wanted = (given.guests ?? listOf(section?.options.get("resources")))
    .map((guest) => resourceId(guest, guests) ?? guest)
    .sort();
  const conflict = conflictOf(given, type, wanted, sections, seen, section);
  const plan = compared(given, type, wanted, seen, section);
  // What is in the way, or missing, may be what an earlier task of the same run sees to.
  return conflict === null ? plan : { ...conflict, otherwise: plan };
}

/** Why Proxmox VE would refuse such a rule, or ignore it. */
function conflictOf(
  given: Params,
  type: string,
  guests: readonly string[],
  sections: readonly ConfigSection[],
  { resources, known }: Seen,
  section: ConfigSection | undefined,
): Refusal | null {
  const managed = parseSectionConfig(pveText(resources) ?? "").map((each) => `${each.type}:${each.id}`);
  const unmanaged = guests.filter((each) => !managed.includes(each));
  if (unmanaged.length > 0)
    return refuse(
      `not under high availability: ${unmanaged.join(", ")}`,
      "add them first (pve_ha), or correct the numbers",
    );
  const strangers = [...(given.nodes?.keys() ?? [])].filter((name) => !known?.includes(name));
  if (strangers.length > 0) return refuse(`the cluster has no node ${strangers.join(", ")}`, "correct the name");
  if (type === "node-affinity") {
    for (const other of sections) {
      if (other.type !== type || other.id === given.rule) continue;
      const twice = listOf(other.options.get("resources")).find((each) => guests.includes(each));
      if (twice !== undefined)
        return refuse(
          `${twice} is in the rule ${other.id} already, and a guest can be in one of the kind only`,
          "take it out there",
        );
    }
    return null;
  }
  if (guests.length < 2) return refuse("to stay together or apart takes two guests", "name at least two");
  const negative = (given.affinity ?? section?.options.get("affinity")) === "negative";
  const nodes = known?.length ?? 0;
  return negative && guests.length > nodes
    ? refuse(`${guests.length} guests cannot run on different nodes where there are ${nodes}`, "name fewer guests")
    : null;
}

function compared(
  given: Params,
  type: string,
  guests: readonly string[],
  seen: Seen,
  section: ConfigSection | undefined,
): Change {
  const text = (key: string) => section?.options.get(key);
  const fields: NamedOption[] = [];
  const field = (name: string, key: string, is: Value, wanted: Value, word: string) =>
    fields.push({ name, key, is, wanted, word });
  if (given.guests !== undefined) field("guests", "resources", listOf(text("resources")), guests, guests.join(","));
  if (given.nodes !== undefined) {
    const nodes = new Map([...given.nodes].sort(([a], [b]) => (a < b ? -1 : 1)));
    field(
      "nodes",
      "nodes",
      Object.fromEntries(nodePriorities(text("nodes"))),
      Object.fromEntries(nodes),
      printPriorities(nodes),
    );
  }
  if (given.affinity !== undefined)
    field("affinity", "affinity", text("affinity") ?? null, given.affinity, given.affinity);
  if (given.strict !== undefined)
    field("strict", "strict", text("strict") === "1", given.strict, given.strict ? "1" : "0");
  // `--disable 0` leaves a rule disabled: the option must be deleted.
  if (given.disable !== undefined)
    field("disable", "disable", text("disable") === "1", given.disable, given.disable ? "1" : "");
  if (given.comment !== undefined) field("comment", "comment", text("comment") ?? "", given.comment, given.comment);
  const changes = optionChanges(section !== undefined, fields);
  const { before, after } = changes;
  if (changes.same) return change(before, before, []);
  if (section === undefined) return change(before, after, [send(["add", type, given.rule, ...changes.set])]);
  const words = updateWords(changes, pveDigest(seen.rules ?? ""));
  return change(before, after, [send(["set", type, given.rule, ...words])]);
}
function send(words: readonly string[]) {
  return write.exec(["ha-manager", "rules", ...words], { touches: [HA.rules], limitMs: 60_000 });
}
