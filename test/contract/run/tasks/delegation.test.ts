import { describe, expect, test } from "vitest";
import { nodeText } from "../../../../engine/sim/files/node.ts";
import { runBothWays } from "../../../support/run-both-ways.ts";
import {
  inventoryOf,
  type RunRequest,
  resultOf,
  runSite,
  saidBy,
  storyOf,
  tasksSite,
} from "../../../support/run-site.ts";
import { createWorld, put, type TestWorld } from "../../../support/world.ts";

const three = { "inventory/hosts.yml": inventoryOf("h1", "h2", "h3") };
const site = (tasks: string, hosts = "all", more = "") => ({
  ...three,
  "site.yml": tasksSite(tasks, more)["site.yml"]?.replace("hosts: all", `hosts: ${hosts}`) ?? "",
});
const go = (tasks: string, more: Partial<RunRequest> = {}, hosts = "all") =>
  runSite({ files: site(tasks, hosts), ...more });
const textOn = (world: TestWorld, host: string, path: string) => {
  const node = world.host(host).files[path];
  return node?.type === "file" ? nodeText(node) : null;
};

describe("delegate_to, as the page of Ansible's delegation has it", () => {
  test("acts on the other host, with the variables of its own", async () => {
    const world = createWorld();
    const run = await go(
      '- name: note\n  copy: { dest: "/srv/{{ inventory_hostname }}", content: "{{ inventory_hostname }}" }\n  delegate_to: h3\n',
      { world },
      "h1,h2",
    );
    expect(run.results.map(({ host, on, status }) => [host, on, status])).toEqual([
      ["h1", "h3", "changed"],
      ["h2", "h3", "changed"],
    ]);
    expect([textOn(world, "h3", "/srv/h1"), textOn(world, "h3", "/srv/h2")]).toEqual(["h1", "h2"]);
    expect(textOn(world, "h1", "/srv/h1")).toBeNull();
    // Who is only acted on is no host of the run.
    expect(Object.keys(run.recap?.hosts ?? {})).toEqual(["h1", "h2"]);
  });
  test("one host after the other, in their order, however slow the first one is", async () => {
    const world = createWorld();
    let looks = 0;
    world.delay = async ({ host }) => {
      // The later a host comes, the sooner it would be through.
      if (host !== "h3") await new Promise((resolve) => setTimeout(resolve, host === "h1" ? 20 : 0));
      looks += 1;
    };
    const tasks = `
      - { name: own, stat: { path: /etc/hostname }, register: seen }
      - name: each
        line: { path: /srv/log, line: "{{ inventory_hostname }} {{ item }}", create: true }
        loop: [1, 2]
        delegate_to: h3`;
    await go(tasks, { world }, "h1,h2");
    expect(textOn(world, "h3", "/srv/log")).toBe("h1 1\nh1 2\nh2 1\nh2 2\n");
    expect(looks).toBeGreaterThan(0);
  });
  test("to itself it is no delegation", async () => {
    const run = await go("- name: note\n  file: { path: /srv/x, state: directory }\n  delegate_to: h1\n", {}, "h1");
    expect(resultOf(run, "note").on).toBeUndefined();
  });
  test("what it registers is its own host's", async () => {
    const world = createWorld();
    put(world, "/srv/only-on-h3", "x", "h3");
    const run = await go(
      '- stat: { path: /srv/only-on-h3 }\n  delegate_to: h3\n  register: s\n- debug: "{{ s.exists }}"\n',
      { world },
      "h1",
    );
    expect(saidBy(run)).toEqual([true]);
  });
  test("with run_once: the first host's task, on another host, for all", async () => {
    const run = await go(
      '- name: migrate\n  command: touch /srv/migrated\n  run_once: true\n  delegate_to: h3\n  register: m\n- debug: "{{ m.rc }}"\n',
    );
    expect(storyOf(run).filter((line) => line.includes("migrate"))).toEqual(["h1 migrate: changed"]);
    expect(resultOf(run, "migrate").on).toBe("h3");
    expect([saidBy(run), saidBy(run, "h2"), saidBy(run, "h3")]).toEqual([[0], [0], [0]]);
  });
  test("the host may be computed, for each item too", async () => {
    const world = createWorld();
    const run = await go(
      '- name: each\n  copy: { dest: /srv/from, content: "{{ inventory_hostname }}" }\n  loop: [h2, h3]\n  delegate_to: "{{ item }}"\n',
      { world },
      "h1",
    );
    expect(run.results.map(({ kind, item, on }) => [kind, item, on])).toEqual([
      ["item", "h2", "h2"],
      ["item", "h3", "h3"],
      ["task", undefined, undefined],
    ]);
    expect([textOn(world, "h2", "/srv/from"), textOn(world, "h3", "/srv/from")]).toEqual(["h1", "h1"]);
  });
  test("handlers that it notifies run on its own host", async () => {
    const run = await runSite({
      files: {
        ...three,
        "site.yml": `
- hosts: h1
  tasks:
    - name: note
      file: { path: /srv/x, state: directory }
      delegate_to: h2
      notify: told
  handlers:
    - name: told
      command: touch /srv/told
`,
      },
    });
    expect(run.results.map(({ host, name, on }) => [host, name, on])).toEqual([
      ["h1", "note", "h2"],
      ["h1", "told", undefined],
    ]);
  });
  test("a block, an include and a role hand it down; what stands nearer wins", async () => {
    const run = await runSite({
      files: {
        ...three,
        "site.yml": `
- hosts: h1
  roles:
    - { role: r, delegate_to: h2 }
  tasks:
    - delegate_to: h2
      block:
        - { name: of block, stat: { path: / } }
        - { name: own, stat: { path: / }, delegate_to: h3 }
    - include_tasks: more.yml
      delegate_to: h3
    - include_tasks: "{{ 'more' }}.yml"
      delegate_to: h2
`,
        "more.yml": "- { name: included, stat: { path: / } }\n",
        "roles/r/tasks/main.yml": "- { name: of role, stat: { path: / } }\n",
      },
    });
    expect(run.results.map(({ name, on }) => `${name} ${on}`)).toEqual([
      "of role h2",
      "of block h2",
      "own h3",
      "included h3",
      "included h2",
    ]);
  });
  test("a delegate that cannot be reached makes its own host unreachable", async () => {
    const world = createWorld();
    world.unreachable.add("h3");
    const run = await go(
      "- name: note\n  command: touch /srv/x\n  delegate_to: h3\n- debug: later\n",
      { world },
      "h1,h2",
    );
    expect(run.results.map(({ host, on, name, status }) => [host, on, name, status])).toEqual([
      ["h1", "h3", "note", "unreachable"],
      ["h2", "h3", "note", "unreachable"],
    ]);
    expect(run.exitCode).toBe(4);
  });
  test("facts and variables are those of its own host", async () => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml":
          "all:\n  vars: { lab_connection: lab }\n  hosts:\n    h1: { who: one }\n    h2: { who: two }\n",
        "site.yml": `
- hosts: h1
  tasks:
    - command: "echo {{ who }} {{ facts.hostname }}"
      delegate_to: h2
      register: r
    - debug: "{{ r.stdout }}"
`,
      },
    });
    expect(saidBy(run)).toEqual(["one h1"]);
  });
  test("becomes whom the host that acts says", async () => {
    const world = createWorld();
    const run = await runSite({
      world,
      files: {
        "inventory/hosts.yml":
          "all:\n  vars: { lab_connection: lab }\n  hosts:\n    h1: { lab_become: true, lab_become_user: nobody }\n    h2: {}\n",
        "site.yml":
          "- hosts: h1\n  tasks:\n    - command: id -un\n      delegate_to: h2\n      register: r\n    - debug: '{{ r.stdout }}'\n",
      },
    });
    expect(saidBy(run)).toEqual(["root"]);
  });
});

