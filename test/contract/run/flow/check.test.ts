import { describe, expect, test } from "vitest";
import { flowStory } from "../../../support/flow-story.ts";
import { inventoryOf, type RunRequest, runSite, type SiteRun, tasksSite } from "../../../support/run-site.ts";
import { createWorld } from "../../../support/world.ts";

const check = (
  tasks: string,
  more: Partial<RunRequest> & { readonly header?: string; readonly hosts?: number } = {},
) => {
  const { header = "", hosts = 1, ...request } = more;
  const inventory = inventoryOf(...["h1", "h2"].slice(0, hosts));
  const files = { ...tasksSite(tasks, header), "inventory/hosts.yml": inventory };
  return runSite({ files, forks: 1, check: true, ...request });
};
/** `name: status`, with how sure it is. */
function sureness(run: SiteRun, host = "h1"): readonly string[] {
  flowStory(run);
  return run.results
    .filter((each) => each.host === host && each.kind !== "item")
    .map(({ name, status, certainty, rescued }) => {
      const how = status === "deferred" ? "" : ` ${certainty}`;
      return `${name}: ${status}${how}${rescued ? " rescued" : ""}`;
    });
}
const copy = (name: string, dest = "/etc/x") => `{ name: ${name}, copy: { dest: ${dest}, content: x } }`;

