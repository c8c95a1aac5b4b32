import { describe, expect, test } from "vitest";
import { flowStory, storyOn } from "../../../support/flow-story.ts";
import { inventoryOf, type RunRequest, runSite, saidBy } from "../../../support/run-site.ts";

const three = { "inventory/hosts.yml": inventoryOf("h1", "h2", "h3") };
const play = (text: string, more: Partial<RunRequest> = {}, files: Readonly<Record<string, string>> = three) =>
  runSite({ files: { "site.yml": text, ...files }, forks: 1, ...more });
const site = (order: string, header = "") => `
- hosts: all
${header}  tasks:
    - { name: a, command: uname, notify: h }
    - ${order}
    - { name: b, debug: x }
  handlers:
    - { name: h, debug: x }
- hosts: all
  tasks: [{ name: next play, debug: x }]
`;

describe("meta", () => {
  test("end_host ends the play for the hosts for which its condition holds, and they have not failed", async () => {
    const run = await play(site('{ meta: end_host, when: inventory_hostname != "h3" }'));
    expect(storyOn(run, "h1")).toEqual(["a: changed", "end_host: ok", "next play: ok"]);
    expect(storyOn(run, "h3")).toEqual(["a: changed", "end_host: skipped", "b: ok", "handler h: ok", "next play: ok"]);
    expect(run.exitCode).toBe(0);
    expect(run.recap?.hosts.h1).toMatchObject({ ok: 1, changed: 1, failed: 0 });
    const ended = run.events.filter((event) => event.type === "host" && event.event === "ended");
    expect(ended).toEqual([expect.objectContaining({ name: "h1" }), expect.objectContaining({ name: "h2" })]);
  });
  test("end_play ends it for all, without the handlers; the first host's condition counts", async () => {
    const run = await play(site("{ name: enough, meta: end_play }"));
    expect(flowStory(run).slice(3)).toEqual([
      "h1 enough: ok",
      "h1 next play: ok",
      "h2 next play: ok",
      "h3 next play: ok",
    ]);
    const other = await play(site('{ meta: end_play, when: inventory_hostname == "h2" }'));
    expect(flowStory(other).filter((line) => line.includes("b: ok"))).toHaveLength(3);
  });
  test("end_batch ends the batch alone, end_play all batches", async () => {
    const run = await play(site('{ meta: end_batch, when: inventory_hostname == "h1" }', "  serial: 2\n"));
    expect(flowStory(run)).toEqual([
      "h1 a: changed",
      "h2 a: changed",
      "h1 end_batch: ok",
      "h3 a: changed",
      "h3 end_batch: skipped",
      "h3 b: ok",
      "h3 handler h: ok",
      "h1 next play: ok",
      "h2 next play: ok",
      "h3 next play: ok",
    ]);
    const all = await play(site("{ meta: end_play }", "  serial: 1\n"));
    expect(flowStory(all).slice(0, 3)).toEqual(["h1 a: changed", "h1 end_play: ok", "h1 next play: ok"]);
  });
  test("end_role leaves the rest of the role, on that host, and its handlers still run", async () => {
    const run = await play(
      `
- hosts: all
  roles: [{ role: outer }]
  tasks: [{ name: behind, debug: x }]
`,
      {},
      {
        "inventory/hosts.yml": inventoryOf("h1", "h2"),
        "roles/outer/meta/main.yml": "dependencies: [inner]\n",
        "roles/outer/tasks/main.yml": `
- { name: o1, command: uname, notify: h }
- include_role: { name: inner }
- block:
    - { meta: end_role, when: inventory_hostname == "h1" }
    - { name: o2, debug: x }
  always:
    - { name: o3, debug: x }
`,
        "roles/outer/handlers/main.yml": "- { name: h, debug: x }\n",
        "roles/inner/tasks/main.yml": "- { name: i1, debug: x }\n- { meta: end_role }\n- { name: i2, debug: x }\n",
      },
    );
    expect(storyOn(run, "h1")).toEqual([
      "i1: ok",
      "end_role: ok",
      "o1: changed",
      "i1: ok",
      "end_role: ok",
      "end_role: ok",
      "behind: ok",
      "handler h: ok",
    ]);
    expect(storyOn(run, "h2")).toEqual([
      "i1: ok",
      "end_role: ok",
      "o1: changed",
      "i1: ok",
      "end_role: ok",
      "end_role: skipped",
      "o2: ok",
      "o3: ok",
      "behind: ok",
      "handler h: ok",
    ]);
  });
  test("end_role outside of a role is told before the run", async () => {
    const run = await play("- hosts: all\n  tasks:\n    - meta: end_role\n");
    expect(run.diagnostics.map(({ code, place }) => [code, place?.line])).toEqual([["outside-role", 3]]);
  });
  test("clear_facts: they are looked at again", async () => {
    const run = await play(
      `
- hosts: h1
  tasks:
    - { name: before, debug: "{{ facts.distribution.id }}" }
    - { meta: clear_facts }
    - { name: after, debug: "{{ facts.distribution.id }}" }
`,
    );
    expect(saidBy(run)).toEqual(["debian", "debian"]);
    expect(run.recap?.hosts.h1).toMatchObject({ roundTrips: 2 });
  });
  test("always does not run where the play has ended, nor a rescue", async () => {
    const run = await play(`
- hosts: h1
  tasks:
    - block:
        - { name: a, debug: x }
        - { meta: end_host }
      rescue:
        - { name: mend, debug: x }
      always:
        - { name: last, debug: x }
`);
    expect(flowStory(run)).toEqual(["h1 a: ok", "h1 end_host: ok"]);
  });
  test("tags choose orders as they do tasks", async () => {
    const run = await play(
      "- hosts: h1\n  tasks:\n    - { meta: end_host, tags: x }\n    - { name: a, debug: x, tags: y }\n",
      { tags: ["y"] },
    );
    expect(flowStory(run)).toEqual(["h1 a: ok"]);
  });
  test("in check mode, where its condition is not known yet, all that follows is assumed", async () => {
    const run = await play(
      `
- hosts: h1
  tasks:
    - { name: a, command: uname, register: r }
    - { meta: end_host, when: r.rc == 0 }
    - { name: b, copy: { dest: /etc/x, content: x } }
- hosts: h1
  tasks:
    - { name: c, copy: { dest: /etc/x, content: x } }
    - { name: d, copy: { dest: /etc/y, content: x } }
`,
      { check: true },
    );
    expect(flowStory(run)).toEqual([
      "h1 a: changed",
      "h1 end_host: deferred",
      "h1 b: changed",
      "h1 c: ok",
      "h1 d: changed",
    ]);
    const certainties = run.results.map(({ name, certainty }) => [name, certainty]);
    expect(certainties).toContainEqual(["b", "assumed"]);
    expect(certainties).toContainEqual(["c", "assumed"]);
  });
});
