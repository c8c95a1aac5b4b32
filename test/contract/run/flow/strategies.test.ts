import { describe, expect, test } from "vitest";
import { flowStory, storyOn } from "../../../support/flow-story.ts";
import { inventoryOf, type RunRequest, runSite, type SiteRun, saidBy, tasksSite } from "../../../support/run-site.ts";
import { createWorld } from "../../../support/world.ts";

const hostsUpTo = (count: number) => Array.from({ length: count }, (_, index) => `h${index + 1}`);
const play = (
  tasks: string,
  {
    header = "",
    hosts = 3,
    ...request
  }: Partial<RunRequest> & { readonly header?: string; readonly hosts?: number } = {},
) =>
  runSite({
    files: { ...tasksSite(tasks, header), "inventory/hosts.yml": inventoryOf(...hostsUpTo(hosts)) },
    forks: 1,
    ...request,
  });
const failing = (name: string, ...hosts: readonly string[]) =>
  `{ name: ${name}, fail: { msg: x }, when: 'inventory_hostname in ${JSON.stringify(hosts)}' }`;
const batches = (run: SiteRun) => run.events.flatMap((event) => (event.type === "play" ? [event.hosts] : []));

describe("serial", () => {
  test("completes the play on so many hosts before it begins with the next", async () => {
    const run = await play("- { name: first, command: hostname }\n- { name: second, command: hostname }", {
      header: "  serial: 3\n",
      hosts: 6,
    });
    const three = (task: string, from: number) => [0, 1, 2].map((index) => `h${from + index} ${task}: changed`);
    expect(flowStory(run)).toEqual([
      ...three("first", 1),
      ...three("second", 1),
      ...three("first", 4),
      ...three("second", 4),
    ]);
  });
  test.each<[string, number, readonly number[]]>([
    ['"30%"', 20, [6, 6, 6, 2]],
    ["[1, 5, 10]", 20, [1, 5, 10, 4]],
    ['["10%", "20%", "100%"]', 10, [1, 2, 7]],
    ['[1, 5, "20%"]', 12, [1, 5, 2, 2, 2]],
    ['"1%"', 3, [1, 1, 1]],
    ["0", 3, [3]],
    ['"{{ size }}"', 5, [2, 2, 1]],
    ['["{{ size }}", "{{ share }}"]', 6, [2, 3, 1]],
    ['!expr "size(groups.all) / 3"', 9, [3, 3, 3]],
    ["100", 2, [2]],
  ])("%s of %d hosts: %j", async (serial, hosts, sizes) => {
    const run = await play("- debug: x", { header: `  serial: ${serial}\n  vars: { size: 2, share: "50%" }\n`, hosts });
    expect(batches(run).map((batch) => batch.length)).toEqual(sizes);
    expect(batches(run).flat()).toEqual(hostsUpTo(hosts));
    expect(run.exitCode).toBe(0);
  });
  test("play_hosts are those of the batch that are left", async () => {
    const run = await play(`- ${failing("a", "h1")}\n- debug: "{{ play_hosts }}"`, { header: "  serial: 2\n" });
    expect([saidBy(run, "h2"), saidBy(run, "h3")]).toEqual([[["h2"]], [["h3"]]]);
  });
  test("play_hosts with strategy free are those that it began with, whoever has failed first", async () => {
    const tasks = `- ${failing("a", "h1")}\n- pause: { seconds: 0 }\n- debug: "{{ play_hosts }}"`;
    const run = await play(tasks, { header: "  strategy: free\n" });
    expect([saidBy(run, "h2"), saidBy(run, "h3")]).toEqual([[["h1", "h2", "h3"]], [["h1", "h2", "h3"]]]);
  });
  test("handlers run for each batch, before the next one", async () => {
    const run = await play("- { name: a, command: uname, notify: h }", {
      header: "  serial: 1\n  handlers: [{ name: h, debug: x }]\n",
      hosts: 2,
    });
    expect(flowStory(run)).toEqual(["h1 a: changed", "h1 handler h: ok", "h2 a: changed", "h2 handler h: ok"]);
  });
  test("a batch of which every host has failed ends the run", async () => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml": inventoryOf("h1", "h2", "h3", "h4"),
        "site.yml": `
- hosts: all:!h4
  serial: 1
  tasks:
    - ${failing("a", "h2")}
- name: afterwards
  hosts: h4
  tasks:
    - { name: b, debug: x }
`,
      },
    });
    expect(flowStory(run)).toEqual(["h1 a: skipped", "h2 a: failed"]);
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "warning", diagnostic: expect.objectContaining({ code: "no-hosts-left" }) }),
    );
  });
  test.each([
    ["-3", /a number of hosts/],
    ["some", /a number of hosts/],
    ["[2, []]", /a number of hosts/],
    ["2.5", /a number of hosts/],
    ["{ a: 1 }", /a number of hosts/],
  ])("a template that makes %s is told before anything connects", async (value, told) => {
    const run = await play("- debug: x", { header: `  serial: "{{ size }}"\n  vars: { size: ${value} }\n` });
    expect(run.diagnostics).toContainEqual(
      expect.objectContaining({ message: expect.stringMatching(told), place: expect.objectContaining({ line: 3 }) }),
    );
    expect([run.exitCode, run.events]).toEqual([1, []]);
  });
  test("a variable of hosts is not there yet, and neither is one that nobody defines", async () => {
    const run = await play("- debug: x", {
      header: '  serial: "{{ nowhere }}"\n  max_fail_percentage: "{{ none }}"\n',
    });
    expect(run.diagnostics.map(({ code }) => code)).toContain("undefined-variable");
    expect(run.exitCode).toBe(1);
  });
});

