import { Environment } from "@marcbachmann/cel-js";
import Handlebars from "handlebars";
import { afterEach, describe, expect, it, vi } from "vitest";
import { runSite } from "../../support/run-site.ts";

afterEach(() => void vi.restoreAllMocks());

const hosts = 50;
const tasks = 20;

/** The same words in every task: texts that are alike are one text. */
const task = (index: number): string => `    - name: "Task ${index} for {{ compiled_once }}"
      copy: { dest: "/tmp/{{ compiled_once }}-{{ inventory_hostname }}-${index}", content: "{{ compiled_twice }}" }
      when: compiled_once != "nothing"
    - template: { src: compiled.hbs, dest: /tmp/compiled-${index} }
    - assert: { that: compiled_once.size() > 1 }
`;

const files = {
  "inventory/hosts.yml": `all:\n  hosts:\n${Array.from({ length: hosts }, (_, index) => `    h${index}: { lab_connection: lab }\n`).join("")}`,
  "inventory/group_vars/all.yml": 'compiled_once: some\ncompiled_twice: "{{ compiled_once }} more"\n',
  "templates/compiled.hbs": "{{ compiled_twice }} of {{ inventory_hostname }}\n",
  "site.yml": `- name: Many\n  hosts: all\n  gather_facts: false\n  tasks:\n${Array.from({ length: tasks }, (_, index) => task(index)).join("")}`,
};

describe(`templates and conditions of ${3 * tasks} tasks on ${hosts} hosts`, () => {
  it("are parsed once each, when the site is loaded", async () => {
    const templates = vi.spyOn(Handlebars, "parse");
    const conditions = vi.spyOn(Environment.prototype, "parse");
    const parsed = (calls: readonly (readonly unknown[])[]): readonly string[] =>
      calls.map(([text]) => String(text)).filter((text) => text.includes("compiled_"));
    const { results, diagnostics, exitCode } = await runSite({ files });
    expect(diagnostics.filter(({ severity }) => severity !== "warning")).toEqual([]);
    expect(exitCode).toBe(0);
    expect(results.filter(({ status }) => status !== "skipped")).toHaveLength(3 * tasks * hosts);
    const ofTemplates = parsed(templates.mock.calls);
    const ofConditions = parsed(conditions.mock.calls);
    // Names and destinations differ from task to task; the variable, the content and the file do not.
    expect(new Set(ofTemplates).size).toBe(2 * tasks + 3);
    expect(ofTemplates).toHaveLength(2 * tasks + 3);
    expect(ofConditions.toSorted()).toEqual(['compiled_once != "nothing"', "compiled_once.size() > 1"]);
  });
});