describe("blocks in check mode", () => {
  test("what fails for certain is rescued for certain", async () => {
    const run = await check(`
      - block:
          - { name: refused, file: { path: /etc/passwd, state: directory } }
          - ${copy("never")}
        rescue:
          - ${copy("mend")}
        always:
          - ${copy("again")}
      - ${copy("behind")}`);
    expect(sureness(run)).toEqual([
      "refused: failed certain rescued",
      "mend: changed certain",
      "again: ok certain",
      "behind: ok certain",
    ]);
    expect([run.exitCode, run.recap?.hosts.h1?.rescued]).toEqual([0, 1]);
  });
  test("behind a task of which nobody knows how it ends, the body is assumed and the rescue deferred", async () => {
    const run = await check(`
      - block:
          - ${copy("before", "/etc/before")}
          - { name: doubt, command: /bin/false }
          - ${copy("after")}
        rescue:
          - { name: tell, debug: "{{ failed_task.name }}" }
          - ${copy("mend", "/etc/y")}
        always:
          - ${copy("last")}
          - ${copy("other", "/etc/before")}
      - { name: reads, debug: "{{ failed_result.msg }}" }`);
    expect(sureness(run)).toEqual([
      "before: changed certain",
      "doubt: changed certain",
      "after: changed assumed",
      "tell: deferred",
      "mend: deferred",
      // In the run it may find the file there, or not; and the rescue may have touched anything.
      "last: ok assumed",
      "other: ok assumed",
      "reads: deferred",
    ]);
    expect(run.after).toBe(run.before);
  });
  test("a task that reads or only touches the run leaves nothing behind, even if nobody knows whether it runs", async () => {
    const run = await check(`
      - block:
          - { name: doubt, command: /bin/false }
        rescue:
          - { name: tell, debug: x }
          - { name: look, stat: { path: /etc/y } }
      - ${copy("behind", "/etc/y")}`);
    // The command itself may have touched it; the rescue has not.
    expect(run.results.at(-1)?.because).toEqual(["p1/task1/body1"]);
  });
  test.each([
    ["ignore_errors: true", "certain"],
    ["failed_when: false", "certain"],
    ["changed_when: false", "assumed"],
  ])("a command with %s: what follows is %s", async (keyword, wanted) => {
    const run = await check(`
      - block:
          - { name: doubt, command: /bin/false, ${keyword} }
          - { name: after, debug: x }
        rescue:
          - { name: mend, debug: x }`);
    expect(sureness(run).slice(1)).toEqual([
      `after: ok ${wanted}`,
      ...(wanted === "assumed" ? ["mend: deferred"] : []),
    ]);
  });
  test("a doubt that an inner block rescues is none of the outer one, unless its rescue may fail", async () => {
    const nested = (rescue: string) =>
      check(`
      - block:
          - block:
              - { name: doubt, command: /bin/false }
            rescue: ${rescue}
          - { name: behind, debug: x }
        rescue:
          - { name: outer, debug: x }`);
    expect(sureness(await nested("[{ name: mend, debug: x }]"))).toEqual([
      "doubt: changed certain",
      "mend: deferred",
      "behind: ok assumed",
      "outer: deferred",
    ]);
    expect(sureness(await nested("[]")).at(-1)).toBe("outer: deferred");
  });
  test("an always without rescue: what it finds hangs on how far the body came", async () => {
    const run = await check(`
      - block:
          - { name: doubt, command: /bin/false }
          - ${copy("made")}
        always:
          - ${copy("again")}
          - { name: untouched, debug: x }`);
    expect(sureness(run)).toEqual([
      "doubt: changed certain",
      "made: changed assumed",
      "again: ok assumed",
      "untouched: ok certain",
    ]);
  });
  test("forced handlers run in any case", async () => {
    const run = await check(`- { name: notifies, command: uname, notify: h }\n- ${copy("made")}`, {
      header: `  force_handlers: true\n  handlers:\n    - ${copy("h")}\n`,
    });
    expect(sureness(run)).toEqual(["notifies: changed certain", "made: changed assumed", "h: ok assumed"]);
  });
  test("where one failure takes all along, a doubt about one is a doubt about all", async () => {
    const run = await check(
      `
      - block:
          - { name: doubt, command: /bin/false, when: inventory_hostname == "h1" }
          - ${copy("made")}
        always:
          - ${copy("again")}
        any_errors_fatal: true`,
      { hosts: 2 },
    );
    expect(sureness(run, "h2")).toEqual(["doubt: skipped certain", "made: changed assumed", "again: ok assumed"]);
  });
  test("a handler hangs on what notifies it", async () => {
    const run = await check(
      `
      - block:
          - { name: doubt, command: /bin/false }
          - { name: notifies, copy: { dest: /etc/x, content: x }, notify: h }
        rescue: [{ name: mend, debug: x }]`,
      {
        header: `  handlers:\n    - ${copy("h", "/etc/handled")}\n  post_tasks:\n    - ${copy("post", "/etc/handled")}\n`,
      },
    );
    expect(sureness(run).slice(-2)).toEqual(["h: changed assumed", "post: ok assumed"]);
  });
  test("an include in a rescue that may not run: its tasks are shown, each deferred", async () => {
    const run = await runSite({
      files: {
        "site.yml":
          '- hosts: all\n  vars: { file: mend.yml }\n  tasks:\n    - block: [{ name: doubt, command: /bin/false }]\n      rescue: [{ include_tasks: "{{ file }}" }]\n',
        "mend.yml": `- ${copy("one")}\n- ${copy("two")}\n`,
      },
      check: true,
    });
    expect(sureness(run)).toEqual(["doubt: changed certain", "one: deferred", "two: deferred"]);
    expect(run.recap?.hosts.h1).toMatchObject({ deferred: 2, changed: 1, failed: 0 });
  });
});

