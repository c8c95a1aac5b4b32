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
import { createWorld, put, type TestWorld } from "../../../support/world.ts";

/** A world in which a file comes about once it has been looked at so many times. */
function readyAfter(looks: number, path = "/srv/ready"): TestWorld {
  const world = createWorld();
  let seen = 0;
  world.onTrip = ({ batch }) => {
    const looked = batch.sections.some(({ operations }) =>
      operations.some((operation) => "path" in operation && operation.path === path),
    );
    if (looked) seen += 1;
    if (seen === looks + 1) put(world, path, "up\n");
  };
  return world;
}
const play = (tasks: string, more: Partial<RunRequest> = {}) => runSite({ files: tasksSite(tasks), ...more });
const answers = (...said: readonly string[]) => {
  const world = createWorld();
  let next = 0;
  world.onTrip = ({ batch }) => {
    const asks = batch.sections.some(({ operations }) =>
      operations.some((operation) => operation.kind === "exec" && operation.argv[0] === "/usr/bin/foo"),
    );
    if (!asks) return;
    const stdout = said[Math.min(next, said.length - 1)] ?? "";
    next += 1;
    Object.assign(world.host("h1").description, {
      answers: [{ argv: ["/usr/bin/foo"], code: stdout.startsWith("!") ? 1 : 0, stdout }],
    });
  };
  return world;
};
const progress = (run: Awaited<ReturnType<typeof play>>) =>
  run.events.flatMap((event) => (event.type === "progress" ? [event.text] : []));

