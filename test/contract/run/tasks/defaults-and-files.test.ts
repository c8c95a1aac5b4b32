import { describe, expect, test } from "vitest";
import { runBothWays } from "../../../support/run-both-ways.ts";
import {
  indent,
  inventoryOf,
  type RunRequest,
  resultOf,
  runSite,
  saidBy,
  storyOf,
  tasksSite,
} from "../../../support/run-site.ts";
import { createWorld } from "../../../support/world.ts";

const modeOf = (run: Awaited<ReturnType<typeof runSite>>, path: string) => run.world.host("h1").files[path]?.mode;
const told = (run: Awaited<ReturnType<typeof runSite>>) =>
  run.diagnostics.map(
    ({ code, place, message, hint }) => `${place?.file}:${place?.line}:${place?.column} ${code}: ${message} (${hint})`,
  );

describe("module_defaults, as Ansible's page has it", () => {
  const play = (tasks: string, defaults: string, more: Readonly<Record<string, string>> = {}) =>
    runBothWays({ files: { ...tasksSite(tasks, `  module_defaults:\n${indent(defaults, 4)}\n`), ...more } });
  test("of a play; a task's own parameter wins", async () => {
    const { run } = await play(
      "- copy: { dest: /srv/a, content: x }\n- copy: { dest: /srv/b, content: x, mode: '0640' }\n- file: { path: /srv/c, state: touch }\n".replace(
        "state: touch",
        "state: directory",
      ),
      "copy: { mode: '0600' }",
    );
    expect([modeOf(run, "/srv/a"), modeOf(run, "/srv/b"), modeOf(run, "/srv/c")]).toEqual(["0600", "0640", "0755"]);
  });
  test("play, block and task are laid over each other, parameter by parameter", async () => {
    const { run } = await play(
      `
- module_defaults: { copy: { mode: "0640" } }
  block:
    - copy: { dest: /srv/a, content: x }
    - copy: { dest: /srv/b, content: x }
      module_defaults: { copy: { mode: "0604" } }
- copy: { dest: /srv/c }
`,
      "copy: { mode: '0600', content: from the play }",
    );
    expect([modeOf(run, "/srv/a"), modeOf(run, "/srv/b"), modeOf(run, "/srv/c")]).toEqual(["0640", "0604", "0600"]);
  });
  test("they hold in roles, includes and handlers", async () => {
    const { run } = await runBothWays({
      files: {
        "site.yml": `
- hosts: all
  module_defaults: { copy: { mode: "0600" } }
  roles: [r]
  tasks:
    - include_tasks: more.yml
      module_defaults: { copy: { mode: "0640" } }
  handlers:
    - { name: h, copy: { dest: /srv/h, content: x } }
`,
        "roles/r/tasks/main.yml": "- { copy: { dest: /srv/r, content: x }, notify: h }\n",
        "more.yml": "- copy: { dest: /srv/m, content: x }\n",
      },
    });
    expect(["/srv/r", "/srv/m", "/srv/h"].map((path) => modeOf(run, path))).toEqual(["0600", "0640", "0600"]);
  });
  test("beside a single value, and beside a map that is computed", async () => {
    const { run } = await play(
      `
- command: touch relative
- copy: "{{ wanted }}"
  vars: { wanted: { dest: /srv/computed, content: x } }
- debug:
`,
      "command: { chdir: /srv }\ncopy: { mode: '0600' }\ndebug: { msg: by default }",
    );
    expect(run.world.host("h1").files["/srv/relative"]).toBeDefined();
    expect(modeOf(run, "/srv/computed")).toBe("0600");
    expect(saidBy(run)).toEqual(["by default"]);
  });
  test("values may be templates, read with the variables of the task", async () => {
    const { run } = await play(
      '- copy: { dest: "/srv/{{ item }}" }\n  loop: [a, b]\n  vars: { m: "0610" }\n',
      'copy: { content: "{{ inventory_hostname }} {{ item }}", mode: "{{ m }}" }',
    );
    expect([modeOf(run, "/srv/a"), modeOf(run, "/srv/b")]).toEqual(["0610", "0610"]);
  });
  test.each([
    ["cpoy: { mode: '0600' }", /unknown-module: there is no module `cpoy` \(did you mean `copy`\?\)/],
    ["copy: { mod: '0600' }", /unknown-parameter: `copy` has no parameter `mod` \(did you mean `mode`\?\)/],
    ["copy: { mode: rwx }", /invalid-parameter: `mode` of `copy`/],
    ["group/aws: { region: x }", /wrong-module-defaults: .*name each module/],
    ["ansible.builtin.copy: { mode: '0600' }", /wrong-module-defaults: .*modules have short names: `copy`/],
    ["apt: { update_cache: true }", /unknown-module: .*write `package`/],
    ["copy: '0600'", /wrong-type: the defaults of `copy` must be a map of parameters, not a text/],
    ['copy: "{{ x }}"', /wrong-type: .*not a template/],
    ["copy: { content: '{{ nobody }}' }", /undefined-variable: variable `nobody` is not defined/],
  ])("%s", async (defaults, expected) => {
    const files = tasksSite(
      "- copy: { dest: /srv/a, content: x }\n- copy: { dest: /srv/b, src: x }\n".replace(
        ", src: x",
        defaults.includes("content") ? "" : ", content: y",
      ),
      `  module_defaults:\n    ${defaults}\n`,
    );
    const found = told(await runSite({ files }));
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
    expect(found[0]).toMatch(/^site\.yml:4:\d+ /);
  });
  test.each([["[copy]"], ["'{{ x }}'"], ["3"]])("module_defaults: %s", async (value) => {
    const found = told(await runSite({ files: tasksSite("- debug: x\n", `  module_defaults: ${value}\n`) }));
    expect(found).toEqual([
      expect.stringMatching(/^site\.yml:3:20 wrong-type: `module_defaults` must be a map of modules/),
    ]);
  });
});

