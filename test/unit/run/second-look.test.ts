import { describe, expect, test } from "vitest";
import { resultOf, runSite, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

describe("paths that are spelled otherwise", () => {
  test.each(["/./usr", "/usr/.", "//usr/./"])("%s is guarded as /usr is", async (path) => {
    const run = await runSite({ files: tasksSite(`- file: { path: ${path}, state: absent, recursive: true }`) });
    expect(run.exitCode).toBe(1);
    expect(run.after).toBe(run.before);
  });
});

describe("tasks_from that the role does not have", () => {
  const role = { "roles/r/tasks/verify.yml": "- debug: { msg: verified }\n" };
  test("is an error before the run where it is literal", async () => {
    const files = { ...role, ...tasksSite("- include_role: { name: r, tasks_from: verfy }") };
    const { diagnostics, exitCode } = await runSite({ files });
    expect(diagnostics).toMatchObject([{ code: "missing-file", hint: "did you mean `verify`?" }]);
    expect(exitCode).toBe(1);
  });
  test("fails the host where it is known only in the run", async () => {
    const files = {
      ...role,
      ...tasksSite('- set_fact: { t: nope }\n- include_role: { name: r, tasks_from: "{{ t }}" }'),
    };
    const run = await runSite({ files });
    expect(run.exitCode).toBe(2);
    expect(run.results.at(-1)?.reason).toContain("role r has no file tasks/nope.yml");
  });
});

test("in a check a task that only ever runs dry leaves nothing pending, and calls no handler", async () => {
  const files = tasksSite(
    `
      - name: dry
        file: { path: /etc/cm1 }
        check_mode: true
        notify: told
      - name: real
        file: { path: /etc/cm1 }
    `,
    "  handlers:\n    - name: told\n      file: { path: /told }\n",
  );
  const check = await runSite({ files, check: true });
  const run = await runSite({ files });
  expect(resultOf(check, "real").status).toBe("changed");
  expect(storyOf(check)).toEqual(storyOf(run));
});

test("how a command ends is not foretold", async () => {
  const files = tasksSite(`
    - command: "false"
      register: c
      ignore_errors: true
    - name: after
      copy: { dest: /etc/d, content: x }
      when: c.failed
  `);
  const check = await runSite({ files, check: true });
  expect(resultOf(check, "after").status).toBe("deferred");
});

test("a handler that a deferred handler notifies is deferred too", async () => {
  const check = await runSite({
    files: tasksSite(
      `
        - command: uname -r
          register: c
        - copy: { dest: /etc/x, content: "{{ c.stdout }}" }
          notify: one
      `,
      "  handlers:\n    - name: one\n      debug: { msg: 1 }\n      notify: two\n    - name: two\n      debug: { msg: 2 }\n",
    ),
    check: true,
  });
  expect(storyOf(check).slice(-2)).toEqual(["h1 handler one: deferred", "h1 handler two: deferred"]);
});

test("what stands in a file that a command has yet to accept is only assumed", async () => {
  const files = tasksSite(`
    - copy: { dest: /etc/val, content: "", validate: [test, -s, "{}"] }
      ignore_errors: true
    - name: gone
      file: { path: /etc/val, state: absent }
  `);
  const check = await runSite({ files, check: true });
  expect(resultOf(check, "gone")).toMatchObject({ certainty: "assumed" });
});

test("a new owner takes the set-id bits away", async () => {
  const files = tasksSite(`
    - copy: { dest: /etc/p, content: x, mode: "4755" }
    - file: { path: /etc/p, owner: nobody }
    - name: again
      file: { path: /etc/p, mode: "4755" }
  `);
  const check = await runSite({ files, check: true });
  const run = await runSite({ files, world: createWorld() });
  expect(resultOf(check, "again").status).toBe(resultOf(run, "again").status);
});

test("a value that outgrows the machine fails its task, with no fault of ours", async () => {
  const grow = `{{ a }}`.repeat(16);
  const files = tasksSite(`
    - set_fact: { a: xxxxxxxxxxxxxxxx }
    - set_fact: { a: "${grow}" }
      loop: [1, 2, 3, 4, 5, 6, 7]
  `);
  const run = await runSite({ files });
  expect(run.exitCode).toBe(2);
  expect(run.results.at(-1)?.reason).toContain("grows too large");
});

test("an empty playbook is no success", async () => {
  const { diagnostics, exitCode } = await runSite({ files: { "site.yml": "# nothing\n" } });
  expect(diagnostics).toMatchObject([{ code: "empty-playbook" }]);
  expect(exitCode).toBe(1);
});
