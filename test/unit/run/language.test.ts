import { describe, expect, test } from "vitest";
import { inventoryOf, type RunRequest, resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

type Files = Readonly<Record<string, string>>;
const play = (files: Files, more: Partial<RunRequest> = {}) => runSite({ files, ...more });
const tasks = (text: string, more: Partial<RunRequest> = {}, header = "") =>
  runSite({ files: tasksSite(text, header), ...more });

describe("variables", () => {
  const levels = [
    { "roles/r/defaults/main.yml": "v: 1 role default" },
    { "inventory/group_vars/all.yml": "v: 2 group" },
    { "inventory/host_vars/h1.yml": "v: 3 host" },
    { play: "  vars: { v: 4 play }\n" },
    { "roles/r/vars/main.yml": "v: 5 role" },
    { task: "  vars: { v: 6 task }\n" },
    { fact: "- set_fact: { v: 7 fact }\n" },
    { extra: "v=8 extra" },
  ] as const;
  test.each(levels.map((_, index) => index + 1))("level %i wins over those below", async (highest) => {
    const given: Record<string, string> = Object.assign({}, ...levels.slice(0, highest));
    const { play: header = "", task = "", fact = "", extra, ...files } = given;
    const run = await play(
      {
        ...files,
        "site.yml": `- hosts: all\n${header}  roles: [r]\n`,
        "roles/r/tasks/main.yml": `${fact}- debug: "{{ v }}"\n${task}`,
      },
      extra === undefined ? {} : { extraVars: [extra] },
    );
    expect(saidBy(run)).toEqual([expect.stringMatching(new RegExp(`^${highest} `))]);
  });
  test("defaults and vars are seen in the role only", async () => {
    const run = await play({
      "site.yml": "- hosts: all\n  roles: [a, b]\n  tasks:\n    - debug: \"{{ default v 'none' }}\"\n",
      "roles/a/defaults/main.yml": "v: a",
      "roles/a/tasks/main.yml": '- debug: "{{ v }}"',
      "roles/b/vars/main.yml": "v: b",
      "roles/b/tasks/main.yml": '- debug: "{{ v }}"\n- include_role: { name: c }',
      "roles/c/tasks/main.yml": "- debug: \"{{ default v 'none' }}\"",
    });
    expect(run.diagnostics).toEqual([]);
    expect(saidBy(run)).toEqual(["a", "b", "none", "none"]);
  });
  test("magic ones, and those of other hosts", async () => {
    const run = await play({
      "inventory/hosts.yml": `${inventoryOf("h1", "h2")}  children:\n    few:\n      hosts:\n        h2: { mine: two }\n`,
      "site.yml": `
- hosts: all
  tasks:
    - set_fact: { seen: "{{ inventory_hostname }}" }
    - debug:
        msg: ["{{ groups.few }}", "{{ group_names }}", "{{ play_hosts }}", "{{ hostvars.h2.mine }}", "{{ hostvars.h2.seen }}", "{{ check_mode }}"]
`,
    });
    expect(saidBy(run)).toEqual([[["h2"], ["ungrouped"], ["h1", "h2"], "two", "h2", false]]);
    expect(saidBy(run, "h2")).toEqual([[["h2"], ["few"], ["h1", "h2"], "two", "h2", false]]);
  });
});

describe("roles", () => {
  const said = (name: string) => ({ [`roles/${name}/tasks/main.yml`]: `- debug: ${name}` });
  const needs = (name: string, ...others: readonly string[]) => ({
    ...said(name),
    [`roles/${name}/meta/main.yml`]: `dependencies: [${others.join(", ")}]`,
  });
  test("dependencies come first, and once", async () => {
    const run = await play({
      "site.yml": "- hosts: all\n  roles: [a, b, a]\n",
      ...needs("a", "common"),
      ...needs("b", "common", "a"),
      ...said("common"),
    });
    expect(saidBy(run)).toEqual(["common", "a", "b"]);
  });
  test("but one that stood under a condition does not count for a use without", async () => {
    const run = await play({
      "site.yml": "- hosts: all\n  roles:\n    - { role: a, when: inventory_hostname == 'other' }\n    - b\n",
      ...needs("a", "common"),
      ...needs("b", "common"),
      ...said("common"),
    });
    expect(saidBy(run)).toEqual(["common", "b"]);
  });
  test("nor one that the tags left out", async () => {
    const run = await play(
      {
        "site.yml": "- hosts: all\n  roles:\n    - { role: a, tags: x }\n    - { role: b, tags: y }\n",
        ...needs("a", "common"),
        ...needs("b", "common"),
        ...said("common"),
      },
      { tags: ["y"] },
    );
    expect(saidBy(run)).toEqual(["common", "b"]);
  });
  test("with other parameters a role runs again", async () => {
    const run = await play({
      "site.yml": "- hosts: all\n  roles:\n    - { role: a, vars: { p: 1 } }\n    - { role: a, vars: { p: 2 } }\n",
      "roles/a/tasks/main.yml": '- debug: "{{ p }}"',
    });
    expect(saidBy(run)).toEqual([1, 2]);
  });
});

describe("handlers", () => {
  const changed = (name: string, notify: string) => `
    - name: ${name}
      command: echo ${name}
      notify: ${notify}`;
  const site = (text: string, handlers: string, more = "") =>
    `- hosts: all\n${more}  tasks:${text}\n  handlers:${handlers}\n`;
  test("run once, in the order of their declaration, after the section", async () => {
    const run = await play({
      "site.yml": site(
        `${changed("a", "[second, topic]")}${changed("b", "first")}${changed("c", "second")}`,
        `
    - { name: first, debug: x }
    - { name: second, debug: x }
    - { name: third, debug: x, listen: topic }`,
        "  pre_tasks:\n    - { name: before, command: echo, notify: third }\n",
      ),
    });
    expect(storyOf(run).map((line) => line.replace(/^h1 /, ""))).toEqual([
      "before: changed",
      "handler third: ok",
      "a: changed",
      "b: changed",
      "c: changed",
      "handler first: ok",
      "handler second: ok",
      "handler third: ok",
    ]);
  });
  test("of the role come first, then those of the play", async () => {
    const files = {
      "site.yml": `- hosts: all
  roles: [r]
  tasks:
    - { name: outside, command: echo, notify: h }
  handlers:
    - { name: h, debug: of the play }
`,
      "roles/r/tasks/main.yml": "- { name: inside, command: echo, notify: h }",
      "roles/r/handlers/main.yml": "- { name: h, debug: of the role }",
    };
    expect(saidBy(await play(files))).toEqual(["of the role", "of the play"]);
  });
  test("may notify others, earlier ones too", async () => {
    const run = await play({
      "site.yml": site(
        changed("a", "two"),
        `
    - { name: one, debug: one }
    - { name: two, command: echo, notify: [one, three] }
    - { name: three, debug: three }`,
      ),
    });
    expect(saidBy(run)).toEqual(["three", "one"]);
  });
  test("that notify each other without end are stopped, with a warning", async () => {
    const run = await play({
      "site.yml": site(
        changed("a", "ping"),
        `
    - { name: ping, command: echo, notify: pong }
    - { name: pong, command: echo, notify: ping }`,
      ),
    });
    expect(run.exitCode).toBe(0);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "warning", diagnostic: expect.objectContaining({ code: "handler-ring" }) }),
    );
  });
  test("whose name comes from the item are those of the items that changed", async () => {
    const run = await play({
      "site.yml": site(
        `
    - copy: { dest: "/etc/{{ item }}", content: same }
      loop: [one, two]
      notify: "handle {{ item }}"`,
        `
    - { name: handle one, debug: one }
    - { name: handle two, debug: two }`,
      ),
    });
    expect(saidBy(run)).toEqual(["one", "two"]);
  });
  test.each([
    [true, ["handled"]],
    [false, []],
  ])("on a host that failed: force_handlers %s", async (force, wanted) => {
    const run = await play({
      "site.yml": site(
        `${changed("a", "h")}\n    - fail: no`,
        "\n    - { name: h, debug: handled }",
        `  force_handlers: ${force}\n`,
      ),
    });
    expect(saidBy(run)).toEqual(wanted);
    expect(run.exitCode).toBe(2);
  });
});

