import { describe, expect, test } from "vitest";
import { flowStory, storyOn } from "../../../support/flow-story.ts";
import { inventoryOf, type RunRequest, runSite, saidBy } from "../../../support/run-site.ts";

const play = (text: string, files: Readonly<Record<string, string>> = {}, more: Partial<RunRequest> = {}) =>
  runSite({ files: { "site.yml": `- hosts: all\n${text}`, ...files }, forks: 1, ...more });
const changing = (name: string, notify: string) => `    - { name: ${name}, command: uname, notify: ${notify} }\n`;

describe("whom a name notifies", () => {
  test("handlers run in the order of their declaration, once, however many tasks notify them", async () => {
    const run = await play(`  tasks:
${changing("a", "[Restart apache, Restart memcached]")}${changing("b", "Restart apache")}  handlers:
    - { name: Restart memcached, debug: x }
    - { name: Restart apache, debug: x }
`);
    expect(flowStory(run)).toEqual([
      "h1 a: changed",
      "h1 b: changed",
      "h1 handler Restart memcached: ok",
      "h1 handler Restart apache: ok",
    ]);
  });
  test("a topic runs all that listen to it, in whatever role they stand", async () => {
    const run = await play(
      `  roles: [r]
  tasks:
${changing("a", "restart web services")}  handlers:
    - { name: Restart memcached, debug: x, listen: restart web services }
    - { name: Restart apache, debug: x, listen: [other, restart web services] }
    - { name: not me, debug: x, listen: other }
`,
      { "roles/r/handlers/main.yml": "- { name: of the role, debug: x, listen: restart web services }\n" },
    );
    expect(flowStory(run).slice(1)).toEqual([
      "h1 handler of the role: ok",
      "h1 handler Restart memcached: ok",
      "h1 handler Restart apache: ok",
    ]);
  });
  test("of several with one name the last one counts", async () => {
    const run = await play(`  tasks:
${changing("a", "h")}  handlers:
    - { name: h, debug: first }
    - { name: h, debug: second }
    - { name: i, debug: also, listen: h }
`);
    expect(saidBy(run)).toEqual(["second", "also"]);
  });
  const twoRoles = {
    "roles/r/tasks/main.yml": "- { name: inside, command: uname, notify: h }\n",
    "roles/r/handlers/main.yml": "- { name: h, debug: of r }\n",
    "roles/s/tasks/main.yml": "[]",
    "roles/s/handlers/main.yml": "- { name: h, debug: of s }\n- { name: only s, debug: only s }\n",
  };
  test("the role comes first, then the play; `ROLE : NAME` is that of the role", async () => {
    const site = (notify: string) =>
      play(
        `  roles: [r, s]\n  tasks:\n${changing("a", notify)}  handlers:\n    - { name: h, debug: of the play }\n`,
        twoRoles,
      );
    expect(saidBy(await site("h"))).toEqual(["of r", "of the play"]);
    expect(saidBy(await site('"s : h"'))).toEqual(["of r", "of s"]);
    expect(saidBy(await site('["r : h", only s]'))).toEqual(["of r", "only s"]);
    const wrong = await site('"s : hh"');
    expect(wrong.diagnostics).toContainEqual(expect.objectContaining({ code: "unknown-handler" }));
    expect(wrong.exitCode).toBe(1);
  });
});

describe("when they run", () => {
  test("after pre_tasks, roles and tasks, post_tasks; again where notified again", async () => {
    const run = await play(
      `  pre_tasks:\n${changing("pre", "h")}  roles: [r]\n  tasks:\n${changing("task", "h")}  post_tasks:\n${changing("post", "h")}  handlers:\n    - { name: h, debug: x }\n`,
      { "roles/r/tasks/main.yml": "- { name: role, command: uname, notify: h }\n" },
    );
    expect(flowStory(run).map((line) => line.slice(3))).toEqual([
      "pre: changed",
      "handler h: ok",
      "role: changed",
      "task: changed",
      "handler h: ok",
      "post: changed",
      "handler h: ok",
    ]);
  });
  test("where flush_handlers says so, on the hosts for which its condition holds", async () => {
    const run = await play(
      `  tasks:
${changing("a", "h")}    - { meta: flush_handlers, when: inventory_hostname == "h2" }
    - { name: b, debug: x }
  handlers:
    - { name: h, debug: x }
`,
      { "inventory/hosts.yml": inventoryOf("h1", "h2") },
    );
    expect(flowStory(run)).toEqual([
      "h1 a: changed",
      "h2 a: changed",
      "h1 flush_handlers: skipped",
      "h2 flush_handlers: ok",
      "h2 handler h: ok",
      "h1 b: ok",
      "h2 b: ok",
      "h1 handler h: ok",
    ]);
    expect(run.recap?.hosts.h1).toMatchObject({ ok: 2, changed: 1, skipped: 0 });
  });
  test.each([true, false])("on a host that failed later: force_handlers %s", async (force) => {
    const run = await play(`  force_handlers: ${force}
  tasks:
${changing("a", "h")}    - { name: b, fail: { msg: x } }
  post_tasks:
    - { name: never, debug: x }
  handlers:
    - { name: h, debug: x }
`);
    expect(flowStory(run)).toEqual(["h1 a: changed", "h1 b: failed", ...(force ? ["h1 handler h: ok"] : [])]);
    expect(run.exitCode).toBe(2);
  });
  test("a handler that fails keeps the later ones from running on its host", async () => {
    const run = await play(
      `  tasks:
${changing("a", "[h, i]")}  post_tasks:
    - { name: post, debug: x }
  handlers:
    - { name: h, fail: { msg: x }, when: inventory_hostname == "h1" }
    - { name: i, debug: x }
`,
      { "inventory/hosts.yml": inventoryOf("h1", "h2") },
    );
    expect(storyOn(run, "h1")).toEqual(["a: changed", "handler h: failed"]);
    expect(storyOn(run, "h2")).toEqual(["a: changed", "handler h: skipped", "handler i: ok", "post: ok"]);
  });
});

