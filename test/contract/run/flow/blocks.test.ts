import { describe, expect, test } from "vitest";
import { flowStory } from "../../../support/flow-story.ts";
import { inventoryOf, type RunRequest, runSite, saidBy, tasksSite } from "../../../support/run-site.ts";
import { createWorld } from "../../../support/world.ts";

const two = { "inventory/hosts.yml": inventoryOf("h1", "h2") };
const play = (
  tasks: string,
  more: Partial<RunRequest> & { readonly header?: string; readonly hosts?: object } = {},
) => {
  const { header = "", hosts = {}, ...request } = more;
  return runSite({ files: { ...tasksSite(tasks, header), ...hosts }, forks: 1, ...request });
};

describe("a block groups tasks", () => {
  test("which inherit what stands beside it; each is skipped by itself", async () => {
    const run = await play(
      `
      - name: grouped
        block:
          - { name: one, debug: "{{ greeting }}" }
          - { name: two, fail: { msg: no }, when: inventory_hostname == "h1" }
          - { name: three, debug: x }
        when: inventory_hostname != "h2"
        vars: { greeting: hello }
        ignore_errors: true
        tags: t
    `,
      { hosts: two, tags: ["t"] },
    );
    expect(flowStory(run)).toEqual([
      "h1 one: ok",
      "h2 one: skipped",
      "h1 two: failed (ignored)",
      "h2 two: skipped",
      "h1 three: ok",
      "h2 three: skipped",
    ]);
    expect(saidBy(run)).toEqual(["hello", "x"]);
    expect(run.exitCode).toBe(0);
  });
  test("a condition is evaluated before each of them, not once", async () => {
    const run = await play(`
      - set_fact: { go: true }
      - block:
          - { name: one, debug: x }
          - { name: turn, set_fact: { go: false } }
          - { name: two, debug: x }
        when: go
    `);
    expect(flowStory(run).slice(1)).toEqual(["h1 one: ok", "h1 turn: ok", "h1 two: skipped"]);
  });
  test("tells of itself, and is the parent of its tasks", async () => {
    const run = await play(`
      - name: outer
        block:
          - block:
              - { name: inner, debug: x }
    `);
    const told = run.events.flatMap((event) =>
      event.type === "block" || event.type === "task" ? [[event.type, event.id, event.parent, event.name]] : [],
    );
    expect(told).toEqual([
      ["block", "p1/task1", "p1", "outer"],
      ["block", "p1/task1/body1", "p1/task1", "block"],
      ["task", "p1/task1/body1/body1", "p1/task1/body1", "inner"],
    ]);
  });
  test("may loop: the whole of it for each item, with the item in its conditions", async () => {
    const run = await play(`
      - block:
          - { name: "make {{ each }}", debug: "{{ each }} {{ at }}" }
          - { name: "inner {{ item }}", debug: "{{ item }} of {{ each }}", loop: [x] }
        loop: [a, b, c]
        loop_control: { loop_var: each, index_var: at }
        when: each != "b"
    `);
    expect(run.results.filter(({ kind }) => kind !== "item").map(({ name, status }) => `${name}: ${status}`)).toEqual([
      "make a: ok",
      "inner {{ item }}: ok",
      "make b: skipped",
      "inner {{ item }}: skipped",
      "make c: ok",
      "inner {{ item }}: ok",
    ]);
    expect(saidBy(run)).toContain("a 0");
  });
  test("that loops is gone through together where the next item is the same, in each host's order", async () => {
    const run = await play(
      `
      - block:
          - { name: "{{ item }}", debug: x }
        loop: "{{ mine }}"
    `,
      {
        hosts: {
          "inventory/hosts.yml":
            "all:\n  vars: { lab_connection: lab }\n  hosts:\n    h1: { mine: [a, b] }\n    h2: { mine: [b, c] }\n",
        },
      },
    );
    expect(flowStory(run)).toEqual(["h1 a: ok", "h1 b: ok", "h2 b: ok", "h2 c: ok"]);
  });
});