describe("delegate_facts", () => {
  const files = (more: string) => ({
    ...three,
    "site.yml": `
- hosts: h1
  tasks:
    - set_fact: { color: red }
      delegate_to: h2
${more}
- hosts: h1,h2
  tasks:
    - debug: "{{ default color 'none' }} {{ default hostvars.h2.color 'none' }}"
`,
  });
  test("without it what is set is the task's own host's", async () => {
    const run = await runSite({ files: files("") });
    expect([saidBy(run), saidBy(run, "h2")]).toEqual([["red none"], ["none none"]]);
  });
  test("with it, the other's", async () => {
    const { run } = await runBothWays({ files: files("      delegate_facts: true\n") });
    expect([saidBy(run), saidBy(run, "h2")]).toEqual([["none red"], ["red red"]]);
  });
});

describe("this machine", () => {
  test("of hosts of the embedded lab it is one of the lab", async () => {
    const world = createWorld();
    const run = await go(
      '- name: note\n  copy: { dest: "/srv/{{ inventory_hostname }}", content: x }\n  delegate_to: localhost\n- name: again\n  stat: { path: /srv/h1 }\n  connection: local\n  register: s\n- debug: "{{ s.exists }}"\n',
      { world },
      "h1,h2",
    );
    expect(run.results.filter(({ name }) => name === "note").map(({ host, on }) => [host, on])).toEqual([
      ["h1", "localhost"],
      ["h2", "localhost"],
    ]);
    expect(textOn(world, "controller", "/srv/h2")).toBe("x");
    expect([saidBy(run), saidBy(run, "h2")]).toEqual([[true], [true]]);
  });
  test("one that the inventory has is that one", async () => {
    const world = createWorld();
    const run = await runSite({
      world,
      files: {
        "inventory/hosts.yml": inventoryOf("h1", "localhost"),
        "site.yml": "- hosts: h1\n  tasks:\n    - copy: { dest: /srv/x, content: x }\n      delegate_to: localhost\n",
      },
    });
    expect(run.exitCode).toBe(0);
    expect(textOn(world, "localhost", "/srv/x")).toBe("x");
  });
  test("what a task leaves on the controller and what one is delegated there see each other", async () => {
    const world = createWorld();
    put(world, "/etc/motd", "hello\n");
    const { check } = await runBothWays(
      {
        files: site(
          '- fetch: { src: /etc/motd, dest: "/srv/got/" }\n- stat: { path: "/srv/got/h1/etc/motd" }\n  delegate_to: localhost\n  register: s\n- debug: "{{ s.exists }}"\n',
          "h1",
        ),
      },
      () => world.copy(),
    );
    expect(check.results.length).toBeGreaterThan(1);
  });
});