describe("include_vars, as Ansible's page of the module has it", () => {
  const files = (tasks: string, more: Readonly<Record<string, string>>) => ({ ...tasksSite(tasks), ...more });
  test("wins over play, role and task vars, for this host and the rest of the run; -e wins over it", async () => {
    const given = {
      ...files('- include_vars: a.yml\n- debug: "{{ v }} {{ w }}"\n  vars: { v: task }\n', {
        "vars/a.yml": "v: file\nw: file\n",
      }),
    };
    const { run } = await runBothWays({ files: given, extraVars: ["w=extra"] });
    expect(saidBy(run)).toEqual(["file extra"]);
  });
  test("its templates are rendered where they are read", async () => {
    const { run } = await runBothWays({
      files: {
        "inventory/hosts.yml": inventoryOf("h1", "h2"),
        ...files('- include_vars: a.yml\n- set_fact: { later: 2 }\n- debug: "{{ v }}"\n', {
          "vars/a.yml": 'v: "{{ inventory_hostname }} {{ later }}"\n',
        }),
      },
    });
    expect([saidBy(run), saidBy(run, "h2")]).toEqual([["h1 2"], ["h2 2"]]);
  });
  test("into one variable; a folder, in the order of its paths", async () => {
    const { run } = await runBothWays({
      files: files(
        '- include_vars: { file: a.yml, name: stuff }\n- debug: "{{ stuff.v }}"\n- include_vars: { dir: more }\n- debug: "{{ x }} {{ y }}"\n',
        {
          "vars/a.yml": "v: 1\n",
          "vars/more/1.yml": "x: first\ny: first\n",
          "vars/more/2/z.json": '{"x": "second"}',
          "vars/more/no.txt": "x: third",
        },
      ),
    });
    expect(saidBy(run)).toEqual([1, "second first"]);
  });
  test("a role's own vars/ come first, then the playbook's", async () => {
    const { run } = await runBothWays({
      files: {
        "site.yml": "- hosts: all\n  roles: [r]\n",
        "roles/r/tasks/main.yml": '- include_vars: a.yml\n- include_vars: b.yml\n- debug: "{{ v }} {{ w }}"\n',
        "roles/r/vars/a.yml": "v: role\n",
        "vars/a.yml": "v: playbook\n",
        "vars/b.yml": "w: playbook\n",
      },
    });
    expect(saidBy(run)).toEqual(["role playbook"]);
  });
  test("a name that is computed: what it sets nobody knows before", async () => {
    const { run } = await runBothWays({
      files: files('- include_vars: "{{ facts.distribution.id }}.yml"\n- debug: "{{ v }}"\n', {
        "vars/debian.yml": "v: deb\n",
      }),
    });
    expect(run.diagnostics.map(({ code, severity }) => [code, severity])).toEqual([["undefined-variable", "warning"]]);
    expect(saidBy(run)).toEqual(["deb"]);
  });
  test.each([
    [
      "- include_vars: nmaes.yml\n",
      /site\.yml:5:21 no-file: there is no file `nmaes\.yml` \(did you mean `names\.yml`\?\)/,
    ],
    ["- include_vars: broken.yml\n", /vars\/broken\.yml:1:\d+ /],
    ["- include_vars: list.yml\n", /vars\/list\.yml:1:1 wrong-type: vars\/list\.yml must be a map/],
    ["- include_vars: magic.yml\n", /vars\/magic\.yml:1:1 magic-variable: "facts"/],
    ["- include_vars: /etc/passwd\n", /outside-site/],
    ["- include_vars: ../../x.yml\n", /no-file|outside-site/],
    ["- include_vars: {}\n", /say which: file or dir/],
    ["- include_vars: { file: names.yml, dir: sub }\n", /file and dir contradict each other/],
    ["- include_vars: { file: names.yml, name: two words }\n", /is not the name of a variable/],
    ["- include_vars: { file: names.yml, hash_behaviour: merge }\n", /unknown-parameter/],
    ["- include_vars: reads.yml\n", /vars\/reads\.yml:1:8 undefined-variable: variable `nobody`/],
  ])("%s", async (task, expected) => {
    const found = told(
      await runSite({
        files: files(task, {
          "vars/names.yml": "a: 1\n",
          "vars/sub/x.yml": "a: 1\n",
          "vars/broken.yml": "a: [1\n",
          "vars/list.yml": "- a\n",
          "vars/magic.yml": "facts: 1\n",
          "vars/reads.yml": 'v: "{{ nobody }}"\n',
        }),
      }),
    );
    expect(found.length).toBeGreaterThan(0);
    expect(found[0]).toMatch(
      expected.source.startsWith("site") ? new RegExp(expected.source.replace("5:21", "4:21")) : expected,
    );
  });
});