describe("what can be a handler", () => {
  const included = {
    "restart.yml": `
- { name: stop, debug: x }
- block:
    - { name: start, fail: { msg: x } }
  rescue:
    - { name: start again, command: uname, notify: told }
`,
    "other.yml": "- { name: other, debug: x }\n",
  };
  test("an include: all its tasks run when it is notified, whatever tags say", async () => {
    const run = await play(
      `  tasks:
    - { name: a, command: uname, notify: [restart, topic], tags: t }
  handlers:
    - { name: restart, include_tasks: restart.yml, vars: { x: 1 } }
    - { name: unwanted, include_tasks: other.yml }
    - { name: late, include_tasks: "{{ file }}", listen: topic }
    - { name: told, debug: x }
  vars: { file: other.yml }
`,
      included,
      { tags: ["t"] },
    );
    expect(flowStory(run)).toEqual([
      "h1 a: changed",
      "h1 handler stop: ok",
      "h1 handler start: failed (rescued)",
      "h1 handler start again: changed",
      "h1 handler other: ok",
      "h1 handler told: ok",
    ]);
  });
  test("an include of a role's handlers, found beside them", async () => {
    const run = await play("  roles: [r]\n", {
      "roles/r/tasks/main.yml": "- { name: a, command: uname, notify: [h, i] }\n",
      "roles/r/defaults/main.yml": "who: me\n",
      "roles/r/handlers/main.yml":
        '- { name: h, include_tasks: more.yml }\n- { name: i, include_tasks: "{{ who }}.yml", loop: [1, 2] }\n',
      "roles/r/handlers/more.yml": '- { name: more, debug: "{{ who }} {{ role_name }}" }\n',
      "roles/r/handlers/me.yml": '- { name: mine, debug: "{{ item }}" }\n',
    });
    expect(saidBy(run)).toEqual(["me r", 1, 2]);
  });
  test("an order: the play ends for the host that notified it", async () => {
    const run = await play(
      `  tasks:
    - { name: a, command: uname, notify: enough, when: inventory_hostname == "h1" }
    - { meta: flush_handlers }
    - { name: b, debug: x }
  handlers:
    - { name: enough, meta: end_host }
`,
      { "inventory/hosts.yml": inventoryOf("h1", "h2") },
    );
    expect(storyOn(run, "h1")).toEqual(["a: changed", "flush_handlers: ok", "handler enough: ok"]);
    expect(storyOn(run, "h2")).toEqual(["a: skipped", "flush_handlers: ok", "b: ok"]);
    expect(run.exitCode).toBe(0);
  });
  test("what is wrong with the tasks of an include is told before the run", async () => {
    const run = await play(
      "  tasks:\n    - { command: uname, notify: h }\n  handlers:\n    - { name: h, include_tasks: wrong.yml }\n",
      { "wrong.yml": "- { debug: { mgs: x } }\n" },
    );
    expect(run.diagnostics).toContainEqual(
      expect.objectContaining({ code: "unknown-parameter", place: expect.objectContaining({ file: "wrong.yml" }) }),
    );
    expect(run.events).toEqual([]);
  });
  test("in check mode an include that may be notified is shown as what may come", async () => {
    const run = await play(
      `  tasks:
    - { name: a, command: uname, register: r }
    - { name: b, debug: x, changed_when: r.rc == 0, notify: h }
  handlers:
    - { name: h, include_tasks: other.yml }
`,
      included,
      { check: true },
    );
    expect(flowStory(run)).toEqual(["h1 a: changed", "h1 b: ok", "h1 handler other: deferred"]);
  });
});