describe("looking ahead and blocks", () => {
  /** The paths that were looked at or written, each with the number of its trip. */
  async function paths(tasks: string): Promise<readonly string[]> {
    const world = createWorld();
    const seen: string[] = [];
    world.onTrip = ({ batch, number }) => {
      for (const operation of batch.sections.flatMap(({ operations }) => operations))
        if ("path" in operation) seen.push(`${number} ${operation.effect} ${operation.path}`);
    };
    flowStory(await runSite({ files: tasksSite(tasks), world }));
    return seen;
  }
  const firstTrip = (seen: readonly string[], path: string) =>
    Number(seen.find((each) => each.endsWith(` ${path}`))?.split(" ")[0]);

  test("goes through a block and what is always done, and leaves the rescue out", async () => {
    const seen = await paths(`
      - block:
          - ${copy("one", "/etc/one")}
        rescue:
          - ${copy("mend", "/etc/mend")}
        always:
          - ${copy("two", "/etc/two")}
      - ${copy("three", "/etc/three")}`);
    expect(["one", "two", "three"].map((name) => firstTrip(seen, `/etc/${name}`))).toEqual([1, 1, 1]);
    expect(seen.join("\n")).not.toContain("/etc/mend");
  });
  test("stops at the end of a block with guard, until it has passed", async () => {
    const seen = await paths(`
      - block:
          - ${copy("one", "/etc/one")}
          - ${copy("two", "/etc/two")}
        guard: true
      - ${copy("three", "/etc/three")}`);
    expect([firstTrip(seen, "/etc/one"), firstTrip(seen, "/etc/two")]).toEqual([1, 1]);
    const written = Number(seen.find((each) => each.endsWith("write /etc/two"))?.split(" ")[0]);
    expect(firstTrip(seen, "/etc/three")).toBeGreaterThan(written);
  });
  test("does not look on other hosts at what runs once", async () => {
    const world = createWorld();
    const looked: string[] = [];
    world.onTrip = ({ host, batch }) => {
      for (const operation of batch.sections.flatMap(({ operations }) => operations))
        if ("path" in operation && operation.path === "/etc/once") looked.push(host);
    };
    const tasks = `- ${copy("all", "/etc/all")}\n- { name: once, run_once: true, copy: { dest: /etc/once, content: x } }`;
    await runSite({ files: { ...tasksSite(tasks), "inventory/hosts.yml": inventoryOf("h1", "h2") }, world });
    expect(new Set(looked)).toEqual(new Set(["h1"]));
  });
});

test("where a play may have ended, the batches behind are assumed", async () => {
  const tasks = `
    - ${copy("first", "/etc/y")}
    - { name: doubt, command: { argv: [cat, /etc/hostname], creates: /etc/x } }
    - { name: look, command: cat /etc/hostname, reads: true, register: seen }
    - { name: end, meta: end_play, when: "seen.rc != 0" }
    - ${copy("behind")}`;
  const run = await check(tasks, { hosts: 2, header: "  serial: 1\n" });
  expect(sureness(run).slice(-2)).toEqual(["end: skipped assumed", "behind: changed assumed"]);
  expect([sureness(run)[0], sureness(run, "h2")[0]]).toEqual(["first: changed certain", "first: changed assumed"]);
});

test("a file that a pending change puts a folder in the place of fails in the words of the run", async () => {
  const tasks = `
    - { name: folder, file: { path: /srv/b, state: directory } }
    - { name: line, line: { path: /srv/b, line: x } }`;
  const told = (run: SiteRun) => run.results.find(({ name }) => name === "line");
  const [foretold, done] = [told(await check(tasks)), told(await check(tasks, { check: false }))];
  expect(foretold).toMatchObject({ status: "failed", certainty: "certain", reason: done?.reason });
});

const doubtful = `
  - { name: try, command: { argv: [cat, /etc/x], creates: /etc/x } }
  - { name: look, command: cat /etc/hostname, reads: true, register: seen }`;
test.each([
  ["who is left of the play", `size(play_hosts) == 1`],
  ["a host's own variables, by its name", `hostvars[inventory_hostname].seen.rc == 0`],
])("what hangs on %s is assumed behind a command", async (_, when) => {
  const run = await check(`${doubtful}\n  - { name: behind, debug: x, when: "${when}" }`);
  expect(sureness(run).at(-1)).toBe("behind: ok assumed");
});

test("with strategy free the hosts of a play do not hang on what may fail in it", async () => {
  const tasks = `${doubtful}\n  - { name: behind, debug: x, when: "size(play_hosts) == 1" }`;
  const run = await check(tasks, { header: "  strategy: free\n" });
  expect(sureness(run).at(-1)).toBe("behind: ok certain");
});

test("what is not known hangs on the host's own tasks, and not on those of the same name elsewhere", async () => {
  const tasks = `
    - block:
        - { name: made, command: { argv: [touch, /srv/a], creates: /srv/a }, register: seen }
        - { name: reads, debug: x, when: seen.rc == 0 }
      loop: [p, q]`;
  const run = await check(tasks, { hosts: 2, header: "  strategy: free\n" });
  const reading = run.results.filter(({ name }) => name === "reads");
  expect(reading).toHaveLength(4);
  for (const { host, because = [] } of reading) {
    expect(because.join(" ")).toContain(`@${host}#`);
    expect(because.filter((id) => !id.includes(`@${host}#`))).toEqual([]);
  }
});