describe("several hosts that delegate to one", () => {
  test("come one after the other, and each finds what the one before has left", async () => {
    const files = site(
      `
- name: line
  line: { path: /srv/list, line: "{{ inventory_hostname }}", create: true }
  delegate_to: h3
- name: once
  file: { path: /srv/once, state: directory }
  delegate_to: h3
`,
    );
    for (const forks of [1, 2, 8]) {
      const { check, run } = await runBothWays({ files, forks });
      expect(storyOf(run)).toEqual(storyOf(check));
      expect(run.results.filter(({ name }) => name === "once").map(({ status }) => status)).toEqual([
        "changed",
        "ok",
        "ok",
      ]);
      expect(textOn(run.world, "h3", "/srv/list")?.trim().split("\n").sort()).toEqual(["h1", "h2", "h3"]);
    }
  });
  test("what is seen of a host before another has written there does not count", async () => {
    const files = {
      ...three,
      "site.yml": `
- hosts: h1,h2
  tasks:
    - stat: { path: /srv/x }
      register: before
    - name: write
      file: { path: /srv/x, state: directory }
      delegate_to: "{{ inventory_hostname == 'h1' ? 'h2' : 'h1' }}"
    - stat: { path: /srv/x }
      register: after
    - debug: "{{ before.exists }} {{ after.exists }}"
`.replace(`"{{ inventory_hostname == 'h1' ? 'h2' : 'h1' }}"`, `!expr 'inventory_hostname == "h1" ? "h2" : "h1"'`),
    };
    for (const apart of [true, false]) {
      const { run } = await runBothWays({ files, apart });
      expect([saidBy(run), saidBy(run, "h2")]).toEqual([["false true"], ["false true"]]);
    }
  });
});

