import { describe, expect, test } from "vitest";
import { inventoryOf, resultOf, runSite, saidBy, storyOf, tasksSite } from "../../support/run-site.ts";
import { createWorld, put } from "../../support/world.ts";

/** A check and the run after it, on equal worlds. */
async function foretold(
  files: Readonly<Record<string, string>>,
  prepare: (world: ReturnType<typeof createWorld>) => void = () => {},
) {
  const [first, second] = [createWorld(), createWorld()];
  prepare(first);
  prepare(second);
  return {
    check: await runSite({ files, world: first, check: true }),
    run: await runSite({ files, world: second }),
  };
}

describe("what hangs on an assumption is one itself", () => {
  test("through a registered value: in a parameter, and in a condition that skips", async () => {
    const { check, run } = await foretold(
      tasksSite(`
        - name: first
          copy: { dest: /etc/x, content: new }
        - name: look
          command: cat /etc/x
          reads: true
          register: r
        - name: copied
          copy: { dest: /etc/y, content: "{{ r.stdout }}" }
        - name: sometimes
          copy: { dest: /etc/z, content: z }
          when: r.stdout == "old"
        - name: fact
          set_fact: { seen: "{{ r.stdout }}" }
        - name: far
          debug: { msg: "{{ seen }}" }
        - name: apart
          copy: { dest: /etc/apart, content: a }
      `),
      (world) => put(world, "/etc/x", "old"),
    );
    const hangs = (name: string) => resultOf(check, name).because ?? [];
    const first = resultOf(check, "first").taskId;
    for (const name of ["look", "copied", "sometimes", "fact", "far"]) expect(hangs(name), name).toContain(first);
    expect(hangs("apart")).toEqual([]);
    expect(resultOf(check, "sometimes")).toMatchObject({ status: "changed", certainty: "assumed" });
    expect(resultOf(run, "sometimes").status).toBe("skipped");
  });

  test("a failure made of it is deferred", async () => {
    const { check, run } = await foretold(
      tasksSite(`
        - copy: { dest: /etc/x, content: new }
        - command: cat /etc/x
          reads: true
          register: r
        - name: wanted
          assert: { that: r.stdout == "new" }
      `),
      (world) => put(world, "/etc/x", "old"),
    );
    expect(resultOf(check, "wanted").status).toBe("deferred");
    expect(resultOf(run, "wanted").status).toBe("ok");
  });

  test("facts that a pending change alters", async () => {
    const files = {
      "site.yml": `
- hosts: all
  tasks:
    - name: release
      copy: { dest: /etc/os-release, content: "ID=changed\\n" }
- hosts: all
  tasks:
    - name: conditional
      debug: { msg: "{{ facts.distribution.id }}" }
      when: facts.distribution.id == "changed"
`,
    };
    const { check, run } = await foretold(files);
    expect(saidBy(check)).toEqual(saidBy(run));
    expect(saidBy(run)).toEqual(["changed"]);
  });
});

describe("an include whose name is not known yet", () => {
  const files = {
    ...tasksSite(
      `
      - name: first
        command: date
        register: c
      - include_tasks: "{{ c.stdout | size }}.yml"
      - name: after
        line: { path: /etc/none, line: x }
      - name: reader
        debug: { msg: '{{ default q.rc "undefined" }}' }
      - name: own
        debug: { msg: "{{ mine }}" }
        vars: { mine: here }
    `.replace("{{ c.stdout | size }}", "{{ c.stdout }}"),
    ),
  };
  test("defers what looks at the host, and what reads a variable that it may set", async () => {
    const check = await runSite({ files, check: true });
    expect(storyOf(check).slice(1)).toEqual([
      "h1 include_tasks: deferred",
      "h1 after: deferred",
      "h1 reader: deferred",
      "h1 own: ok",
    ]);
    const include = check.results.find(({ module }) => module === "include_tasks");
    expect(include?.because).toEqual([resultOf(check, "first").taskId]);
    expect(resultOf(check, "reader").because).toEqual([include?.taskId]);
  });
});

describe("a file that is included only while the play runs", () => {
  test("is checked as a whole before its first task", async () => {
    const files = {
      ...tasksSite(`
        - set_fact: { which: late }
        - include_tasks: "{{ which }}.yml"
      `),
      "late.yml": "- copy: { dest: /etc/written, content: x }\n- copy: { dest: /etc/other, contnet: x }\n",
    };
    const run = await runSite({ files });
    expect(run.exitCode).toBe(2);
    expect(run.results.at(-1)?.reason).toContain("has no parameter `contnet`");
    expect(run.after).not.toContain("/etc/written");
  });
  test("may set variables that nobody else defines: a doubt, but no error", async () => {
    const files = {
      ...tasksSite(`
        - set_fact: { which: late }
        - include_tasks: "{{ which }}.yml"
        - debug: { msg: "{{ q.changed }}" }
      `),
      "late.yml": "- debug: { msg: hello }\n  register: q\n",
    };
    const run = await runSite({ files });
    expect(run.diagnostics).toMatchObject([{ code: "undefined-variable", severity: "warning" }]);
    expect(saidBy(run)).toEqual(["hello", false]);
  });
});

