import { z } from "zod";
import { defineControllerAction } from "../engine/module/index.ts";

const name = (what: string) =>
  z
    .string()
    .trim()
    .min(1, { error: `expected ${what}, got an empty text` });

export const groupBy = defineControllerAction({
  name: "group_by",
  summary: "Put hosts into groups that are made from their variables.",
  description: `Each host of the play joins the group that \`key\` names for it. Later plays can name the group; its variables in \`group_vars/\` are seen
from the next task on. Spaces become \`-\`, and other characters that the name of a group cannot have become \`_\`. It changes no host and so counts as
ok.`,
  params: z.strictObject({
    key: name("the name of a group").describe("The group, mostly a template: `os_{{ facts.distribution.id }}`."),
    parents: z
      .union([name("the name of a group"), z.array(name("the name of a group"))])
      .default([])
      .describe("Groups that hold it. Unsaid: `all` alone."),
  }),
  run({ key, parents }) {
    const group = groupName(key);
    const above = (Array.isArray(parents) ? parents : [parents]).map(groupName);
    return { joinGroup: { name: group, parents: above }, result: { group, parents: above } };
  },
  examples: [
    'group_by: { key: "os_{{ facts.distribution.id }}" }',
    'group_by: { key: "{{ facts.distribution.id }}_{{ facts.distribution.major }}", parents: linux }',
  ],
});

function groupName(text: string): string {
  return text
    .replaceAll(" ", "-")
    .replace(/[^A-Za-z0-9_-]/g, "_")
    .replace(/^(?=[0-9-])/, "_");
}