describe("rescue and always", () => {
  const demo = (rescue: string, always = "") => `
      - name: Attempt and graceful roll back demo
        block:
          - { name: Print a message, debug: I execute normally }
          - { name: Force a failure, command: /bin/false }
          - { name: Never print this, debug: I never execute }
        rescue:
${rescue}${always}
      - { name: behind, debug: x }`;
  const caught = "          - { name: Print when errors, debug: I caught an error }\n";
  test("a failed task leads to the rescue, and the host goes on as if nothing had failed", async () => {
    const run = await play(demo(caught));
    expect(flowStory(run)).toEqual([
      "h1 Print a message: ok",
      "h1 Force a failure: failed (rescued)",
      "h1 Print when errors: ok",
      "h1 behind: ok",
    ]);
    expect(run.recap?.hosts.h1).toMatchObject({ ok: 3, failed: 0, rescued: 1 });
    expect(run.exitCode).toBe(0);
  });
  test("all sections, and a failure in the middle of recovery", async () => {
    const run = await play(
      demo(
        `${caught}          - { name: Force a failure in middle of recovery, command: /bin/false }
          - { name: Never print this either, debug: x }
`,
        "        always:\n          - { name: Always do this, debug: This always executes }\n",
      ),
    );
    expect(flowStory(run)).toEqual([
      "h1 Print a message: ok",
      "h1 Force a failure: failed (rescued)",
      "h1 Print when errors: ok",
      "h1 Force a failure in middle of recovery: failed",
      "h1 Always do this: ok",
    ]);
    expect(run.recap?.hosts.h1).toMatchObject({ ok: 3, failed: 1, rescued: 1 });
    expect(run.exitCode).toBe(2);
  });
  test("always without rescue: it runs, and the failure stays one", async () => {
    const run = await play(`
      - name: Always do X
        block:
          - { name: Print a message, debug: x }
          - { name: Force a failure, command: /bin/false }
          - { name: Never print this, debug: x }
        always:
          - { name: Always do this, debug: x }
      - { name: behind, debug: x }`);
    expect(flowStory(run)).toEqual(["h1 Print a message: ok", "h1 Force a failure: failed", "h1 Always do this: ok"]);
    expect(run.exitCode).toBe(2);
  });
  test("always runs where nothing failed, and its own failure is one", async () => {
    const run = await play(`
      - block:
          - { name: fine, debug: x }
        rescue:
          - { name: not wanted, debug: x }
        always:
          - { name: broken, fail: { msg: x } }
          - { name: never, debug: x }
      - { name: behind, debug: x }`);
    expect(flowStory(run)).toEqual(["h1 fine: ok", "h1 broken: failed"]);
    expect(run.exitCode).toBe(2);
  });
  test("what failed can be read, from an inner block too", async () => {
    const run = await play(`
      - block:
          - block:
              - { name: Do something, command: /bin/false }
            always:
              - { name: cleaned, debug: "{{ failed_task.name }}" }
        rescue:
          - debug: ["{{ failed_task.name }}", "{{ failed_task.module }}", "{{ failed_result.rc }}", "{{ failed_result.failed }}"]
          - { name: not again, fail: { msg: x }, when: failed_result.rc == 0 }`);
    expect(flowStory(run)).toEqual([
      "h1 Do something: failed (rescued)",
      "h1 cleaned: ok",
      "h1 debug: ok",
      "h1 not again: skipped",
    ]);
    expect(saidBy(run)).toEqual(["Do something", ["Do something", "command", 1, true]]);
  });
  test("an inner rescue leaves nothing to rescue for the outer one; its own failure does", async () => {
    const nested = (inner: string) =>
      play(`
      - block:
          - block:
              - { name: first, fail: { msg: x } }
            rescue:
              - { name: inner, ${inner} }
          - { name: rest, debug: x }
        rescue:
          - { name: outer, debug: x }
        always:
          - { name: last, debug: x }`);
    expect(flowStory(await nested("debug: x"))).toEqual([
      "h1 first: failed (rescued)",
      "h1 inner: ok",
      "h1 rest: ok",
      "h1 last: ok",
    ]);
    expect(flowStory(await nested("fail: { msg: x }"))).toEqual([
      "h1 first: failed (rescued)",
      "h1 inner: failed (rescued)",
      "h1 outer: ok",
      "h1 last: ok",
    ]);
  });
  test("each host by itself: body on all, then the rescue of those that failed, then always on all", async () => {
    const run = await play(
      `
      - block:
          - { name: a, fail: { msg: x }, when: inventory_hostname == "h1" }
          - { name: b, debug: x }
        rescue:
          - { name: mend, debug: x }
        always:
          - { name: last, debug: x }
      - { name: behind, debug: x }`,
      { hosts: two },
    );
    expect(flowStory(run)).toEqual([
      "h1 a: failed (rescued)",
      "h2 a: skipped",
      "h2 b: ok",
      "h1 mend: ok",
      "h1 last: ok",
      "h2 last: ok",
      "h1 behind: ok",
      "h2 behind: ok",
    ]);
    expect(run.recap?.hosts.h1).toMatchObject({ rescued: 1, failed: 0 });
  });
  test("a host that cannot be reached is not rescued, and always does not run on it", async () => {
    const world = createWorld();
    world.unreachable.add("h1");
    const run = await play(
      `
      - block:
          - { name: a, command: uname }
        rescue:
          - { name: mend, debug: x }
        always:
          - { name: last, debug: x }`,
      { hosts: two, world },
    );
    expect(flowStory(run)).toEqual(["h1 a: unreachable", "h2 a: changed", "h2 last: ok"]);
    expect(run.exitCode).toBe(4);
  });
  test("a task that cannot be bound is rescued, and so is an include that cannot be found", async () => {
    const run = await play(`
      - block:
          - { name: wrong, debug: "{{ inventory_hostname.nothing }}" }
        rescue:
          - { name: mend, debug: "{{ failed_task.name }}" }
      - block:
          - include_tasks: "{{ inventory_hostname }}.yml"
        rescue:
          - { name: mend too, debug: "{{ failed_task.name }}" }`);
    expect(flowStory(run)).toEqual([
      "h1 wrong: failed (rescued)",
      "h1 mend: ok",
      "h1 include_tasks: failed (rescued)",
      "h1 mend too: ok",
    ]);
    expect(run.exitCode).toBe(0);
  });
  test("in a loop, each round is rescued by itself", async () => {
    const run = await play(`
      - block:
          - { name: "try {{ item }}", fail: { msg: x }, when: item == 2 }
        rescue:
          - { name: "mend {{ item }}", debug: x }
        loop: [1, 2, 3]`);
    expect(flowStory(run)).toEqual([
      "h1 try 1: skipped",
      "h1 try 2: failed (rescued)",
      "h1 mend 2: ok",
      "h1 try 3: skipped",
    ]);
  });
  test("in included files and roles, and includes in its sections", async () => {
    const run = await runSite({
      files: {
        "site.yml": `
- hosts: all
  tasks:
    - block:
        - include_role: { name: r }
      rescue:
        - include_tasks: "{{ file }}"
      vars: { file: mend.yml }
`,
        "mend.yml":
          "- { name: mended, debug: x }\n- block:\n    - { name: again, fail: { msg: x } }\n  rescue:\n    - { name: inner, debug: x }\n",
        "roles/r/tasks/main.yml":
          "- block:\n    - { name: in role, fail: { msg: x } }\n  always:\n    - { name: role's always, debug: x }\n",
      },
    });
    expect(flowStory(run)).toEqual([
      "h1 in role: failed (rescued)",
      "h1 role's always: ok",
      "h1 mended: ok",
      "h1 again: failed (rescued)",
      "h1 inner: ok",
    ]);
  });
});