describe("whether it counts as changed is not known", () => {
  const files = tasksSite(
    `
      - name: maybe
        command: date
        register: r
        changed_when: "'new' in r.stdout_lines"
        notify: told
    `,
    "  handlers:\n    - name: told\n      debug: { msg: told }\n",
  );
  test("its handler is deferred with it", async () => {
    const { check, run } = await foretold(files);
    expect(resultOf(check, "maybe")).toMatchObject({
      certainty: "assumed",
      because: [resultOf(check, "maybe").taskId],
    });
    expect(resultOf(check, "told")).toMatchObject({ status: "deferred", because: [resultOf(check, "maybe").taskId] });
    expect(storyOf(run)).toEqual(["h1 maybe: ok"]);
  });
});

describe("handlers of what is deferred", () => {
  test("are deferred for each item of a loop, and all of them where the name is not known", async () => {
    const handlers =
      "  handlers:\n    - name: h-a\n      debug: { msg: a }\n    - name: h-b\n      debug: { msg: b }\n";
    const looped = await runSite({
      files: tasksSite(
        `
          - command: date
            register: r
          - debug: { msg: "{{ item }} {{ r.stdout }}" }
            loop: [a, b]
            notify: "h-{{ item }}"
        `,
        handlers,
      ),
      check: true,
    });
    expect(storyOf(looped).slice(-2)).toEqual(["h1 handler h-a: deferred", "h1 handler h-b: deferred"]);
    const named = await runSite({
      files: tasksSite(
        `
          - command: date
            register: r
          - copy: { dest: /etc/x, content: x }
            notify: "{{ r.stdout }}"
        `,
        handlers,
      ),
      check: true,
    });
    expect(storyOf(named).slice(-2)).toEqual(["h1 handler h-a: deferred", "h1 handler h-b: deferred"]);
  });
});

test("a file is one file under all its names", async () => {
  const files = tasksSite(`
    - file: { path: /srv/dir, state: directory }
    - file: { path: /srv/ld, state: link, target: dir }
    - copy: { dest: /srv/dir/f, content: "b\\n" }
    - name: same
      line: { path: /srv/ld/f, line: b }
  `);
  const world = createWorld();
  await runSite({ files, world });
  put(world, "/srv/dir/f", "a\n");
  const check = await runSite({ files, world, check: true });
  const run = await runSite({ files, world });
  expect(resultOf(check, "same")).toMatchObject({ status: "ok", certainty: "certain" });
  expect(resultOf(run, "same").status).toBe("ok");
});

test("new files belong to whoever the task becomes, and to that one's group", async () => {
  const { check, run } = await foretold(
    tasksSite(`
      - file: { path: /srv/of, state: directory, mode: "0777" }
      - copy: { dest: /srv/of/f, content: x }
        become: true
        become_user: nobody
      - name: owned
        file: { path: /srv/of/f, group: nogroup }
    `),
  );
  expect(resultOf(check, "owned")).toMatchObject({ status: "ok", certainty: "certain" });
  expect(resultOf(run, "owned").status).toBe("ok");
});

test("a dry run of one task inside of a real one is told as such, and is no change of the host", async () => {
  const run = await runSite({
    files: tasksSite(`
      - name: dry
        copy: { dest: /etc/x, content: x }
        check_mode: true
    `),
  });
  expect(resultOf(run, "dry")).toMatchObject({ status: "changed", certainty: "certain" });
  expect(run.recap?.hosts.h1).toMatchObject({ ok: 1, changed: 0 });
});

test("a variable of another host that is not known names what it waits for", async () => {
  const check = await runSite({
    files: {
      "inventory/hosts.yml": inventoryOf("h1", "h2"),
      ...tasksSite(`
        - name: ask
          command: date
          register: r
          when: inventory_hostname == "h1"
        - name: read
          debug: { msg: "{{ hostvars.h1.r.stdout }}" }
          when: inventory_hostname == "h2"
      `),
    },
    check: true,
  });
  expect(resultOf(check, "read", "h2")).toMatchObject({
    status: "deferred",
    because: [resultOf(check, "ask", "h1").taskId],
  });
});

describe("secrets", () => {
  test("what stood where a secret comes is not told either", async () => {
    const files = tasksSite(
      `
        - copy: { dest: /etc/pw, content: "{{ secret pw }}" }
      `,
      "  vars: { pw: this-months-password }\n",
    );
    const world = createWorld();
    put(world, "/etc/pw", "last-months-password");
    const run = await runSite({ files, world });
    expect(JSON.stringify(run.events)).not.toMatch(/months-password/);
  });
  test("a new file with a secret is its owner's alone", async () => {
    const run = await runSite({
      files: tasksSite(`
        - copy: { dest: /etc/pw, content: '{{ secret "this-months-password" }}' }
        - name: again
          file: { path: /etc/pw, mode: "0600" }
      `),
    });
    expect(resultOf(run, "again").status).toBe("ok");
  });
  test("passwords of the inventory are secrets wherever they are read", async () => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml": "all:\n  hosts:\n    h1: { lab_connection: lab, lab_become_password: open-sesame-1 }\n",
        ...tasksSite('- debug: { msg: "{{ lab_become_password }} {{ hostvars.h1.lab_become_password }}" }'),
      },
    });
    expect(JSON.stringify(run.events)).not.toContain("open-sesame-1");
    expect(run.hidden).toContain("open-sesame-1");
  });
});