describe("order", () => {
  test.each([
    ["inventory", ["h2", "h10", "h1"]],
    ["reverse_inventory", ["h1", "h10", "h2"]],
    ["sorted", ["h1", "h10", "h2"]],
    ["reverse_sorted", ["h2", "h10", "h1"]],
  ])("%s", async (order, wanted) => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml": inventoryOf("h2", "h10", "h1"),
        "site.yml": `- hosts: all\n  order: ${order}\n  serial: 2\n  tasks: [{ name: a, debug: x }]\n`,
      },
      forks: 1,
    });
    expect(flowStory(run)).toEqual(wanted.map((host) => `${host} a: ok`));
  });
  test("shuffle is another order, and the same for the same run", async () => {
    const shuffled = () => play("- debug: x", { header: "  order: shuffle\n", hosts: 20 });
    const [one, other] = [await shuffled(), await shuffled()];
    expect(batches(one)).toEqual(batches(other));
    expect(batches(one)[0]).not.toEqual(hostsUpTo(20));
    expect(batches(one)[0]?.toSorted()).toEqual(hostsUpTo(20).toSorted());
  });
});

describe("run_once", () => {
  test("runs on the first host of the batch, and its result and facts hold for all of it", async () => {
    const run = await play(
      `- { name: once, command: uname -n, run_once: true, register: r }
- { name: fact, set_fact: { f: "{{ inventory_hostname }}" }, run_once: true }
- debug: "{{ r.stdout }} {{ f }}"`,
      { header: "  serial: 2\n" },
    );
    expect(flowStory(run).filter((line) => !line.includes("debug"))).toEqual([
      "h1 once: changed",
      "h1 fact: ok",
      "h3 once: changed",
      "h3 fact: ok",
    ]);
    expect(["h1", "h2", "h3"].map((host) => saidBy(run, host))).toEqual([["h1 h1"], ["h1 h1"], ["h3 h3"]]);
  });
  test("the first host is one that is left, and its variables decide the condition for all", async () => {
    const run = await play(`
      - ${failing("lost", "h1")}
      - { name: once, debug: x, run_once: true, when: inventory_hostname == "h3" }
      - { name: behind, debug: x }`);
    expect(flowStory(run)).toEqual([
      "h1 lost: failed",
      "h2 lost: skipped",
      "h3 lost: skipped",
      "h2 once: skipped",
      "h2 behind: ok",
      "h3 behind: ok",
    ]);
  });
  test("a failure is one of all hosts, and each of them is rescued", async () => {
    const run = await play(
      `
      - block:
          - { name: once, fail: { msg: x }, run_once: true }
        rescue:
          - { name: mend, debug: "{{ failed_task.name }}" }`,
      { hosts: 2 },
    );
    expect(flowStory(run)).toEqual(["h1 once: failed (rescued)", "h1 mend: ok", "h2 mend: ok"]);
    const lost = await play("- { name: once, fail: { msg: x }, run_once: true }\n- { name: behind, debug: x }");
    expect(flowStory(lost)).toEqual(["h1 once: failed"]);
    expect(lost.exitCode).toBe(2);
    const ignored = await play(
      "- { name: once, fail: { msg: x }, run_once: true, ignore_errors: true }\n- { name: behind, debug: x }",
      { hosts: 2 },
    );
    expect(flowStory(ignored)).toEqual(["h1 once: failed (ignored)", "h1 behind: ok", "h2 behind: ok"]);
  });
  test("of a block: each of its tasks; of a handler: the first of those that were notified", async () => {
    const run = await play(
      `
      - block:
          - { name: a, debug: x }
          - { name: b, debug: x }
        run_once: true
      - { name: c, command: uname, notify: h, when: inventory_hostname != "h1" }`,
      { header: "  handlers: [{ name: h, debug: x, run_once: true }]\n" },
    );
    expect(flowStory(run)).toEqual([
      "h1 a: ok",
      "h1 b: ok",
      "h1 c: skipped",
      "h2 c: changed",
      "h3 c: changed",
      "h2 handler h: ok",
    ]);
  });
  test("a loop that runs once leaves all its results", async () => {
    const run = await play(
      `
      - { name: once, debug: "{{ item }}", loop: [a, b], run_once: true, register: r }
      - debug: !expr "r.results.map(each, each.item)"`,
      { hosts: 2 },
    );
    expect(saidBy(run, "h2")).toEqual([["a", "b"]]);
  });
});

