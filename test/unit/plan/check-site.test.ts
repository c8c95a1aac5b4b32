import { describe, expect, test } from "vitest";
import { inventoryOf, runSite, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

/** `line:column code message (hint)`, a line each; nothing is ever sent where there is one. */
async function problemsOf(files: Readonly<Record<string, string>>): Promise<readonly string[]> {
  const world = createWorld();
  const run = await runSite({ files, world, check: true });
  if (run.diagnostics.length > 0) expect(world.trips).toEqual([]);
  return run.diagnostics.map(
    ({ code, place, message, hint }) => `${place?.line}:${place?.column} ${code}: ${message} (${hint})`,
  );
}
/** Of tasks, which begin on line 4 and in column 7 of the play. */
const inTasks = (text: string, more = {}) => problemsOf({ ...tasksSite(text), ...more });

describe("what is wrong is said before connecting", () => {
  test.each<[string, string, readonly (string | RegExp)[]]>([
    ["an unknown module", "- copi: { dest: /x }", [/^4:7 unknown-\w+: .*copi.*did you mean `copy`/]],
    [
      "an unknown parameter",
      "- copy: { dst: /x, content: x }",
      [
        /4:15 unknown-parameter: `copy` has no parameter `dst` \(did you mean `dest`\?\)/,
        /missing-parameter: `copy` needs the parameter `dest`/,
      ],
    ],
    [
      "a module by Ansible's name",
      '- get_url: { url: "https://x.example/y" }',
      [/^4:7 .*`get_url` \(write `download`\)/],
    ],
    [
      "an unknown field of a map",
      "- tailscale_acl: { auth: { apikey: x } }",
      [/`tailscale_acl` has no parameter `auth.apikey` \(did you mean `api_key`\?\)/, /one of|give/],
    ],
    [
      "a parameter that is missing beside others",
      "- acl: { path: /srv }",
      [/`acl` needs the parameter `entries` \(say the entries, or a mode alone: that takes all others away\)/],
    ],
    ["a missing parameter", "- copy: { content: x }", [/^4:7 missing-parameter: `copy` needs the parameter `dest`/]],
    [
      "a wrong type",
      "- copy: { dest: [1], content: x }",
      [/^4:21 invalid-parameter: `dest` of `copy`: expected a text, got a list/],
    ],
    [
      "a literal beside a template",
      '- copy: { dest: relative, content: "{{ inventory_hostname }}" }',
      [/^4:21 invalid-parameter: .*absolute path/],
    ],
    ["an unknown value", "- file: { path: /x, state: gone }", [/^4:32 invalid-parameter: `state` of `file`/]],
    [
      "an undefined variable in a parameter",
      '- debug: "{{ nam }}"',
      [/^4:18 undefined-variable: variable `nam` is not defined/],
    ],
    [
      "in a condition",
      "- debug: x\n  when: inventory_hostnam == 'x'",
      [/^5:13 undefined-variable: .*did you mean `inventory_hostname`/],
    ],
    ["in a loop", '- debug: x\n  loop: "{{ items }}"', [/^5:\d+ undefined-variable: variable `items`/]],
    ["in a condition within an assertion", "- assert: { that: nam == 1 }", [/undefined-variable: variable `nam`/]],
    ["the item outside of a loop", '- debug: "{{ item }}"', [/undefined-variable: variable `item`/]],
    [
      "a name of another loop",
      '- debug: "{{ item }}"\n  loop: [1]\n  loop_control: { loop_var: each }',
      [/undefined-variable: variable `item`/],
    ],
    ["a fact that there is none of", '- debug: "{{ facts.kernl }}"', [/unknown-fact: .*`facts\.kernel`/]],
    ["a handler that nobody defines", "- debug: x\n  notify: hand", [/^5:15 unknown-handler: .*hand/]],
    ["`reads` on what is no command", "- file: { path: /x }\n  reads: true", [/reads-not-allowed/]],
    ["`check_mode: false` on a change", "- file: { path: /x }\n  check_mode: false", [/check-mode-false/]],
    ["`check_mode: false` on a command", "- command: uname\n  check_mode: false", [/check-mode-false/]],
    ["`wait` on an action", "- command: uname\n  wait: true", [/wait-not-allowed/]],
    ["`async` on what is no command", "- file: { path: /x }\n  async: 5", [/^5:14 async-not-allowed: .*`file`/]],
    ["`async` on a look", "- command: uname\n  reads: true\n  async: 5", [/^6:14 async-not-allowed: .*`reads/]],
    ["`poll` alone", "- command: uname\n  poll: 5", [/^5:13 poll-without-async/]],
    ["a broken expression", "- debug: x\n  when: 1 +", [/^5:\d+ /]],
    ["a file that is not there", "- copy: { src: gone.txt, dest: /x }", [/^4:20 no-file: there is no file `gone.txt`/]],
    ["a file outside of the site", "- copy: { src: /etc/shadow, dest: /x }", [/^4:20 outside-site/]],
  ])("%s", async (_, text, wanted) => {
    const found = await inTasks(text);
    expect(found).toHaveLength(wanted.length);
    for (const each of wanted) expect(found.join("\n")).toMatch(each);
  });
  test("everything is told together", async () => {
    expect(await inTasks('- copi: {}\n- debug: "{{ a }}{{ b }}"\n- file: { path: x }')).toHaveLength(4);
  });
  test("in a template's file, and in the templates of variables", async () => {
    const found = await inTasks("- template: { src: t.hbs, dest: /x }", {
      "templates/t.hbs": "fine\n{{ one }}\n{{ two }}\n",
      "group_vars/all.yml": 'two: "{{ three }}"',
    });
    expect(found.map((each) => each.replace(/ \(.*/, ""))).toEqual([
      "2:4 undefined-variable: variable `one` is not defined",
      "1:10 undefined-variable: variable `three` is not defined",
    ]);
  });
  test("for the hosts that lack it alone", async () => {
    const found = await inTasks('- debug: "{{ mine }}"', {
      "inventory/hosts.yml": inventoryOf("h1", "h2", "h3"),
      "inventory/host_vars/h2.yml": "mine: 1",
    });
    expect(found).toEqual([expect.stringContaining("variable `mine` is not defined for h1, h3")]);
  });
  test("in roles, their handlers and what loops include", async () => {
    const found = await problemsOf({
      "site.yml": "- hosts: all\n  roles: [r]\n",
      "roles/r/tasks/main.yml": '- include_tasks: more.yml\n  loop: [1]\n- debug: "{{ a }}"',
      "roles/r/tasks/more.yml": '- debug: "{{ b }}{{ item }}"',
      "roles/r/handlers/main.yml": '- { name: h, debug: "{{ c }}" }',
    });
    expect(found.map((each) => /`(\w)`/.exec(each)?.[1]).toSorted()).toEqual(["a", "b", "c"]);
  });
});

describe("no false alarms", () => {
  test.each<[string, string, Readonly<Record<string, string>>]>([
    ["a variable that may be missing", "- debug: \"{{ default nam 'x' }}\"\n- debug: x\n  when: has(vars.nam)", {}],
    [
      "what an earlier task registers or sets",
      '- set_fact: { a: 1 }\n- command: uname\n  register: b\n- debug: "{{ a }}{{ b.rc }}"',
      {},
    ],
    [
      "the own result, where it is judged",
      "- command: uname\n  register: r\n  changed_when: r.rc == 0\n  failed_when: r.rc == 3",
      {},
    ],
    [
      "loop variables in included files",
      "- include_tasks: inner.yml\n  loop: [1]\n  loop_control: { loop_var: outer, index_var: n }",
      { "inner.yml": '- debug: "{{ outer }}{{ n }}"' },
    ],
    [
      "loop variables in names, labels and handlers",
      '- name: "{{ item }}"\n  debug: x\n  loop: [1]\n  loop_control: { label: "{{ item }}" }\n  vars: { v: "{{ item }}" }',
      {},
    ],
    [
      "a parameter that is a template",
      '- file: { path: "{{ p }}", state: "{{ s }}" }\n  vars: { p: /etc/x, s: file }',
      {},
    ],
    ["variables of the play's hosts", '- debug: "{{ mine }}"', { "inventory/host_vars/h1.yml": "mine: 1" }],
    ["facts", '- debug: "{{ facts.distribution.name }}{{ facts.cpus.count }}"', {}],
  ])("%s", async (_, text, more) => {
    expect(await inTasks(text, more)).toEqual([]);
  });
  test("a handler of the play that a role notifies, one that listens, one with a template in its name", async () => {
    expect(
      await problemsOf({
        "site.yml": `- hosts: all
  roles: [r]
  handlers:
    - { name: h, debug: x }
    - { name: other, debug: x, listen: topic }
`,
        "roles/r/tasks/main.yml": "- { command: uname, notify: [h, topic, '{{ \"h\" }}'] }",
      }),
    ).toEqual([]);
  });
});
