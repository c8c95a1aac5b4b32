import { expect, it } from "vitest";
import { loadSite } from "../../../engine/site/load-site.ts";
import { modulesUsed } from "../../../engine/site/modules-used.ts";
import { moduleNames } from "../../../modules/index.ts";
import { textFiles } from "../../support/site-fixture.ts";

const role = { "/site/roles/web/tasks/main.yml": "- copy: { content: a, dest: /a }\n" };

function used(playbook: string, more: Readonly<Record<string, string>> = {}) {
  const source = textFiles({ "/site/site.yml": `- hosts: all\n${playbook}`, ...more });
  const { site } = loadSite(source, { root: "/site", playbooks: ["site.yml"], libraryRoles: "/library", moduleNames });
  const found = site && modulesUsed(site);
  return found && [...found].sort();
}

it.each([
  [
    "every section",
    "  pre_tasks: [stat: a]\n  tasks: [file: a]\n  post_tasks: [debug: a]\n  handlers: [{ name: h, reboot: }]\n",
  ],
  [
    "blocks",
    "  tasks:\n    - block: [{ block: [stat: a] }]\n      rescue: [file: a]\n      always: [debug: a, reboot: ]\n",
  ],
])("are those of tasks: %s", (_, playbook) => {
  expect(used(playbook)).toEqual(["debug", "file", "reboot", "stat"]);
});

it("are those of roles, all their files and handlers, and of what is included", () => {
  expect(used("  roles: [web]\n", role)).toEqual(["copy"]);
  expect(used("  tasks: [include_role: { name: web }]\n", role)).toEqual(["copy"]);
  const whole = {
    ...role,
    "/site/roles/web/tasks/other.yml": "- stat: a\n",
    "/site/roles/web/handlers/main.yml": "- { name: h, service: { name: a } }\n",
    "/site/roles/web/meta/main.yml": "dependencies: [below]\n",
    "/site/roles/below/tasks/main.yml": "- debug: a\n",
  };
  expect(used("  roles: [web]\n", whole)).toEqual(["copy", "debug", "service", "stat"]);
  expect(used("  tasks: [include_tasks: more.yml]\n", { "/site/more.yml": "- file: a\n" })).toEqual(["file"]);
});

it("are those of which defaults are given", () => {
  expect(used('  module_defaults: { file: { mode: "0600" } }\n')).toEqual(["file"]);
  expect(used('  tasks:\n    - debug: a\n      module_defaults: { file: { mode: "0600" } }\n')).toEqual([
    "debug",
    "file",
  ]);
});

it("may be any where an include is known only while the play runs", () => {
  expect(used("  tasks:\n    - include_tasks: '{{ a }}.yml'\n")).toBeNull();
  expect(used("  tasks:\n    - block: [include_role: { name: '{{ a }}' }]\n")).toBeNull();
});