describe("in a check", () => {
  test("a change on the other host is pending there, for whoever looks there", async () => {
    const files = {
      ...three,
      "site.yml": `
- hosts: h1
  tasks:
    - name: make
      copy: { dest: /srv/x, content: x }
      delegate_to: h2
    - name: here
      stat: { path: /srv/x }
      register: here
    - debug: "{{ here.exists }}"
- hosts: h2
  tasks:
    - name: there
      stat: { path: /srv/x }
      register: there
    - debug: "{{ there.exists }}"
`,
    };
    const { check, run } = await runBothWays({ files });
    for (const each of [check, run]) expect([saidBy(each), saidBy(each, "h2")]).toEqual([[false], [true]]);
  });
  test("whom an unknown host stands for is not known: all are doubted", async () => {
    const files = site(
      `
- command: touch /srv/x
  register: c
- name: somewhere
  copy: { dest: /srv/y, content: y }
  delegate_to: "{{ c.stdout }}"
- name: after
  stat: { path: /srv/y }
`,
      "h1",
    );
    const check = await runSite({ files, check: true });
    expect(resultOf(check, "somewhere").status).toBe("deferred");
    expect(resultOf(check, "after").certainty).toBe("assumed");
  });
});

describe("faults", () => {
  const told = async (task: string, more: Partial<RunRequest> = {}) => {
    const run = await go(task, more, "h1");
    return run.diagnostics.map(
      ({ code, place, message, hint }) => `${place?.line}:${place?.column} ${code}: ${message} (${hint})`,
    );
  };
  test.each([
    ["h4", "5:20 unknown-delegate: `delegate_to`: the inventory has no host `h4` (did you mean `h1`?)"],
    ["all", /unknown-delegate: .*`all` is a group: name one host of it/],
    ["3", "5:20 wrong-type: `delegate_to` must be a text, not the number 3"],
    ['""', /5:20 .*empty/],
    ["[h1]", /5:20 wrong-type: `delegate_to` must be a text, not a list/],
    ["", /wrong-type: `delegate_to` must be a text, not nothing/],
    ['"{{ nobody }}"', /5:24 undefined-variable: variable `nobody` is not defined/],
    ['"h1; reboot"', /unknown-delegate/],
  ])("delegate_to: %s", async (value, expected) => {
    const found = await told(`- command: ls\n  delegate_to: ${value}\n`);
    expect(found).toHaveLength(1);
    if (typeof expected === "string") expect(found[0]).toContain(expected.replace(/ \(.*\)$/, ""));
    else expect(found[0]).toMatch(expected);
  });
  test("delegate_facts without delegate_to", async () => {
    expect(await told("- set_fact: { a: 1 }\n  delegate_facts: true\n")).toEqual([
      expect.stringContaining("5:23 delegate-facts-alone: "),
    ]);
  });
  test("connection knows its kinds", async () => {
    expect(await told("- command: ls\n  connection: lokal\n")).toEqual([
      "5:19 unknown-connection: `connection` knows no `lokal` (did you mean local?)",
    ]);
    expect(await told("- command: ls\n  connection: smart\n")).toEqual([
      expect.stringContaining("known are ssh, local"),
    ]);
  });
  test("a host that is computed wrongly fails the task, and names what is near", async () => {
    const run = await go(
      '- set_fact: { target: h9 }\n- name: t\n  command: ls\n  delegate_to: "{{ target }}"\n',
      {},
      "h1",
    );
    expect(resultOf(run, "t")).toMatchObject({ status: "failed", hint: "did you mean `h1`?" });
    const number = await go(
      '- set_fact: { target: 4 }\n- name: t\n  command: ls\n  delegate_to: "{{ target }}"\n',
      {},
      "h1",
    );
    expect(resultOf(number, "t").reason).toMatch(/`delegate_to`: expected the name of a host, got integer/);
  });
});