describe("handlers and blocks", () => {
  test("what was notified before the failure runs at the end", async () => {
    const run = await runSite({
      files: {
        "site.yml": `
- hosts: all
  tasks:
    - block:
        - { name: notifies, command: uname, notify: h }
        - { name: fails, command: /bin/false, notify: h }
      rescue:
        - { name: mend, debug: x }
    - { name: behind, debug: x }
  handlers:
    - { name: h, debug: x }
`,
      },
    });
    expect(flowStory(run)).toEqual([
      "h1 notifies: changed",
      "h1 fails: failed (rescued)",
      "h1 mend: ok",
      "h1 behind: ok",
      "h1 handler h: ok",
    ]);
  });
  test("flush_handlers in a rescue runs them there", async () => {
    const run = await runSite({
      files: {
        "site.yml": `
- hosts: all
  tasks:
    - name: Attempt and graceful roll back demo
      block:
        - { name: Print a message, debug: x, changed_when: true, notify: Run me even after an error }
        - { name: Force a failure, command: /bin/false }
      rescue:
        - { name: Make sure all handlers run, meta: flush_handlers }
    - { name: behind, debug: x }
  handlers:
    - { name: Run me even after an error, debug: x }
`,
      },
    });
    expect(flowStory(run)).toEqual([
      "h1 Print a message: changed",
      "h1 Force a failure: failed (rescued)",
      "h1 Make sure all handlers run: ok",
      "h1 handler Run me even after an error: ok",
      "h1 behind: ok",
    ]);
    expect(run.recap?.hosts.h1).toMatchObject({ ok: 2, changed: 1, rescued: 1 });
  });
  test("a handler that fails while they are flushed in a block is rescued", async () => {
    const run = await runSite({
      files: {
        "site.yml": `
- hosts: all
  tasks:
    - block:
        - { name: notifies, command: uname, notify: [h, i] }
        - meta: flush_handlers
        - { name: not reached, debug: x }
      rescue:
        - { name: mend, debug: "{{ failed_task.name }}" }
  handlers:
    - { name: h, fail: { msg: x } }
    - { name: i, debug: x }
`,
      },
    });
    expect(flowStory(run)).toEqual([
      "h1 notifies: changed",
      "h1 flush_handlers: ok",
      "h1 handler h: failed (rescued)",
      "h1 mend: ok",
      // Notified, and not run so far.
      "h1 handler i: ok",
    ]);
  });
  test("a block notifies for each task in it that changes something, unless that says what it notifies itself", async () => {
    const run = await runSite({
      files: {
        "site.yml": `
- hosts: all
  tasks:
    - block:
        - { name: one, command: uname }
        - { name: two, command: uname, notify: other }
      notify: h
  handlers:
    - { name: h, debug: x }
    - { name: other, debug: x }
`,
      },
    });
    expect(flowStory(run)).toEqual(["h1 one: changed", "h1 two: changed", "h1 handler h: ok", "h1 handler other: ok"]);
  });
});

test("a dry run in a block of a real one raises no doubt: what fails behind it is rescued", async () => {
  const run = await play(`
    - block:
        - { name: dry, command: touch /etc/x, check_mode: true }
        - { name: fails, fail: no }
      rescue:
        - { name: mend, copy: { dest: /etc/y, content: x } }
    - { name: behind, copy: { dest: /etc/z, content: x } }`);
  expect(flowStory(run)).toEqual([
    "h1 dry: changed",
    "h1 fails: failed (rescued)",
    "h1 mend: changed",
    "h1 behind: changed",
  ]);
});
