import { describe, expect, it } from "vitest";
import { journalEvents } from "../../../engine/report/journal-events.ts";
import type { Part } from "../../../engine/report/merge-problems.ts";
import { mergeRuns } from "../../../engine/report/merge-runs.ts";
import { htmlOfJournal } from "../../../engine/report/report-of-journal.ts";
import type { ResultEvent, RunEvent } from "../../../engine/run/events.ts";
import { dedent, inventoryOf, type RunRequest, runSite } from "../../support/run-site.ts";

const files = {
  "inventory/hosts.yml": inventoryOf("h1", "h2", "h3", "h4", "h5"),
  "site.yml": dedent(`
    - name: first
      hosts: all
      tasks:
        - { name: file, copy: { dest: /etc/one, content: "{{ inventory_hostname }}" }, notify: told }
        - { name: breaks, fail: on purpose, when: inventory_hostname == 'h4' }
        - { name: more, include_tasks: "of-{{ inventory_hostname }}.yml" }
      handlers:
        - { name: told, copy: { dest: /etc/told, content: x } }
    - name: second
      hosts: h1:h2
      tasks:
        - { name: last, debug: { msg: here } }
  `),
  ...Object.fromEntries(
    [1, 2, 3, 4, 5].map((number) => [
      `of-h${number}.yml`,
      `- { name: of h${number}, copy: { dest: /etc/x, content: x } }\n`,
    ]),
  ),
};

/** What a shard writes, at times of its own. */
async function part(index: number, of: number, more: Partial<RunRequest> = {}, startMs = 1000 * index): Promise<Part> {
  const { events } = await runSite({ files, shard: { index, of }, ...more });
  return { name: `shard-${index}.jsonl`, events: events.map((event, at) => ({ at: startMs + at, event })) };
}
const parts = (of: number, more: Partial<RunRequest> = {}) =>
  Promise.all(Array.from({ length: of }, (_, at) => part(at + 1, of, more)));

/** What is told of a host, without what is of the one run alone. */
function toldOf(events: readonly RunEvent[]): readonly string[] {
  const results = events.filter((event): event is ResultEvent => event.type === "result");
  return results.map(({ host, name, status, reason = "" }) => `${host} ${name} ${status} ${reason}`).sort();
}

describe("the runs of shards, merged,", () => {
  it("tell what one run of all hosts tells, and end as it does", async () => {
    const whole = await runSite({ files });
    for (const of of [1, 2, 3, 5]) {
      const merged = mergeRuns(await parts(of));
      const events = merged.events.map(({ event }) => event);
      expect(merged.problems).toEqual([]);
      expect(toldOf(events)).toEqual(toldOf(whole.events));
      expect(merged.exitCode).toBe(whole.exitCode);
      const [first, last] = [events[0], events.at(-1)];
      expect(first).toEqual(whole.events[0]);
      if (last?.type !== "recap") throw new Error("no recap");
      expect(Object.keys(last.hosts).sort()).toEqual(["h1", "h2", "h3", "h4", "h5"]);
      expect(last.hosts.h4).toMatchObject({ failed: 1 });
    }
  });

  it("stay in the order of plays, though the clock of one shard is late by an hour", async () => {
    const late = [await part(1, 2, {}, 0), await part(2, 2, {}, 3_600_000)];
    const { events } = mergeRuns(late);
    const plays = events.flatMap(({ event }) => (event.type === "play" ? [event.name] : []));
    expect(plays).toEqual(["first", "first", "second", "second"]);
    const page = htmlOfJournal(events, "0");
    expect(page.indexOf("of h1")).toBeLessThan(page.indexOf("last"));
  });

  it("keep apart what includes have made in one shard alone", async () => {
    const { events } = mergeRuns(await parts(5));
    const tasks = events.flatMap(({ event }) => (event.type === "task" ? [event] : []));
    const names = new Map<string, Set<string>>();
    for (const { id, name } of tasks) names.set(id, new Set([...(names.get(id) ?? []), name]));
    expect([...names.values()].filter((each) => each.size > 1)).toEqual([]);
    for (const { event } of events) {
      if (event.type !== "result") continue;
      expect(names.get(event.taskId)).toEqual(new Set([event.name]));
      expect(event.id.startsWith(event.taskId)).toBe(true);
    }
  });

  it("tell a warning of all of them once", async () => {
    const warning = { severity: "warning", code: "x", message: "of the site" } as const;
    const read = (await parts(3)).map((each) => ({
      ...each,
      events: [
        ...each.events.slice(0, 1),
        { at: 0, event: { type: "warning" as const, diagnostic: warning } },
        ...each.events.slice(1),
      ],
    }));
    const told = mergeRuns(read).events.filter(({ event }) => event.type === "warning");
    expect(told).toHaveLength(1);
  });

  it("are not done while one is missing or was cut off", async () => {
    const check = { check: true, limit: "h1:h2" };
    const [first, second] = await parts(2, check);
    if (!first || !second) throw new Error("two parts");
    expect(mergeRuns([first, second])).toMatchObject({ exitCode: 0, problems: [] });
    expect(mergeRuns([second])).toMatchObject({
      exitCode: 130,
      problems: [{ code: "not-one-run", message: "shard 1 of 2 is missing", hint: "nothing is told of h1" }],
    });
    const cut = { ...second, events: second.events.slice(0, -1) };
    const merged = mergeRuns([first, cut]);
    expect(merged.exitCode).toBe(130);
    expect(merged.problems.map(({ message }) => message)).toEqual([
      "shard-2.jsonl ends without a recap: that run was cut off",
    ]);
  });

  it("are refused as one where they are none", async () => {
    const [first] = await parts(2);
    if (!first) throw new Error("two parts");
    const told = (part: Part) => mergeRuns([first, part]).problems.map(({ message }) => message);
    expect(told(await part(2, 2, { check: true }))).toContain(
      "shard-2.jsonl and shard-1.jsonl are of different runs: one of them is a check",
    );
    expect(told(await part(2, 3))).toContain(
      "shard-2.jsonl and shard-1.jsonl are of different runs: one is of 2 shards, the other of 3",
    );
    const grown = {
      ...files,
      "inventory/hosts.yml": inventoryOf("h1", "h2", "h3", "h4", "h5", "h6"),
      "of-h6.yml": "[]",
    };
    expect(told(await part(2, 2, { files: grown }))).toContain(
      "shard-2.jsonl and shard-1.jsonl are of different runs: h6 is in the inventory of one of them alone",
    );
    expect(told({ ...first, name: "again.jsonl" })).toContain("shard-1.jsonl and again.jsonl both tell of h1, h3, h5");
    expect(told({ name: "empty.jsonl", events: [] })).toContain("empty.jsonl tells of no run");
  });

  it("are read from journals as well", async () => {
    const { events } = await part(1, 1);
    const lines = [
      JSON.stringify({ v: 1, seq: 0, time: "2026-01-02T03:04:05Z", type: "call", pid: 1 }),
      ...events.map(({ event }, at) => JSON.stringify({ v: 1, seq: at + 1, time: "2026-01-02T03:04:05Z", ...event })),
    ];
    const read = journalEvents(`${lines.join("\n")}\n`);
    if (!read.ok) throw new Error(read.message);
    const merged = mergeRuns([{ name: "journal", events: read.events }]);
    expect(merged.problems).toEqual([]);
    expect(merged.events.map(({ event }) => event.type)).not.toContain("call");
  });
});

