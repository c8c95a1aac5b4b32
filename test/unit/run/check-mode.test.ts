import { describe, expect, test } from "vitest";
import { oddModules } from "../../support/modules/odd-modules.ts";
import { inventoryOf, type RunRequest, resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

const check = (tasks: string, more: Partial<RunRequest> = {}) =>
  runSite({ files: tasksSite(tasks), modules: oddModules, check: true, ...more });

describe("past a pending change", () => {
  test("files are certain, and chains of them end where the run ends", async () => {
    const tasks = `
      - file: { path: /srv/app, state: directory, mode: "0750" }
      - copy: { dest: /srv/app/conf, content: "a\\n" }
      - line: { path: /srv/app/conf, line: b }
      - file: { path: /srv/app/conf, mode: "0600" }
      - file: { path: /srv/app/conf, mode: "0600" }`;
    const foretold = await check(tasks);
    expect(foretold.results.every(({ certainty }) => certainty === "certain")).toBe(true);
    const done = await runSite({ files: tasksSite(tasks) });
    expect(storyOf(foretold)).toEqual(storyOf(done));
    expect(foretold.results.map(({ diff }) => diff)).toEqual(done.results.map(({ diff }) => diff));
  });
  test("what looks after a pending command is assumed, and named after it", async () => {
    const run = await check(`
      - name: first
        command: touch /x
      - name: second
        copy: { dest: /etc/motd, content: new }`);
    expect(resultOf(run, "first")).toMatchObject({ status: "changed", certainty: "certain" });
    expect(resultOf(run, "second")).toMatchObject({ certainty: "assumed", because: [resultOf(run, "first").taskId] });
    expect(run.recap?.hosts.h1).toMatchObject({ changed: 2, assumed: 1, deferred: 0 });
  });
  test("what a step touches leaves all else certain", async () => {
    const run = await check(`
      - toucher: { path: /touched }
      - name: elsewhere
        copy: { dest: /etc/motd, content: new }
      - name: there
        file: { path: /touched, mode: "0600" }`);
    expect(resultOf(run, "elsewhere").certainty).toBe("certain");
    expect(resultOf(run, "there").because).toEqual([resultOf(run, "toucher").taskId]);
  });
});

describe("what a pending command registers is unknown", () => {
  const first = "- name: ask\n  command: uname -r\n  register: r\n";
  test.each([
    ["a parameter", 'debug: "{{ r.stdout }}"'],
    ["a condition", "debug: x\n  when: r.rc == 0"],
    ["a loop", 'debug: x\n  loop: "{{ r.stdout_lines }}"'],
    ["a host's file", 'copy: { dest: /etc/motd, content: "{{ r.stdout }}" }'],
  ])("%s that reads it is deferred once", async (_, task) => {
    const run = await check(`${first}- name: reader\n  ${task}`);
    expect(resultOf(run, "reader")).toMatchObject({ status: "deferred", because: [resultOf(run, "ask").taskId] });
    expect(run.recap?.hosts.h1).toMatchObject({ deferred: 1, failed: 0 });
  });
  test("and so is what the deferred task would register or set", async () => {
    const run = await check(`
      - set_fact: { port: 1 }
      ${first.replaceAll("\n", "\n      ")}
      - set_fact: { port: "{{ r.rc }}" }
      - name: reader
        debug: "{{ port }}"
        register: said
      - name: second
        debug: "{{ said.msg }}"`);
    expect(storyOf(run).slice(-2)).toEqual(["h1 reader: deferred", "h1 second: deferred"]);
    expect(resultOf(run, "second").because).toContain(resultOf(run, "ask").taskId);
  });
  test("a command that reads is run, so its answer is known", async () => {
    const run = await check(`- command: uname -n\n  register: r\n  reads: true\n- debug: "{{ r.stdout }}"`);
    expect(saidBy(run)).toEqual(["h1"]);
    expect(run.results[0]).toMatchObject({ status: "ok", changed: false, certainty: "certain" });
  });
  test("a command that reads and fails has changed nothing", async () => {
    const run = await check("- command: test -e /nothing\n  reads: true\n  failed_when: false");
    expect(storyOf(run)).toEqual(["h1 command: ok"]);
  });
  test("a deferred task may do anything: what looks after it is assumed", async () => {
    const run = await check(`
      - toucher: { path: /pointer }
      - pointer: { path: /pointer, text: x }
      - name: after
        copy: { dest: /etc/motd, content: new }`);
    expect(resultOf(run, "after").because).toEqual([resultOf(run, "pointer").taskId]);
  });
});

describe("handlers", () => {
  const files = {
    "site.yml": `
- hosts: all
  tasks:
    - name: ask
      command: uname -r
      register: r
    - name: reader
      copy: { dest: /etc/motd, content: "{{ r.stdout }}" }
      notify: handle
    - name: sure
      copy: { dest: /etc/issue, content: x }
      notify: other
  handlers:
    - name: handle
      debug: handled
    - name: other
      debug: handled
`,
  };
  test("of a deferred task are deferred, those of a change run", async () => {
    const run = await runSite({ files, check: true });
    expect(storyOf(run).slice(-2)).toEqual(["h1 handler handle: deferred", "h1 handler other: ok"]);
  });
});

describe("`check_mode: true` in a real run", () => {
  test("writes nothing, is answered by no earlier check, and calls no handler", async () => {
    const files = {
      "site.yml": `
- hosts: all
  tasks:
    - name: dry
      copy: { dest: /etc/motd, content: x }
      check_mode: true
      notify: handle
    - name: command
      command: touch /x
      check_mode: true
    - name: wet
      copy: { dest: /etc/issue, content: x }
  handlers:
    - { name: handle, debug: handled }
`,
    };
    const run = await runSite({ files });
    expect(storyOf(run)).toEqual(["h1 dry: changed", "h1 command: changed", "h1 wet: changed"]);
    const { files: now } = run.world.host("h1");
    expect(now["/x"]).toBeUndefined();
    expect(now["/etc/motd"]).not.toMatchObject({ content: "x" });
    expect(now["/etc/issue"]).toMatchObject({ content: "x" });
  });
});

describe("exit status", () => {
  const change = "- copy: { dest: /etc/motd, content: x }";
  const deferred = "- command: uname -r\n  register: r\n- debug: x\n  when: r.rc == 0";
  test.each<[string, string, Partial<RunRequest>, number]>([
    ["pending changes", change, { exitCode: true }, 3],
    ["deferred ones", deferred, { exitCode: true }, 3],
    ["nothing pending", "- debug: x", { exitCode: true }, 0],
    ["unasked", change, { exitCode: false }, 0],
    ["a failure comes first", `${change}\n- fail: no`, { exitCode: true }, 2],
    ["a broken site before all", "- fail: { no: 1 }", { exitCode: true }, 1],
  ])("%s", async (_, tasks, more, wanted) => {
    const run = await check(tasks, more);
    expect(run.exitCode).toBe(wanted);
    if (wanted !== 1) expect(run.recap?.exitCode).toBe(wanted);
    expect(run.after).toBe(run.before);
  });
  test("an unreachable host", async () => {
    const files = { ...tasksSite(change), "inventory/hosts.yml": inventoryOf("h1", "h2") };
    const first = await runSite({ files, limit: "h1" });
    first.world.unreachable.add("h2");
    const run = await runSite({ files, world: first.world, check: true, exitCode: true });
    expect(run.exitCode).toBe(4);
    expect(storyOf(run).toSorted()).toEqual(["h1 copy: ok", "h2 copy: unreachable"]);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "host", name: "h2", event: "unreachable", hint: "is it on?" }),
    );
  });
  test("interrupted", async () => {
    const world = createWorld();
    const files = tasksSite(`${change}\n- debug: never`);
    // In the middle of the first task: its steps are finished, nothing is begun after it.
    const run = await runSite({ files, world, interrupted: () => world.trips.some(({ way }) => way === "send") });
    expect(run.exitCode).toBe(130);
    expect(storyOf(run)).toEqual(["h1 copy: changed"]);
  });
});