describe("any_errors_fatal", () => {
  test("the task is finished on all hosts, then the play stops on all, and so does the run", async () => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml": inventoryOf("h1", "h2", "h3"),
        "site.yml": `
- hosts: h1,h2
  any_errors_fatal: true
  tasks:
    - ${failing("Shut down", "h1")}
    - { name: behind, debug: x }
- hosts: h3
  tasks: [{ name: Stop service, debug: x }]
`,
      },
      forks: 1,
    });
    expect(flowStory(run)).toEqual(["h1 Shut down: failed", "h2 Shut down: skipped"]);
    expect(run.recap?.hosts.h2).toMatchObject({ failed: 0, skipped: 1 });
    expect(run.events).toContainEqual(
      expect.objectContaining({ type: "host", name: "h2", event: "ended", reason: "any_errors_fatal: h1 failed" }),
    );
  });
  test("on a block, a task, and said otherwise further in", async () => {
    const block = (keyword: string) =>
      play(
        `
      - block:
          - { name: a, fail: { msg: x }, when: inventory_hostname == "h1"${keyword} }
          - { name: b, debug: x }
        any_errors_fatal: true
      - { name: c, debug: x }`,
        { hosts: 2 },
      );
    expect(flowStory(await block(""))).toEqual(["h1 a: failed", "h2 a: skipped"]);
    expect(flowStory(await block(", any_errors_fatal: false"))).toEqual([
      "h1 a: failed",
      "h2 a: skipped",
      "h2 b: ok",
      "h2 c: ok",
    ]);
    const task = await play(
      `- ${failing("a", "h2").replace(/ }$/, ", any_errors_fatal: '{{ strict }}' }")}\n- { name: b, debug: x }`,
      {
        header: "  vars: { strict: true }\n",
      },
    );
    expect(flowStory(task)).toEqual(["h1 a: skipped", "h2 a: failed", "h3 a: skipped"]);
  });
  test("a failure that is rescued is not fatal; one in the rescue is", async () => {
    const rescue = (mend: string) =>
      play(
        `
      - block:
          - ${failing("a", "h1")}
          - { name: b, debug: x }
        rescue:
          - { name: mend, ${mend} }
        always:
          - { name: last, debug: x }
      - { name: c, debug: x }`,
        { header: "  any_errors_fatal: true\n", hosts: 2 },
      );
    expect(flowStory(await rescue("debug: x"))).toEqual([
      "h1 a: failed (rescued)",
      "h2 a: skipped",
      "h2 b: ok",
      "h1 mend: ok",
      "h1 last: ok",
      "h2 last: ok",
      "h1 c: ok",
      "h2 c: ok",
    ]);
    expect(flowStory(await rescue("fail: { msg: x }"))).toEqual([
      "h1 a: failed (rescued)",
      "h2 a: skipped",
      "h2 b: ok",
      "h1 mend: failed",
      "h1 last: ok",
      "h2 last: ok",
    ]);
  });
  test("a host that cannot be reached is an error, too; an ignored one is none", async () => {
    const world = createWorld();
    world.unreachable.add("h1");
    const run = await play("- { name: a, command: uname }\n- { name: b, debug: x }", {
      header: "  any_errors_fatal: true\n",
      hosts: 2,
      world,
    });
    expect(flowStory(run)).toEqual(["h1 a: unreachable", "h2 a: changed"]);
    expect(run.exitCode).toBe(4);
    const ignored = await play("- { name: a, fail: { msg: x }, ignore_errors: true }\n- { name: b, debug: x }", {
      header: "  any_errors_fatal: true\n",
      hosts: 1,
    });
    expect(flowStory(ignored)).toEqual(["h1 a: failed (ignored)", "h1 b: ok"]);
  });
  test("in handlers", async () => {
    const run = await play("- { name: a, command: uname, notify: [h, i] }", {
      header: `  any_errors_fatal: true\n  handlers:\n    - ${failing("h", "h1")}\n    - { name: i, debug: x }\n`,
      hosts: 2,
    });
    expect(flowStory(run)).toEqual(["h1 a: changed", "h2 a: changed", "h1 handler h: failed", "h2 handler h: skipped"]);
  });
});

