import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openJournal } from "../../../engine/cli/journal.ts";
import { leftOpen, readJournal, runIds, stateOf } from "../../../engine/cli/read-journal.ts";
import { findResumable, siteDigest } from "../../../engine/cli/resume.ts";
import type { RunEvent } from "../../../engine/run/events.ts";
import { modules } from "../../support/all-modules.ts";
import {
  dedent,
  inventoryOf,
  type RunRequest,
  runSite,
  type SiteRun,
  saidBy,
  storyOf,
} from "../../support/run-site.ts";
import { createWorld } from "../../support/world.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "lab-resume-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const call = { pid: 1, who: "me@here", site: "digest", tags: [], skipTags: [] };
/** What the command line does with the events of a run; those from `cutAt` on are never written. */
async function journaled(id: string, run: Pick<SiteRun, "events">, more: object = {}, keep = (_: RunEvent) => true) {
  const now = () => new Date("2026-01-02T03:04:05Z");
  const journal = openJournal({ root, runId: id, now, warn: () => {}, call: { ...call, ...more } });
  for (const event of run.events) if (keep(event)) journal.on(event);
  await journal.end();
}
const byName = new Map(modules.map((module) => [module.name, module]));
const resumable = (more: object = {}) =>
  findResumable({ root, playbooks: ["site.yml"], digest: "digest", modules: byName, alive: () => false, ...more });
function recallFrom(more: object = {}) {
  const found = resumable(more);
  if (found.kind === "none") throw new Error(found.diagnostic.message);
  return found;
}
async function resumed(request: RunRequest, more: object = {}): Promise<SiteRun> {
  const { recall } = recallFrom(more);
  return runSite({
    ...request,
    passing: { recall, mayRun: async () => true, declined: () => false },
    runId: "resumed",
  });
}

const site = {
  "site.yml": dedent(`
    - name: play
      hosts: all
      tasks:
        - { name: one, copy: { dest: /etc/one, content: x }, register: first }
        - { name: fact, set_fact: { told: "{{ first.changed }}" } }
        - { name: two, copy: { dest: /etc/two, content: x } }
        - { name: breaks, copy: { dest: "{{ breaks | x }}", content: x } }
        - { name: last, debug: { msg: "{{ told }} {{ first.changed }}" } }
  `).replace("{{ breaks | x }}", "/nowhere/{{ inventory_hostname }}"),
};