describe("import_playbook, as Ansible's page has it", () => {
  const go = (files: Readonly<Record<string, string>>, more: Partial<RunRequest> = {}) =>
    runBothWays({ files, ...more });
  test("its plays stand in its place; paths begin where the importing file is; nested, too", async () => {
    const { run } = await go({
      "site.yml": "- import_playbook: parts/one.yml\n- hosts: all\n  tasks: [{ debug: last }]\n",
      "parts/one.yml": "- hosts: all\n  tasks: [{ debug: one }]\n- import_playbook: deeper/two.yml\n",
      "parts/deeper/two.yml":
        "- hosts: all\n  tasks:\n    - include_tasks: beside.yml\n    - debug: '{{ playbook_dir }}'\n",
      "parts/deeper/beside.yml": "- debug: beside\n",
    });
    expect(saidBy(run)).toEqual(["one", "beside", "/site/parts/deeper", "last"]);
  });
  test("when, tags and vars hold for all its plays; the import's vars win over theirs", async () => {
    const files = {
      "site.yml": `
- import_playbook: one.yml
  when: wanted
  tags: imported
  vars: { v: import, wanted: true }
- import_playbook: one.yml
  when: "!wanted"
  vars: { wanted: true, v: never }
- hosts: all
  tasks: [{ debug: plain }]
`,
      "one.yml": `
- hosts: all
  vars: { v: own, w: own }
  tasks:
    - debug: "{{ v }} {{ w }}"
    - { name: c, command: touch /srv/x, notify: h }
  handlers:
    - { name: h, debug: handler }
`,
    };
    const { run } = await go(files);
    expect(saidBy(run)).toEqual(["import own", "handler", "plain"]);
    expect(storyOf(run).filter((line) => line.includes("skipped"))).toEqual(["h1 debug: skipped", "h1 c: skipped"]);
    const tagged = await runSite({ files, tags: ["imported"] });
    expect(saidBy(tagged)).toEqual(["import own", "handler"]);
  });
  test.each([
    [
      "- import_playbook: oen.yml\n",
      "site.yml:1:20 missing-playbook: there is no playbook oen.yml (did you mean one.yml?)",
    ],
    ["- import_playbook: one\n", "site.yml:1:20 missing-playbook: there is no playbook one (did you mean one.yml?)"],
    ['- import_playbook: "{{ x }}.yml"\n', /site\.yml:1:20 no-template-here/],
    ["- import_playbook: 3\n", /site\.yml:1:20 wrong-type/],
    ["- import_playbook:\n", /wrong-type/],
    ['- import_playbook: ""\n', /missing-playbook: `import_playbook` is empty/],
    [
      "- import_playbook: site.yml\n",
      /site\.yml:1:20 import-cycle: the playbook imports itself: site\.yml → site\.yml/,
    ],
    [
      "- import_playbook: loop.yml\n",
      /loop\.yml:1:20 import-cycle: .*loop\.yml → site\.yml|import-cycle: .*site\.yml → loop\.yml → site\.yml/,
    ],
    [
      "- import_playbook: one.yml\n  hosts: all\n",
      /site\.yml:2:3 unknown-keyword: `import_playbook` has no keyword `hosts`/,
    ],
    ["- import_playbook: one.yml\n  become: true\n", /site\.yml:2:3 unknown-keyword/],
    ["- import_playbook: one.yml\n  wehn: true\n", /site\.yml:2:3 unknown-keyword: .*did you mean `when`/],
    ["- import_playbook: one.yml\n  when: x ==\n", /site\.yml:2:\d+ condition-syntax/],
    ["- import_playbook: ../other.yml\n", /missing-playbook|outside-site/],
  ])("%s", async (text, expected) => {
    const files = {
      "site.yml": text,
      "one.yml": "- hosts: all\n  tasks: [{ debug: x }]\n",
      "loop.yml": "- import_playbook: site.yml\n",
    };
    const found = told(await runSite({ files }));
    expect(found.length).toBeGreaterThan(0);
    if (typeof expected === "string") expect(found[0]).toBe(expected);
    else expect(found[0]).toMatch(expected);
  });
});