describe("max_fail_percentage", () => {
  test.each([
    [30, 3, true],
    [30, 4, false],
    [49, 4, true],
    [0, 1, false],
    [100, 9, true],
    ["'{{ limit }}'", 4, true],
    ["'20%'", 3, false],
  ])("of %s, with %d of 10 failed: goes on is %s", async (share, failed, goesOn) => {
    const run = await play(`- ${failing("a", ...hostsUpTo(failed))}\n- { name: b, debug: x }`, {
      header: `  max_fail_percentage: ${share}\n  vars: { limit: 40 }\n`,
      hosts: 10,
    });
    expect(flowStory(run).some((line) => line.includes("b: ok"))).toBe(goesOn);
    expect(run.recap?.hosts.h10).toMatchObject({ failed: 0 });
  });
  test("is exceeded, not equaled: serial 4, two failed, 50 and 49", async () => {
    const rolling = (share: number) =>
      play(`- ${failing("a", "h1", "h2")}\n- { name: b, debug: x }`, {
        header: `  serial: 4\n  max_fail_percentage: ${share}\n`,
        hosts: 8,
      });
    expect(flowStory(await rolling(50)).filter((line) => line.endsWith("b: ok"))).toHaveLength(6);
    const stopped = await rolling(49);
    expect(flowStory(stopped)).toHaveLength(4);
    expect(batches(stopped)).toHaveLength(1);
  });
  test("what is rescued does not count", async () => {
    const run = await play(
      `
      - block: [${failing("a", "h1", "h2")}]
        rescue: [{ name: mend, debug: x }]
      - { name: b, debug: x }`,
      { header: "  max_fail_percentage: 0\n" },
    );
    expect(flowStory(run).filter((line) => line.endsWith("b: ok"))).toHaveLength(3);
  });
});