describe("until, retries and delay, as the pages of Ansible's loops have them", () => {
  const foo = (more: string) => `
- name: foo
  command: /usr/bin/foo
  register: r
${indent(more, 2)}
- debug: "{{ r.attempts }} {{ r.stdout }}"
`;
  test("tries until the condition holds; the result knows how often", async () => {
    const world = answers("not yet", "not yet", "all systems go");
    const run = await play(foo('until: r.stdout.contains("all systems go")\nretries: 5\ndelay: 10'), { world });
    expect(storyOf(run)).toEqual(["h1 foo: changed", "h1 debug: ok"]);
    expect(resultOf(run, "foo").attempt).toBe(3);
    expect(saidBy(run)).toEqual(["3 all systems go"]);
    expect(progress(run)).toEqual([
      'try 1 of 6: `r.stdout.contains("all systems go")` is false (stdout: "not yet"); again in 10.0 s',
      'try 2 of 6: `r.stdout.contains("all systems go")` is false (stdout: "not yet"); again in 10.0 s',
    ]);
  });
  test("one that holds at once is tried once, and says so", async () => {
    const run = await play(foo("until: r.rc == 0"), { world: answers("fine") });
    expect(saidBy(run)).toEqual(["1 fine"]);
  });
  test("three retries and five seconds are what nobody says", async () => {
    const world = answers("no");
    const before = world.host("h1").clockMs;
    const run = await play(foo('until: r.stdout == "yes"'), { world });
    expect(resultOf(run, "foo")).toMatchObject({ status: "failed", attempt: 4 });
    expect(resultOf(run, "foo").reason).toBe('tried 4 times: `r.stdout == "yes"` is false (stdout: "no")');
    expect(world.host("h1").clockMs - before).toBeGreaterThanOrEqual(15_000);
    expect(world.host("h1").clockMs - before).toBeLessThan(20_000);
  });
  test("retries without until: until it does not fail", async () => {
    const run = await play(foo("retries: 4\ndelay: 1m"), { world: answers("!broken", "!broken", "mended") });
    expect(saidBy(run)).toEqual(["3 mended"]);
    const failing = await play(foo("retries: 1\ndelay: 0"), { world: answers("!broken") });
    expect(resultOf(failing, "foo")).toMatchObject({ status: "failed", attempt: 2 });
    expect(resultOf(failing, "foo").reason).toMatch(/^tried 2 times: it failed: /);
  });
  test("retries: 0 is one try", async () => {
    const run = await play(foo("until: r.rc == 0\nretries: 0"), { world: answers("!no") });
    expect(resultOf(run, "foo")).toMatchObject({ status: "failed", attempt: 1 });
    expect(run.diagnostics.map(({ code }) => code)).toEqual(["retries-zero"]);
  });
  test("a failure that until accepts is a failure", async () => {
    const run = await play(foo("until: r.rc == 1"), { world: answers("!over") });
    expect(resultOf(run, "foo")).toMatchObject({ status: "failed", attempt: 1 });
  });
  test("failed_when and changed_when judge each try", async () => {
    const run = await play(
      foo('until: "!r.failed"\nretries: 5\ndelay: 0\nfailed_when: r.attempts < 3\nchanged_when: false'),
      { world: answers("x") },
    );
    expect(storyOf(run)).toEqual(["h1 foo: ok", "h1 debug: ok"]);
    expect(saidBy(run)).toEqual(["3 x"]);
  });
  test("a list of conditions must hold as a whole; without register it is `result`", async () => {
    const run = await play(
      `
- name: foo
  command: /usr/bin/foo
  until: [result.rc == 0, 'result.stdout == "b"']
  delay: 0
`,
      { world: answers("a", "b") },
    );
    expect(resultOf(run, "foo")).toMatchObject({ status: "changed", attempt: 2 });
  });
  test("each item of a loop is tried by itself", async () => {
    const run = await play(
      `
- name: foo
  command: /usr/bin/foo
  loop: [one, two]
  register: all_of
  until: all_of.stdout == item
  delay: 0
- debug: "{{ to_json all_of.results }}"
`,
      { world: answers("x", "one", "x", "x", "two") },
    );
    expect(run.results.filter(({ kind }) => kind === "item").map(({ item, attempt }) => [item, attempt])).toEqual([
      ["one", 2],
      ["two", 3],
    ]);
    const results: unknown = JSON.parse(String(saidBy(run)[0]));
    expect(results).toMatchObject([
      { attempts: 2, stdout: "one" },
      { attempts: 3, stdout: "two" },
    ]);
  });
  test("numbers and conditions may be computed", async () => {
    const run = await runSite({
      files: tasksSite(
        `
- name: foo
  command: /usr/bin/foo
  register: r
  until: r.stdout == wanted
  retries: "{{ tries }}"
  delay: "{{ pause_for }}"
`,
        '  vars: { wanted: c, tries: "4", pause_for: 2s }\n',
      ),
      world: answers("a", "b", "c"),
    });
    expect(resultOf(run, "foo")).toMatchObject({ status: "changed", attempt: 3 });
    expect(progress(run)[0]).toMatch(/^try 1 of 5: .*; again in 2\.0 s$/);
  });
  test("ignore_errors and rescue see the last try", async () => {
    const run = await play(
      `
- name: foo
  command: /usr/bin/foo
  register: r
  until: r.rc == 0
  retries: 1
  delay: 0
  ignore_errors: true
- debug: "{{ r.failed }} {{ r.attempts }}"
- block:
    - name: bar
      command: /usr/bin/foo
      retries: 1
      delay: 0
  rescue:
    - debug: rescued
`,
      { world: answers("!no") },
    );
    expect(saidBy(run)).toEqual(["true 2", "rescued"]);
    expect(run.exitCode).toBe(0);
  });
  test("who cannot be reached is not tried again", async () => {
    const world = createWorld();
    world.unreachable.add("h1");
    const run = await play("- name: foo\n  command: /usr/bin/foo\n  retries: 3\n", { world });
    expect(resultOf(run, "foo")).toMatchObject({ status: "unreachable", attempt: 1 });
  });
  test("every kind of module is tried again: a reading, a state, something that touches the run alone", async () => {
    const tasks = `
- name: reading
  stat: { path: /srv/ready }
  register: s
  until: s.exists
  delay: 1
- name: state
  file: { path: /srv/ready, mode: "0600" }
  register: f
  until: f.changed == false
  delay: 1
- name: controller
  set_fact: { a: 1 }
  register: c
  until: c.a == 1
`;
    const run = await play(tasks, { world: readyAfter(2) });
    expect(run.results.map(({ name, status, attempt }) => [name, status, attempt])).toEqual([
      ["reading", "ok", 3],
      // What an earlier try has changed is a change, and is followed up.
      ["state", "changed", 2],
      ["controller", "ok", 1],
    ]);
  });
  test("a change of an earlier try notifies", async () => {
    const files = {
      "site.yml": `
- hosts: all
  tasks:
    - name: state
      file: { path: /srv/there, state: directory }
      register: f
      until: "!f.changed"
      delay: 0
      notify: follow up
  handlers:
    - name: follow up
      debug: done
`,
    };
    expect(saidBy(await runSite({ files }))).toEqual(["done"]);
  });
  test("no_log hides what the condition read", async () => {
    const run = await play(
      "- name: foo\n  command: /usr/bin/foo\n  register: r\n  until: r.rc == 0\n  no_log: true\n  delay: 0\n",
      {
        world: answers("!sesame-open-now"),
      },
    );
    expect(JSON.stringify(run.events)).not.toContain("sesame-open-now");
  });
  test("Ctrl-C ends the tries", async () => {
    let asked = 0;
    const run = await play("- name: foo\n  command: /usr/bin/foo\n  retries: 1000\n  delay: 1h\n", {
      world: answers("!no"),
      interrupted: () => {
        asked += 1;
        return asked > 5;
      },
    });
    expect(run.exitCode).toBe(130);
    expect(resultOf(run, "foo").attempt).toBe(1);
  });
});