it("goes on at the first task that was not done, on each host, and what was registered is what it was", async () => {
  const files = { ...site, "inventory/hosts.yml": inventoryOf("h1", "h2") };
  const world = createWorld();
  world.host("h2").files["/nowhere"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  const first = await runSite({ files, world, runId: "r1" });
  expect(storyOf(first).filter((line) => line.includes("failed"))).toEqual(["h1 breaks: failed"]);
  await journaled("20260101-000000-aaaaaa", first);
  world.host("h1").files["/nowhere"] = { type: "directory", mode: "0755", uid: 0, gid: 0, mtime: 1 };
  const before = world.trips.length;
  const again = await resumed({ files, world });
  expect(storyOf(again).filter((line) => line.startsWith("h1"))).toEqual([
    "h1 one: skipped",
    "h1 fact: ok",
    "h1 two: skipped",
    "h1 breaks: changed",
    "h1 last: ok",
  ]);
  // `first.changed` was true, though nothing would change now.
  expect(saidBy(again)).toEqual(["true true"]);
  expect(again.results.find(({ name }) => name === "one")?.reason).toBe("done in run 20260101-000000-aaaaaa");
  // Of the host that came to its end only what sets variables and touches no host is done again.
  expect(storyOf(again).filter((line) => line.startsWith("h2") && !line.endsWith("skipped"))).toEqual([
    "h2 fact: ok",
    "h2 last: ok",
  ]);
  const trips = world.trips.slice(before);
  expect(trips.filter(({ host }) => host === "h2")).toEqual([]);
  expect(JSON.stringify(trips.map(({ batch }) => batch.sections))).not.toContain("/etc/one");
});

it("goes on after a run that went on itself", async () => {
  const world = createWorld();
  const cut = (name: string) => {
    let over = false;
    return (event: RunEvent): boolean => {
      over ||= event.type === "recap" || (event.type === "task" && event.name === name);
      return !over;
    };
  };
  const files = { "site.yml": site["site.yml"].replace(/.*name: breaks.*\n/, "") };
  const first = await runSite({ files, world, runId: "r1" });
  await journaled("20260101-000000-aaaaaa", first, {}, cut("fact"));
  const second = await resumed({ files, world });
  expect(storyOf(second)).toEqual(["h1 one: skipped", "h1 fact: ok", "h1 two: ok", "h1 last: ok"]);
  await journaled("20260101-000001-bbbbbb", second, { resumes: "20260101-000000-aaaaaa" }, cut("last"));
  const third = await resumed({ files, world });
  expect(storyOf(third)).toEqual(["h1 one: skipped", "h1 fact: ok", "h1 two: skipped", "h1 last: ok"]);
  expect(saidBy(third)).toEqual(["true true"]);
});

it("does again what has registered a secret, and what a loop has not come to the end of", async () => {
  const files = {
    "site.yml": dedent(`
      - hosts: all
        tasks:
          - { name: hidden, command: cat /etc/hostname, reads: true, register: a, no_log: true }
          - { name: masked, command: cat /etc/hostname, reads: true, register: b }
          - { name: open, command: cat /etc/hostname, reads: true, register: c }
          - { name: loop, copy: { dest: "/etc/{{ item }}", content: x }, loop: [l1, l2] }
          - { name: last, debug: { msg: "{{ a.stdout }} {{ b.stdout }} {{ c.stdout }}" } }
    `),
  };
  const world = createWorld();
  const first = await runSite({ files, world, runId: "r1" });
  const masked = first.events.map(
    (event): RunEvent =>
      event.type === "result" && event.name === "masked" ? { ...event, result: { stdout: "***", rc: 0 } } : event,
  );
  let over = false;
  const untilLoop = (event: RunEvent): boolean => {
    over ||= event.type === "recap" || (event.type === "result" && event.name === "loop" && event.index === 1);
    return !over;
  };
  await journaled("20260101-000000-aaaaaa", { events: masked }, {}, untilLoop);
  const again = await resumed({ files, world });
  expect(storyOf(again)).toEqual([
    "h1 hidden: ok",
    "h1 masked: ok",
    "h1 open: skipped",
    "h1 loop[l1]: ok",
    "h1 loop[l2]: ok",
    "h1 loop: ok",
    "h1 last: ok",
  ]);
  expect(saidBy(again)).toEqual(["h1 h1 h1"]);
});

it.each([
  ["no journal", {}, "no run of site.yml is kept in .lab/runs"],
  ["one that came to its end", { ended: true }, "came to its end"],
  ["one that goes on", { alive: () => true }, "goes on still"],
  ["another site", { digest: "other" }, "files of the site have changed since run"],
  ["a check", { check: true }, "no run of site.yml is kept in .lab/runs"],
  ["another playbook", { playbooks: ["other.yml"] }, "no run of other.yml is kept"],
])(
  "says why there is nothing to go on after: %s",
  async (name, { ended, check, ...more }: Record<string, unknown>, message) => {
    if (name !== "no journal") {
      const run = await runSite({
        files: { "site.yml": "- hosts: all\n  tasks: [{ debug: { msg: x } }]\n" },
        check: check === true,
      });
      await journaled("20260101-000000-aaaaaa", run, {}, (event) => ended === true || event.type !== "recap");
    }
    const found = resumable(more);
    expect(found).toMatchObject({
      kind: "none",
      diagnostic: { code: "nothing-to-resume", message: expect.stringContaining(message) },
    });
  },
);

it("knows a site by the texts of its files, in whatever order they were read", () => {
  const [a, b] = [["a.yml", "x"] as const, ["b.yml", "y"] as const];
  expect(siteDigest([a, b])).toBe(siteDigest([b, a]));
  for (const other of [[a], [a, ["b.yml", "z"] as const], [["a.yml", "xb.yml"] as const, b]])
    expect(siteDigest(other)).not.toBe(siteDigest([a, b]));
});

it("explains a run that was cut off: what was done, what was sent, which handlers wait", async () => {
  const files = {
    "site.yml": dedent(`
      - hosts: all
        tasks:
          - { name: conf, copy: { dest: /etc/app, content: x }, notify: restart }
          - { name: slow, command: touch /etc/slow }
        handlers:
          - { name: restart, command: touch /etc/restarted }
    `),
  };
  const run = await runSite({ files });
  let over = false;
  const untilSent = (event: RunEvent): boolean => {
    const keep = !over;
    over ||= event.type === "step" && event.step.includes("/etc/slow");
    return keep;
  };
  await journaled("20260101-000000-aaaaaa", run, {}, untilSent);
  expect(runIds(root)).toEqual(["20260101-000000-aaaaaa"]);
  const journal = readJournal(root, "20260101-000000-aaaaaa");
  if (!journal) throw new Error("no journal");
  expect([stateOf(journal, () => false), stateOf(journal, () => true)]).toEqual(["cut off", "runs"]);
  expect(leftOpen(journal)).toMatchObject([
    { host: "h1", done: 1, changed: 1, last: { name: "conf" }, pending: ["restart"], inFlight: [{ task: "slow" }] },
  ]);
  await journaled("20260101-000001-bbbbbb", run);
  const whole = readJournal(root, "20260101-000001-bbbbbb");
  if (!whole) throw new Error("no journal");
  expect(stateOf(whole, () => true)).toBe("ended");
  expect(leftOpen(whole)).toMatchObject([{ done: 3, pending: [], inFlight: [], failed: [] }]);
});