describe("loops", () => {
  test.each<[string, string, readonly unknown[]]>([
    ["a list", "[1, two, [3]]", [1, "two", [3]]],
    [
      "a map",
      "{ a: 1, b: 2 }",
      [
        { key: "a", value: 1 },
        { key: "b", value: 2 },
      ],
    ],
    ["an expression", '!expr "[1, 2].map(x, x * 10)"', [10, 20]],
    ["a template", '"{{ group_names }}"', ["ungrouped"]],
    ["nothing", "[]", []],
  ])("over %s", async (_, loop, wanted) => {
    const run = await tasks(`- debug: "{{ item }}"\n  loop: ${loop}`);
    const items = run.results.filter(({ kind }) => kind === "item");
    expect(items.map(({ result }) => (result as { msg: unknown }).msg)).toEqual(wanted);
    expect(run.results.at(-1)?.status).toBe(wanted.length === 0 ? "skipped" : "ok");
  });
  test("with names of one's own, a label, conditions on the item, and results", async () => {
    const run = await tasks(`
      - command: "echo {{ thing.n }}"
        loop: [{ n: 1 }, { n: 2 }, { n: 3 }]
        loop_control: { loop_var: thing, index_var: i, label: "number {{ thing.n }}" }
        when: thing.n != 2 && i < 3
        register: r
      - debug: !expr "r.results.map(x, x.skipped)"
      - debug: "{{ r.changed }}"
      - debug: !expr "r.results.map(x, x.thing.n + x.item.n)"`);
    expect(run.diagnostics).toEqual([]);
    expect(storyOf(run).slice(0, 4)).toEqual([
      "h1 command[number 1]: changed",
      "h1 command[number 2]: skipped",
      "h1 command[number 3]: changed",
      "h1 command: changed",
    ]);
    expect(saidBy(run)).toEqual([[false, true, false], true, [2, 4, 6]]);
  });
  test("set_fact in a loop sees what the item before it set", async () => {
    const run = await tasks(`
      - set_fact: { sum: 0 }
      - set_fact: { sum: !expr "sum + item" }
        loop: [1, 2, 3]
      - debug: "{{ sum }}"`);
    expect(saidBy(run)).toEqual([6]);
  });
});