describe("a play in one shard of several", () => {
  const warned = async (play: string) => {
    const site = { ...files, "site.yml": dedent(play) };
    const { diagnostics } = await runSite({ files: site, shard: { index: 1, of: 2 } });
    return diagnostics.map(({ code, message, place }) => `${code} ${place?.line} ${message.split(" ")[0]}`);
  };

  it("is warned of what counts over all its hosts", async () => {
    const told = await warned(`
      - hosts: all
        serial: 2
        max_fail_percentage: 10
        any_errors_fatal: true
        tasks:
          - { name: once, debug: { msg: x }, run_once: true }
          - { name: few, debug: { msg: x }, throttle: 1 }
    `);
    expect(told).toEqual([
      "counts-within-shard 1 `serial`",
      "counts-within-shard 1 `any_errors_fatal`",
      "counts-within-shard 1 `max_fail_percentage`",
      "counts-within-shard 6 `run_once`",
      "counts-within-shard 7 `throttle`",
    ]);
  });

  it("is not, where all its hosts are in one shard", async () => {
    expect(await warned("- { hosts: h1, serial: 1, tasks: [{ name: x, debug: { msg: x } }] }")).toEqual([]);
  });

  it("has no hosts where there are fewer machines than shards, and says so", async () => {
    const { diagnostics, exitCode, results } = await runSite({ files, limit: "h1", shard: { index: 2, of: 2 } });
    expect(diagnostics.map(({ code }) => code)).toEqual(["empty-shard"]);
    expect(exitCode).toBe(0);
    expect(results).toEqual([]);
  });
});

it("a host that is added for another shard is left alone, and that is told; a container goes with its node", async () => {
  const site = {
    "inventory/hosts.yml": inventoryOf("h1", "h2"),
    "site.yml": dedent(`
      - hosts: h1
        tasks:
          - add_host: { name: "new-{{ item }}", groups: fresh, lab_connection: lab }
            loop: [a, b, c, d]
          - add_host: { name: "in-{{ item }}", groups: fresh, lab_connection: lab, lab_node: h1, lab_vmid: 101 }
            loop: [a, b, c, d]
      - hosts: fresh
        tasks: [{ debug: { msg: x } }]
    `),
  };
  const [here, there] = await Promise.all([1, 2].map((index) => runSite({ files: site, shard: { index, of: 2 } })));
  const ran = new Set(here?.results.filter(({ module }) => module === "debug").map(({ host }) => host));
  const told = here?.events.flatMap((event) => (event.type === "warning" ? [event.diagnostic] : [])) ?? [];
  expect(there?.results).toEqual([]);
  expect(told.map(({ code }) => code)).toEqual(told.map(() => "added-for-another-shard"));
  expect(told.length).toBeGreaterThan(0);
  expect(ran.size + told.length).toBe(8);
  for (const item of ["a", "b", "c", "d"]) expect(ran).toContain(`in-${item}`);
});

it("a policy to which hosts of another shard contribute is not put together", async () => {
  const site = {
    "inventory/hosts.yml": inventoryOf("controller", "r1", "r2"),
    "site.yml": dedent(`
      - hosts: r1:r2
        tasks:
          - tailnet_fragment: { grants: [{ src: ["*"], dst: ["{{ inventory_hostname }}"], ip: ["*"] }] }
      - hosts: controller
        tasks:
          - tailscale_acl: { auth: { api_key: key-of-the-embedded-lab } }
    `),
  };
  const runs = await Promise.all([1, 2].map((index) => runSite({ files: site, shard: { index, of: 2 } })));
  const results = runs.flatMap((run) => run.results).filter(({ module }) => module === "tailscale_acl");
  expect(runs.flatMap((run) => run.diagnostics)).toEqual([]);
  expect(results).toHaveLength(1);
  expect(results[0]).toMatchObject({ status: "failed", reason: expect.stringContaining("another shard has") });
});