describe("ignore_unreachable", () => {
  const unreachable = (...names: readonly string[]) => {
    const world = createWorld();
    for (const name of names) world.unreachable.add(name);
    return world;
  };
  test("on a task: the failure is ignored, and the next task tries again", async () => {
    const tasks = `
      - { name: executes and is ignored, command: /bin/true, ignore_unreachable: true, register: r }
      - { name: reads, debug: "{{ r.failed }}" }
      - { name: ends the play, command: /bin/true }
      - { name: never, debug: x }`;
    const run = await play(tasks, { hosts: 1, world: unreachable("h1") });
    expect(flowStory(run)).toEqual([
      "h1 executes and is ignored: unreachable (ignored)",
      "h1 reads: ok",
      "h1 ends the play: unreachable",
    ]);
    expect([run.exitCode, run.recap?.hosts.h1]).toEqual([4, expect.objectContaining({ ignored: 1, unreachable: 1 })]);
  });
  test("on a play, and said otherwise on a task", async () => {
    const run = await play(
      "- { name: a, command: /bin/true }\n- { name: b, command: /bin/true, ignore_unreachable: false }\n- { name: c, debug: x }",
      { header: "  ignore_unreachable: true\n", hosts: 1, world: unreachable("h1") },
    );
    expect(flowStory(run)).toEqual(["h1 a: unreachable (ignored)", "h1 b: unreachable"]);
  });
  test("a host that comes back is there for the next task", async () => {
    const world = unreachable("h1");
    const run = await play(
      "- { name: a, command: /bin/true, ignore_unreachable: true }\n- { name: up, debug: x }\n- { name: b, command: /bin/true }",
      {
        hosts: 1,
        world,
        interrupted: () => {
          world.unreachable.delete("h1");
          return false;
        },
        lookAhead: 0,
      },
    );
    expect(flowStory(run).at(-1)).toBe("h1 b: changed");
    expect(run.exitCode).toBe(0);
  });
  test("a task that reads facts of a host that cannot be reached", async () => {
    const run = await play('- { name: a, debug: "{{ facts.distribution.id }}" }\n- { name: b, debug: x }', {
      header: "  ignore_unreachable: true\n",
      hosts: 1,
      world: unreachable("h1"),
    });
    expect(flowStory(run)).toEqual(["h1 a: unreachable (ignored)", "h1 b: ok"]);
    expect(run.exitCode).toBe(0);
  });
});