describe("includes", () => {
  test("static, dynamic and looped; their keywords hold for all inside", async () => {
    const run = await play(
      {
        "site.yml": `
- hosts: all
  vars: { which: two }
  tasks:
    - include_tasks: one.yml
      vars: { v: static }
    - include_tasks: "{{ which }}.yml"
      vars: { v: dynamic }
    - include_tasks: one.yml
      loop: [a, b]
      vars: { v: "{{ item }}" }
    - include_tasks: one.yml
      when: false
      vars: { v: never }
    - include_role: { name: "{{ 'r' }}" }
      vars: { v: role }
      loop: [x, y]
`,
        "one.yml": '- debug: "one {{ v }}"',
        "two.yml": '- debug: "two {{ v }} {{ facts.hostname }}"',
        "roles/r/tasks/main.yml": '- debug: "{{ role_name }} {{ v }} {{ item }}"',
      },
      {},
    );
    expect(run.diagnostics).toEqual([]);
    expect(saidBy(run)).toEqual(["one static", "two dynamic h1", "one a", "one b", "r role x", "r role y"]);
  });
  test("a name that leads nowhere fails the host", async () => {
    const run = await tasks('- set_fact: { f: gone }\n- include_tasks: "{{ f }}.yml"\n- debug: never');
    expect(storyOf(run)).toEqual(["h1 set_fact: ok", "h1 include_tasks: failed"]);
  });
});