describe("in a check", () => {
  test("nothing is waited for: what is not so now is deferred, and what reads it, too", async () => {
    const tasks = `
- name: reading
  stat: { path: /srv/ready }
  register: s
  until: s.exists
  retries: 100
  delay: 1h
- name: depends
  copy: { dest: /srv/x, content: "{{ s.exists }}" }
- name: apart
  copy: { dest: /srv/y, content: y }
`;
    const world = createWorld();
    const clock = world.host("h1").clockMs;
    const check = await play(tasks, { world, check: true });
    expect(storyOf(check)).toEqual(["h1 reading: deferred", "h1 depends: deferred", "h1 apart: changed"]);
    expect(resultOf(check, "reading").reason).toBe(
      "`s.exists` is false (exists: false); the run tries again, which a check does not wait for",
    );
    expect(world.host("h1").clockMs - clock).toBeLessThan(10_000);
  });
  test("what holds already is certain; a pending change may make it hold", async () => {
    const files = tasksSite(`
- name: make
  copy: { dest: /srv/ready, content: x }
- name: reading
  stat: { path: /srv/ready }
  register: s
  until: s.exists
- name: command
  command: touch /srv/z
  register: c
  until: c.rc == 0
- name: after
  stat: { path: /srv/ready }
  register: again
  until: again.exists
`);
    const { check } = await runBothWays({ files });
    expect(check.results.map(({ name, status, certainty }) => [name, status, certainty])).toEqual([
      ["make", "changed", "certain"],
      ["reading", "ok", "certain"],
      ["command", "changed", "certain"],
      ["after", "ok", "assumed"],
    ]);
  });
  test("a state whose own result decides is assumed", async () => {
    const { check } = await runBothWays({
      files: tasksSite(`
- name: state
  file: { path: /srv/d, state: directory }
  register: f
  until: f.type == "directory"
`),
    });
    expect(resultOf(check, "state")).toMatchObject({ status: "changed", certainty: "assumed" });
  });
});

describe("faults", () => {
  const faults = async (keywords: string) => {
    const run = await play(`- name: foo\n  command: ls\n${indent(keywords, 2)}\n`);
    return run.diagnostics.map(({ code, place, message }) => `${place?.line}:${place?.column} ${code}: ${message}`);
  };
  test.each([
    [
      "until: 3",
      "6:14 wrong-type: `until` must be a condition: a text, true or false, or a list of them, not the number 3",
    ],
    ["until: []", "6:14 wrong-type: `until` must be a condition, not a list"],
    ["until: r.rc ==", /^6:\d+ condition-syntax: /],
    ["until: rr.rc == 0\nregister: r", /^6:14 undefined-variable: variable `rr` is not defined/],
    ["retries: many", "6:16 wrong-type: `retries` must be a whole number from 0 to 1000000, not a text"],
    ["retries: -1", "6:16 wrong-type: `retries` must be a whole number from 0 to 1000000, not the number -1"],
    ["retries: 1.5", "6:16 wrong-type: `retries` must be a whole number from 0 to 1000000, not the number 1.5"],
    ["retries: [3]", "6:16 wrong-type: `retries` must be a whole number from 0 to 1000000, not a list"],
    ["retries:", "6:15 wrong-type: `retries` must be a whole number from 0 to 1000000, not nothing"],
    ["retries: 99999999", /^6:16 wrong-type: /],
    ["delay: 5", "6:14 delay-alone: `delay` is the pause between two tries, and the task is tried once"],
    ["until: true\ndelay: soon", /^7:14 wrong-type: `delay` must be whole seconds from 0 to 2592000/],
    ["until: true\ndelay: -5", /^7:14 wrong-type: /],
    ["until: true\ndelay: 31d", /^7:14 wrong-type: /],
    ["until: true\ndelay: '5m; reboot'", /^7:14 wrong-type: /],
    ["timeout: true", /^6:16 wrong-type: `timeout` must be whole seconds/],
    ["timeout: 10\nasync: 20", "6:16 timeout-with-async: `timeout` and `async` both say how long the command may take"],
  ] as const)("%s", async (keywords, told) => {
    const found = await faults(keywords);
    expect(found).toHaveLength(1);
    if (typeof told === "string") expect(found[0]).toBe(told);
    else expect(found[0]).toMatch(told);
  });
  test("what is computed wrongly fails the task", async () => {
    const run = await runSite({
      files: tasksSite('- name: foo\n  command: ls\n  retries: "{{ n }}"\n', "  vars: { n: lots }\n"),
      extraVars: ["n=more"],
      playbooks: ["site.yml"],
    });
    const said = [...run.diagnostics.map(({ message }) => message), ...run.results.map(({ reason }) => reason)].join();
    expect(said).toMatch(/`retries`: expected a whole number from 0 to 1000000, got "more"/);
  });
});

test("several hosts are tried each by itself", async () => {
  const world = createWorld();
  put(world, "/srv/ready", "x", "h2");
  const run = await runSite({
    files: {
      "inventory/hosts.yml": inventoryOf("h1", "h2"),
      ...tasksSite("- name: s\n  stat: { path: /srv/ready }\n  register: s\n  until: s.exists\n  delay: 0\n"),
    },
    world,
  });
  expect(resultOf(run, "s", "h1")).toMatchObject({ status: "failed", attempt: 4 });
  expect(resultOf(run, "s", "h2")).toMatchObject({ status: "ok", attempt: 1 });
});
