import { z } from "zod";
import type { Value, ValueMap } from "../engine/module/index.ts";
import { defineControllerAction } from "../engine/module/index.ts";

/** Ansible has several names for both. */
const NAMES = ["name", "host", "hostname"] as const;
const GROUPS = ["groups", "group", "groupname"] as const;

export const addHost = defineControllerAction({
  name: "add_host",
  summary: "Add a host to the inventory of the run.",
  description: `Later plays see it: in their host patterns, in \`groups\` and in \`hostvars\`; of the play under way it is no part. \`name\` is its name,
\`groups\` the groups that it is in, new ones too; every other parameter is a variable of the host, such as \`lab_host\`. A host that is there gets the
groups and variables in addition. It runs once for all hosts of the play, on the first: to add several, use \`loop\`. It changes no host and so counts as
ok; the inventory's files stay as they are.`,
  params: z
    .record(
      z.string(),
      z.custom<Value>((value) => value !== undefined),
    )
    .superRefine((given, context) => {
      const wrong = (name: string, message: string) => context.addIssue({ code: "custom", path: [name], message });
      const names = NAMES.filter((name) => given[name] !== undefined);
      const groups = GROUPS.filter((name) => given[name] !== undefined);
      if (names.length === 0) context.addIssue({ code: "custom", message: "say which host: name" });
      for (const name of names.slice(1)) wrong(name, `${name} and ${names[0]} are the same: give one`);
      for (const name of groups.slice(1)) wrong(name, `${name} and ${groups[0]} are the same: give one`);
      for (const name of names) {
        if (typeof given[name] !== "string" || given[name].trim() === "") wrong(name, "expected the name of a host");
      }
      for (const name of groups) {
        if (groupsOf(given[name]) === null) wrong(name, "expected the name of a group, or a list of names");
      }
      for (const name of Object.keys(given)) {
        if ([...NAMES, ...GROUPS].some((known) => known === name)) continue;
        if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name))
          wrong(name, `"${name}" is not the name of a variable: letters, digits and _, no digit in front`);
      }
    })
    .describe("`name`, `groups`, and the host's variables."),
  once: true,
  run(given: ValueMap) {
    const named = NAMES.map((name) => given[name]).find((value) => value !== undefined);
    const name = typeof named === "string" ? named : "";
    const groups = groupsOf(GROUPS.map((each) => given[each]).find((value) => value !== undefined)) ?? [];
    const vars = Object.fromEntries(
      Object.entries(given).filter(([key]) => ![...NAMES, ...GROUPS].some((known) => known === key)),
    );
    return { addHost: { name, groups, vars }, result: { host: name, groups: [...groups] } };
  },
  examples: [
    "add_host: { name: media, groups: [containers], lab_connection: pct, lab_node: pve1, lab_vmid: 101 }",
    'add_host: { name: "web{{ 1 }}", groups: "web,staging", lab_host: 192.0.2.10, port: 8080 }',
  ],
});

/** A list of names, or a text with commas; null for anything else. */
function groupsOf(value: Value | undefined): readonly string[] | null {
  if (value === undefined || value === null) return [];
  if (typeof value === "string") return words(value);
  if (!Array.isArray(value)) return null;
  const items: readonly unknown[] = value;
  const names = items.filter((item): item is string => typeof item === "string" && item.trim() !== "");
  return names.length === items.length ? names.flatMap(words) : null;
}

function words(text: string): readonly string[] {
  return text.split(",").flatMap((word) => (word.trim() === "" ? [] : [word.trim()]));
}
