import { describe, expect, it } from "vitest";
import { dedent, runSite, saidBy, storyOf } from "../../support/run-site.ts";

const site = {
  "site.yml": dedent(`
    - name: first
      hosts: all
      tasks:
        - { name: install, debug: { msg: install }, register: installed }
        - { name: configure it, debug: { msg: configure }, tags: conf }
        - name: both
          block:
            - { name: inner one, debug: { msg: one } }
            - { name: inner two, debug: { msg: two } }
          always:
            - { name: at the end, debug: { msg: end } }
    - name: second
      hosts: all
      roles: [web]
      tasks:
        - { name: last, debug: { msg: last } }
  `),
  "roles/web/tasks/main.yml": "- { name: install, debug: { msg: web }, tags: web }\n",
};
const saidFrom = async (startAtTask: string, more: object = {}) =>
  saidBy(await runSite({ files: site, startAtTask, ...more }));

describe("--start-at-task", () => {
  it.each([
    ["install", ["install", "configure", "one", "two", "end", "web", "last"]],
    ["configure it", ["configure", "one", "two", "end", "web", "last"]],
    ["conf*", ["configure", "one", "two", "end", "web", "last"]],
    ["inner tw?", ["two", "end", "web", "last"]],
    ["web : install", ["web", "last"]],
    ["[web] install", ["web", "last"]],
    ["*[!a-s]ast", ["last"].slice(1)],
    ["l[a-c]st", ["last"]],
  ])("%s", async (name, expected) => {
    if (expected.length > 0) expect(await saidFrom(name)).toEqual(expected);
    else expect((await runSite({ files: site, startAtTask: name })).diagnostics[0]?.code).toBe("unknown-task");
  });

  it("begins behind it where tags leave it out", async () => {
    expect(await saidFrom("configure it", { tags: ["web"] })).toEqual(["web"]);
  });

  it("takes the very text, whatever it means as a pattern", async () => {
    const files = {
      "site.yml":
        "- hosts: all\n  tasks:\n    - { name: a, debug: { msg: a } }\n    - { name: 'is [z-a] (x', debug: { msg: b } }\n",
    };
    expect(saidBy(await runSite({ files, startAtTask: "is [z-a] (x" }))).toEqual(["b"]);
  });

  it("says which one was meant, and what a task reads that is not set any more", async () => {
    const wrong = await runSite({ files: site, startAtTask: "configur it" });
    expect([wrong.exitCode, wrong.diagnostics.map(({ code, hint }) => [code, hint])]).toEqual([
      1,
      [["unknown-task", "did you mean `configure it`?"]],
    ]);
    const reading = { ...site, "site.yml": site["site.yml"].replace("msg: last", `msg: "{{ installed.changed }}"`) };
    expect(storyOf(await runSite({ files: reading }))).toHaveLength(7);
    const absent = await runSite({ files: reading, startAtTask: "last" });
    expect(absent.diagnostics.map(({ code, place }) => [code, place?.line])).toEqual([["undefined-variable", 16]]);
  });
});