describe("tags", () => {
  const files = tasksSite(`
    - { debug: a, tags: a }
    - { debug: b, tags: [b, c] }
    - { debug: always, tags: always }
    - { debug: never, tags: [never, n] }
    - { debug: plain }`);
  test.each<[readonly string[], readonly string[], readonly string[]]>([
    [[], [], ["a", "b", "always", "plain"]],
    [["a"], [], ["a", "always"]],
    [["a", "c"], [], ["a", "b", "always"]],
    [["n"], [], ["always", "never"]],
    [["never"], [], ["always", "never"]],
    [["tagged"], [], ["a", "b", "always"]],
    [["untagged"], [], ["always", "plain"]],
    [["all"], ["b"], ["a", "always", "plain"]],
    [["a"], ["always"], ["a"]],
    [[], ["tagged"], ["plain"]],
    [[], ["untagged"], ["a", "b", "always"]],
  ])("--tags %j --skip-tags %j", async (wanted, skipped, said) => {
    expect(saidBy(await play(files, { tags: wanted, skipTags: skipped }))).toEqual(said);
  });
});

describe("keywords of a task", () => {
  const usersOf = (run: { world: ReturnType<typeof createWorld> }) =>
    run.world.trips.map(({ batch }) => batch.sections.map(({ user }) => user));
  test("become: the engine asks for the user, for looks and writes", async () => {
    const world = createWorld({ h1: { users: ["ada"] } });
    const run = await tasks(
      `
      - copy: { dest: /home/ada/x, content: x }
        become: true
        become_user: ada
      - copy: { dest: /etc/x, content: x }`,
      { world },
    );
    expect(run.exitCode).toBe(0);
    expect(usersOf(run).flat()).toContain("ada");
    expect(world.host("h1").files["/home/ada/x"]).toMatchObject({ uid: 1000 });
    expect(world.host("h1").files["/etc/x"]).toMatchObject({ uid: 0 });
  });
  test("environment reaches the commands, the innermost first", async () => {
    const run = await tasks(
      "- command: uname -n\n  environment: { A: task }",
      {},
      "  environment: { A: play, B: play }\n",
    );
    const execs = run.world.trips.flatMap(({ batch }) => batch.sections.flatMap(({ operations }) => operations));
    expect(execs.filter(({ kind }) => kind === "exec")).toMatchObject([{ env: { A: "task", B: "play" } }]);
  });
  test("no_log shows what became of it and nothing else", async () => {
    const run = await tasks('- copy: { dest: /etc/x, content: "hush" }\n  no_log: true\n- fail: hush\n  no_log: true');
    expect(JSON.stringify(run.events)).not.toContain("hush");
    expect(storyOf(run)).toEqual(["h1 copy: changed", "h1 fail: failed"]);
  });
  test("ignore_errors goes on, and is counted apart", async () => {
    const run = await tasks('- fail: no\n  ignore_errors: true\n  register: r\n- debug: "{{ r.failed }}"');
    expect(storyOf(run)).toEqual(["h1 fail: failed (ignored)", "h1 debug: ok"]);
    expect(run.recap?.hosts.h1).toMatchObject({ ignored: 1, failed: 0 });
    expect(run.exitCode).toBe(0);
  });
  test.each<[string, string]>([
    ["changed_when: false", "ok"],
    ["changed_when: r.rc == 0", "changed"],
    ["changed_when: [true, r.rc == 1]", "ok"],
    ["failed_when: r.rc == 0", "failed"],
    ["failed_when: r.stdout == 'nothing'", "changed"],
    ["failed_when: r.stdout + 1 == 2", "failed"],
  ])("%s", async (keyword, status) => {
    const run = await tasks(`- command: uname -n\n  register: r\n  ${keyword}`);
    expect(storyOf(run)).toEqual([`h1 command: ${status}`]);
  });
  test("failed_when forgives an exit code, not a broken task", async () => {
    expect(storyOf(await tasks("- command: test -e /no\n  failed_when: false"))).toEqual(["h1 command: changed"]);
    expect(storyOf(await tasks("- copy: { dest: /no/x, content: x }\n  failed_when: false"))).toEqual([
      "h1 copy: failed",
    ]);
  });
  test("secrets that parameters hold are given to the redactor", async () => {
    const world = createWorld();
    const run = await tasks("- copy: { dest: /etc/x, content: !secret plain }", { world });
    if (run.diagnostics.length === 0) expect(run.hidden).toContain("plain");
    else expect(run.exitCode).toBe(1);
  });
});

