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
    ["- slurp: { path: /x, src: /y }", "unknown-parameter: `slurp` has no parameter `src` | write `path`"],
    [
      "- command: date\n  changed_when: no",
      "undefined-variable: variable `no` is not defined | write `false`: in YAML 1.2 `no` is a text, and in a condition a variable",
    ],
    [
      "- debug: \"{{ hostvars['h1']['inventory_hostname'] }}\"",
      "jinja-syntax: \"hostvars['h1']['inventory_hostname']\" is no Handlebars expression | {{ hostvars.h1.inventory_hostname }}",
    ],
    [
      '- debug: "{{ hostvars[inventory_hostname].x }}"',
      'jinja-syntax: "hostvars[inventory_hostname].x" is no Handlebars expression | what a variable names is looked up in CEL: !expr hostvars[inventory_hostname].x',
    ],
    [
      '- debug: x\n  loop: "{{ range(0, 3) | list }}"',
      'jinja-syntax: "range(0, 3) | list" is no Handlebars expression | arguments follow the name without parentheses: {{ range 0 3 }}',
    ],
    [
      "- debug: x\n  remote_user: bob",
      "unknown-keyword: a task has no keyword `remote_user` | write it beside the play's `hosts`, or `lab_user` into the inventory; as whom a task runs says `become_user`",
    ],
    [
      "- debug: x\n  with_fileglob: '*'",
      'unknown-keyword: a task has no keyword `with_fileglob` | write `loop: !expr fileglob("PATTERN")`',
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