describe("timeout", () => {
  test("ends what runs, and says so; per try, and per item", async () => {
    const run = await runSite({
      files: tasksSite(`
- name: long
  command: sleep 100
  timeout: 5
  ignore_errors: true
- name: enough
  command: sleep 3
  timeout: 5
- name: tries
  command: sleep 100
  timeout: 1m
  retries: 1
  delay: 0
  ignore_errors: true
- name: none
  command: sleep 100
  timeout: 0
- name: items
  command: "sleep {{ item }}"
  loop: [1, 100]
  timeout: 10s
`),
    });
    expect(
      run.results.filter(({ kind }) => kind !== "item").map(({ name, status, attempt }) => [name, status, attempt]),
    ).toEqual([
      ["long", "failed", 1],
      ["enough", "changed", 1],
      ["tries", "failed", 2],
      ["none", "changed", 1],
      ["items", "failed", 1],
    ]);
    expect(resultOf(run, "long").reason).toMatch(/^took longer than 5\.0 s \(`timeout`\): /);
    expect(resultOf(run, "tries").reason).toMatch(/^tried 2 times: it failed: took longer than 1 min \(`timeout`\)/);
    expect(run.results.filter(({ kind }) => kind === "item").map(({ status }) => status)).toEqual([
      "changed",
      "failed",
    ]);
  });
  test("what only waits is ended too, and blocks hand it down", async () => {
    const world = createWorld();
    const before = world.host("h1").clockMs;
    const run = await runSite({
      world,
      files: tasksSite(`
- timeout: 30
  block:
    - name: wait
      pause: 10m
  rescue:
    - debug: rescued
- name: file
  wait_for: { path: /srv/never, timeout: 300 }
  timeout: 20
`),
    });
    expect(resultOf(run, "wait").reason).toBe("took longer than 30.0 s (`timeout`)");
    expect(resultOf(run, "file").reason).toBe("took longer than 20.0 s (`timeout`)");
    expect(saidBy(run)).toEqual(["rescued"]);
    expect(world.host("h1").clockMs - before).toBeLessThan(60_000);
  });
  test("a job of a module is ended on its host, and its end is not taken for that of the next run", async () => {
    const tasks = (more: string) => tasksSite(`- name: job\n  command: sleep 200\n  async: 600\n  poll: 5\n${more}`);
    const world = createWorld();
    const run = await runSite({ world, files: tasks("") });
    expect(resultOf(run, "job").status).toBe("changed");
  });
  test("a check does not foretell that time runs out", async () => {
    const { check } = await runBothWays({ files: tasksSite("- name: long\n  command: sleep 100\n  timeout: 5\n") });
    expect(resultOf(check, "long").status).toBe("changed");
  });
});