describe("facts", () => {
  const looks = (run: { world: ReturnType<typeof createWorld> }) =>
    run.world.trips.flatMap(({ batch }) => batch.sections.flatMap(({ operations }) => operations)).length;
  test("none are looked at where none are read", async () => {
    expect(looks(await tasks("- debug: x"))).toBe(0);
  });
  test.each([
    ["in a parameter", 'debug: "{{ facts.kernel.release }}"', 1],
    ["in a condition", "debug: x\n  when: facts.kernel.release != ''", 1],
    ["in an assertion", "assert: { that: facts.kernel.release != '' }", 1],
    ["of two groups", 'debug: "{{ facts.kernel.release }}{{ facts.hostname }}"', 2],
  ])("%s: those groups and no others, once", async (_, task, count) => {
    const run = await tasks(`- ${task}\n- ${task}`);
    expect(run.exitCode).toBe(0);
    expect(looks(run)).toBe(count);
  });
});

describe("several hosts and plays", () => {
  const files = {
    "inventory/hosts.yml": inventoryOf("h1", "h2"),
    "site.yml": `
- hosts: all
  tasks:
    - { name: a, fail: no, when: inventory_hostname == 'h1' }
    - { name: b, debug: "{{ play_hosts }}" }
- hosts: all
  tasks:
    - { name: c, debug: "{{ play_hosts }}" }
`,
  };
  test("a host that fails takes no part in what follows", async () => {
    const run = await play(files);
    expect(storyOf(run).toSorted()).toEqual(["h1 a: failed", "h2 a: skipped", "h2 b: ok", "h2 c: ok"]);
    // Whoever has failed is no host of the play any more.
    expect(saidBy(run, "h2")).toEqual([["h2"], ["h2"]]);
    expect(run.exitCode).toBe(2);
  });
  test("--limit leaves the others out", async () => {
    expect(storyOf(await play(files, { limit: "h2" }))).toEqual(["h2 a: skipped", "h2 b: ok", "h2 c: ok"]);
  });
  test("any_errors_fatal ends it for all", async () => {
    const strict = {
      ...files,
      "site.yml": files["site.yml"].replace("- hosts: all", "- hosts: all\n  any_errors_fatal: true"),
    };
    const run = await play(strict);
    expect(storyOf(run).toSorted()).toEqual(["h1 a: failed", "h2 a: skipped"]);
    expect(run.events).toContainEqual(expect.objectContaining({ type: "host", name: "h2", event: "ended" }));
  });
  test("one that cannot be reached is told once, and the others go on", async () => {
    const world = createWorld();
    world.unreachable.add("h1");
    const text = "- { name: a, copy: { dest: /etc/x, content: x } }\n- { name: b, debug: x }";
    const run = await play({ ...tasksSite(text), "inventory/hosts.yml": inventoryOf("h1", "h2") }, { world });
    expect(storyOf(run).toSorted()).toEqual(["h1 a: unreachable", "h2 a: changed", "h2 b: ok"]);
    expect(run.exitCode).toBe(4);
  });
  test("what one play registers another reads", async () => {
    const run = await play({
      "site.yml":
        '- hosts: all\n  tasks:\n    - { command: uname -n, register: r }\n- hosts: all\n  tasks:\n    - debug: "{{ r.stdout }}"\n',
    });
    expect(saidBy(run)).toEqual(["h1"]);
  });
  test("the name of a task and its result stand together", async () => {
    const run = await tasks('- { name: "for {{ inventory_hostname }}", debug: x }');
    expect(resultOf(run, "for h1").status).toBe("ok");
  });
});