describe("a run in which one task only looks", () => {
  const look = "- name: look\n  copy: { dest: /etc/motd, content: new }\n  check_mode: true\n  register: r\n";
  test("may ask it whether something differs", async () => {
    const run = await runSite({ files: tasksSite(`${look}- assert: { that: "!r.changed" }`) });
    expect(run).toMatchObject({ exitCode: 2, recap: { hosts: { h1: { failed: 1, deferred: 0 } } } });
  });
  test.each([
    ["an assertion", 'assert: { that: r.dest == "/etc/motd" }'],
    ["a condition", "debug: x\n  when: r.dest == '/etc/motd'"],
    ["an item", 'debug: "{{ item.dest }}"\n  loop: ["{{ r }}"]'],
    ["an include", 'include_tasks: "{{ r.dest }}.yml"'],
    ["an order", "meta: end_host\n  when: r.dest == '/etc/motd'"],
  ])("fails where %s hangs on what it cannot know", async (_, task) => {
    const files = tasksSite(`${look}- name: reader\n  ${task}\n- name: after\n  debug: x`);
    const run = await runSite({ files });
    expect(run).toMatchObject({ exitCode: 2, recap: { hosts: { h1: { failed: 1, deferred: 0 } } } });
    expect(run.results.find(({ status }) => status === "failed")?.hint).toContain("check_mode: true");
    expect(run.results.some(({ name }) => name === "after")).toBe(false);
  });
  test("leaves open what only looks, too", async () => {
    const run = await runSite({ files: tasksSite(`${look}- debug: "{{ r.dest }}"\n  check_mode: true`) });
    expect(run).toMatchObject({ exitCode: 0, recap: { hosts: { h1: { deferred: 1, failed: 0 } } } });
  });
});
