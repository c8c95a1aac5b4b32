import { expect, it } from "vitest";
import { type Keywords, keywords } from "../../../engine/site/keywords.ts";
import { loadSite } from "../../../engine/site/load-site.ts";
import { fixtureModules, textFiles } from "../../support/site-fixture.ts";

const known = (table: Keywords): readonly string[] => [...table.keys()];

/** A keyword whose loader forgets it would be accepted and do nothing: the loader calls that a fault of ours. */
function load(text: string): void {
  const files = textFiles({ "/site/site.yml": text, "/site/roles/r/tasks/main.yml": "[]", "/site/other.yml": "[]" });
  loadSite(files, { root: "/site", playbooks: ["site.yml"], libraryRoles: "/lab/roles", moduleNames: fixtureModules });
}

it.each(known(keywords.play))("%s of a play is read", (name) => {
  expect(() => load(`- hosts: all\n  ${name}: x\n`)).not.toThrow();
});

it.each([...known(keywords.task), ...known(keywords.handler)])("%s of a task and of a handler is read", (name) => {
  expect(() => load(`- hosts: all\n  tasks:\n    - debug: {}\n      ${name}: x\n`)).not.toThrow();
  expect(() => load(`- hosts: all\n  handlers:\n    - debug: {}\n      ${name}: x\n`)).not.toThrow();
});

it.each([
  ["include_tasks: other.yml", keywords.includeTasks],
  ["include_role: { name: r }", keywords.includeRole],
])("every keyword of %s is read", (include, table) => {
  for (const name of known(table).filter((each) => !include.startsWith(`${each}:`))) {
    expect(() => load(`- hosts: all\n  tasks:\n    - ${include}\n      ${name}: x\n`), name).not.toThrow();
  }
});
