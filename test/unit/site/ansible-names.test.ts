import { describe, expect, test } from "vitest";
import { runSite, tasksSite } from "../../support/run-site.ts";

/** What the static check says of one task, as `code: message | hint`. */
async function saidOf(task: string): Promise<readonly string[]> {
  const { diagnostics } = await runSite({ files: tasksSite(task) });
  return diagnostics.map(({ code, message, hint }) => `${code}: ${message} | ${hint}`);
}

describe("habits of Ansible are answered with what works here", () => {
  test.each([
    ["- apt: { name: htop }", "unknown-module: there is no module `apt` | write `package`"],
    [
      "- ansible.builtin.apt: { name: htop }",
      "unknown-module: there is no module `ansible.builtin.apt` | write `package`",
    ],
    ["- blockinfile: { path: /x }", "unknown-module: there is no module `blockinfile` | write `block`"],
    ["- fiel: { path: /x }", "unknown-module: there is no module `fiel` | did you mean `file`?"],
    [
      "- command: touch /tmp/x creates=/tmp/x",
      'free-form: `creates` is not written into the command | write a map: `command: { cmd: "touch /tmp/x", creates: /tmp/x }`',
    ],
    [
      '- debug: msg="hi {{ inventory_hostname }}"',
      'free-form: parameters are not written as `key=value` | write a map: `debug: { msg: "hi {{ inventory_hostname }}" }`',
    ],
    [
      "- debug: msg={{ upper inventory_hostname }}",
      'free-form: parameters are not written as `key=value` | write a map: `debug: { msg: "{{ upper inventory_hostname }}" }`',
    ],
    [
      "- debug: x\n  when: ansible_facts['distribution'] == 'Debian'",
      "undefined-variable: variable `ansible_facts` is not defined | facts are `facts.distribution.id`, `facts.hostname` … (lab doc facts)",
    ],
    [
      '- debug: "{{ ansible_hostname }}"',
      "undefined-variable: variable `ansible_hostname` is not defined | write `facts.hostname`",
    ],
    [
      '- debug: "{{ ansible_user }}"',
      "undefined-variable: variable `ansible_user` is not defined | write `lab_user`, where the inventory sets it",
    ],
    [
      "- ping:",
      "unknown-module: there is no module `ping` | `lab facts PATTERN` shows which hosts answer: it logs in to each, and changes nothing",
    ],
    [
      "- command: date\n  when: not inventory_hostname == 'x'",
      "jinja-syntax: \"not\" is written ! | write `!(inventory_hostname == 'x')`",
    ],
    ["- command: date\n  when: not check_mode", 'jinja-syntax: "not" is written ! | write `!check_mode`'],
    ["- command: date\n  when: 1 not in [0, 1]", 'jinja-syntax: "not in" is Python | write `!(1 in [0, 1])`'],
  ])("%s", async (task, said) => {
    expect(await saidOf(task)).toEqual([said]);
  });
  test("an equals sign in a command is no parameter", async () => {
    expect(await saidOf("- command: env LC_ALL=C date --iso=s")).toEqual([]);
  });
});