describe("strategy free", () => {
  test("each host goes on as soon as it can, its tasks and handlers in their order", async () => {
    const tasks = `
      - { name: a, command: uname, notify: h }
      - { name: b, debug: x }
      - { meta: flush_handlers }
      - { name: c, debug: x }`;
    const run = await play(tasks, {
      header: "  strategy: free\n  handlers: [{ name: h, debug: x }]\n",
      forks: 3,
    });
    for (const host of ["h1", "h2", "h3"])
      expect(storyOn(run, host)).toEqual(["a: changed", "b: ok", "flush_handlers: ok", "handler h: ok", "c: ok"]);
  });
  test("a slow host does not hold the others up", async () => {
    const world = createWorld();
    let release: () => void = () => {};
    const slow = new Promise<void>((resolve) => (release = resolve));
    world.delay = ({ host }) => (host === "h1" ? slow : undefined);
    const tasks = "- { name: a, command: uname }\n- { name: b, command: uname }";
    const running = play(tasks, { header: "  strategy: free\n", hosts: 2, forks: 2, world });
    await expect.poll(() => world.trips.filter(({ host }) => host === "h2").length).toBe(2);
    release();
    expect(flowStory(await running)).toEqual(["h2 a: changed", "h2 b: changed", "h1 a: changed", "h1 b: changed"]);
  });
  test("an order to end the play is each host's own, however far the others have come", async () => {
    const tasks = `
      - { name: a, debug: x }
      - { name: end, meta: end_play, when: "inventory_hostname == 'h1'" }
      - { name: b, debug: x }`;
    for (const check of [true, false]) {
      const run = await play(tasks, { header: "  strategy: free\n", hosts: 2, check });
      expect(storyOn(run, "h1")).toEqual(["a: ok", "end: ok"]);
      expect(storyOn(run, "h2")).toEqual(["a: ok", "end: skipped", "b: ok"]);
    }
  });
  test("what binds hosts together has no effect, and is told before the run", async () => {
    const run = await play(
      `
      - { name: once, debug: x, run_once: true }
      - ${failing("a", "h1")}
      - { name: b, debug: x }`,
      { header: "  strategy: free\n  any_errors_fatal: true\n  max_fail_percentage: 0\n", hosts: 2 },
    );
    expect(storyOn(run, "h1")).toEqual(["once: ok", "a: failed"]);
    expect(storyOn(run, "h2")).toEqual(["once: ok", "a: skipped", "b: ok"]);
    expect(run.diagnostics.map(({ code, message }) => [code, /`(.*?)`/.exec(message)?.[1]])).toEqual([
      ["not-with-free", "any_errors_fatal"],
      ["not-with-free", "max_fail_percentage"],
      ["not-with-free", "run_once"],
    ]);
  });
  test("blocks, includes and loops, on each host by itself", async () => {
    const run = await runSite({
      files: {
        "inventory/hosts.yml": inventoryOf("h1", "h2"),
        "site.yml": `
- hosts: all
  strategy: free
  tasks:
    - block:
        - ${failing("a", "h1")}
      rescue:
        - include_tasks: "{{ inventory_hostname }}.yml"
      always:
        - { name: last, debug: x }
    - block:
        - { name: "{{ item }}", debug: x }
      loop: [x, y]
    - { meta: end_host, when: inventory_hostname == "h2" }
    - { name: behind, debug: x }
`,
        "h1.yml": "- { name: mend, debug: x }\n",
      },
    });
    expect(storyOn(run, "h1")).toEqual([
      "a: failed (rescued)",
      "mend: ok",
      "last: ok",
      "x: ok",
      "y: ok",
      "end_host: skipped",
      "behind: ok",
    ]);
    expect(storyOn(run, "h2")).toEqual(["a: skipped", "last: ok", "x: ok", "y: ok", "end_host: ok"]);
  });
});

describe("throttle and forks", () => {
  /** The most hosts that had a trip under way at the same time. */
  async function busiest(header: string, task: string, forks: number): Promise<number> {
    const world = createWorld();
    let [now, most] = [0, 0];
    world.delay = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setTimeout(resolve, 2));
      now -= 1;
    };
    const run = await play(task, { header, hosts: 8, forks, world });
    expect(run.exitCode).toBe(0);
    return most;
  }
  test.each<[string, string, string, number, number]>([
    ["nothing", "", "", 4, 4],
    ["throttle on a task", "", ", throttle: 2", 4, 2],
    ["more than there are forks", "", ", throttle: 100", 4, 4],
    ["0 is no limit", "", ", throttle: 0", 4, 4],
    ["a template", "  vars: { n: 3 }\n", ", throttle: '{{ n }}'", 4, 3],
    ["throttle on the play", "  throttle: 1\n", "", 4, 1],
    ["free, throttle on a task", "  strategy: free\n", ", throttle: 2", 4, 2],
    ["free, forks", "  strategy: free\n", "", 3, 3],
  ])("%s", async (_, header, keyword, forks, wanted) => {
    expect(await busiest(header, `- { name: a, command: uname${keyword} }`, forks)).toBe(wanted);
  });
});
