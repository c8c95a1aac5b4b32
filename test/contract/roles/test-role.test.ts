import { resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { findRoles, openRole } from "../../../engine/cli/find-roles.ts";
import { libraryModules } from "../../../engine/cli/module-shelf.ts";
import { roleSkeleton } from "../../../engine/cli/skeleton/role-skeleton.ts";
import { siteSkeleton } from "../../../engine/cli/skeleton/site-skeleton.ts";
import { type Stage, testRole } from "../../../engine/cli/test-role.ts";
import { modules } from "../../support/all-modules.ts";
import { dedent } from "../../support/run-site.ts";
import { diskFiles, textFiles } from "../../support/site-fixture.ts";

const root = "/site";
const libraryRoles = "/library";
const names = modules.map(({ name }) => name);

async function test(name: string, files: Readonly<Record<string, string>>) {
  const texts = Object.fromEntries(
    Object.entries(files).map(([path, text]) => [path.startsWith("/") ? path : `${root}/${path}`, dedent(text)]),
  );
  const source = textFiles(texts);
  const { role, diagnostics } = openRole(name, { source, root, libraryRoles }, names);
  if (!role) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const stages: Stage[] = [];
  const now = () => new Date("2026-01-02T03:04:05Z");
  const passed = await testRole(
    { source, folder: root, root, role, modules: libraryModules, libraryRoles, now },
    (stage) => stages.push(stage),
  );
  return { passed, stages, story: stages.map(({ stage, ok, said }) => `${stage} ${ok ? "ok" : "FAILED"}: ${said}`) };
}
const below = (role: string, files: ReadonlyMap<string, string>) =>
  Object.fromEntries([...files].map(([path, text]) => [`roles/${role}/${path}`, text]));

describe("a role's test", () => {
  it.each([
    ["web", below("web", roleSkeleton("web"))],
    ["motd", Object.fromEntries(siteSkeleton())],
  ])("passes for a new role (%s), through every stage", async (name, files) => {
    const { passed, story } = await test(name, files);
    expect(story).toEqual([
      "syntax ok: on test1",
      "check ok: 1 would change",
      "run ok: 1 changed",
      "foretold ok: 2 of 2 certain results came about",
      "again ok: nothing changed",
      "settled ok: a check finds nothing to do",
      "verify ok: 2 tasks passed",
    ]);
    expect(passed).toBe(true);
  });

  it("makes up a playbook and a host where there are none, with examples for what is required", async () => {
    const { passed, story, stages } = await test("r", {
      "roles/r/meta/arguments.yml": "main:\n  path: { type: path, required: true, examples: [/etc/x] }\n",
      "roles/r/tasks/main.yml": 'copy: { dest: "{{ path }}", content: x }'.replace(/^/, "- "),
    });
    expect({ passed, first: story[0] }).toEqual({ passed: true, first: "syntax ok: on test1" });
    expect(stages[0]?.playbook).toBe("(made up for the test)");
  });

  it.each<[string, string, readonly string[]]>([
    ["has a mistake", "- copy: { dset: /etc/x }", ["syntax FAILED: 2 errors"]],
    ["fails", "- fail: { msg: no }", ["check FAILED: 0 would change"]],
    [
      "fails only when it changes something",
      '- command: { argv: ["false"] }',
      ["check ok: 1 would change", "run FAILED: 0 changed"],
    ],
    [
      "is never done",
      "- name: restless\n  command: { argv: [touch, /x] }",
      ["run ok: 1 changed", "foretold ok: 1 of 1 certain results came about", "again FAILED: 1 changed once more"],
    ],
    [
      "is not what it says it is",
      "- file: { path: /x, state: directory }\n- file: { path: /x, state: absent }",
      ["run ok: 2 changed", "again FAILED: 2 changed once more"],
    ],
  ])("ends with the stage that fails where the role %s", async (_, tasks, expected) => {
    const { passed, story, stages } = await test("r", { "roles/r/tasks/main.yml": tasks });
    expect(passed).toBe(false);
    expect(story).toEqual(expect.arrayContaining([...expected]));
    expect(story.at(-1)).toBe(expected.at(-1));
    const last = stages.at(-1);
    expect(
      (last?.events ?? []).length + (last?.details ?? []).length + (last?.diagnostics ?? []).length,
    ).toBeGreaterThan(0);
  });

  it("runs what the role's tests say: their playbooks, their hosts, and what holds afterwards", async () => {
    const { story, passed } = await test("r", {
      "roles/r/tasks/main.yml": "- file: { path: /srv/x, state: directory }",
      "roles/r/tests/inventory.yml":
        "all: { hosts: { a: { lab_connection: ssh, lab_host: 192.0.2.1 }, b: { lab_connection: local } } }",
      "roles/r/tests/one.yml": "- { hosts: a, roles: [r] }",
      "roles/r/tests/two.yml": "- { hosts: b, roles: [r] }",
      "roles/r/tests/verify.yml":
        "- hosts: all\n  tasks:\n    - stat: { path: /srv/x }\n      register: x\n    - assert: { that: x.exists }",
    });
    // Whatever connection the inventory names, it is the embedded lab that answers.
    expect(story.filter((line) => line.startsWith("syntax"))).toEqual(["syntax ok: on a", "syntax ok: on b"]);
    // Each test has a lab of its own: what one has made is not there in the other.
    expect(story.filter((line) => line.startsWith("verify"))).toEqual([
      "verify FAILED: 3 tasks passed",
      "verify FAILED: 3 tasks passed",
    ]);
    expect(passed).toBe(false);
  });

  it("has a lab of its own for each playbook: nothing of an earlier one is left", async () => {
    const { story } = await test("r", {
      "roles/r/tasks/main.yml": "- file: { path: /srv/x, state: directory }",
      "roles/r/tests/one.yml": "- { hosts: all, roles: [r] }",
      "roles/r/tests/two.yml": "- { hosts: all, roles: [r] }",
    });
    expect(story.filter((line) => line.startsWith("run"))).toEqual(["run ok: 1 changed", "run ok: 1 changed"]);
  });

  it("tells of a verification that fails", async () => {
    const { passed, story } = await test("r", {
      "roles/r/tasks/main.yml": "- file: { path: /srv/x, state: directory }",
      "roles/r/tasks/verify.yml": '- assert: { that: "false" }',
    });
    expect({ passed, last: story.at(-1) }).toEqual({ passed: false, last: "verify FAILED: 0 tasks passed" });
  });
});

describe("the roles that a site can name", () => {
  const files = {
    "/site/lab.yml": "",
    "/site/roles/own/tasks/main.yml": "- debug: x",
    "/site/roles/base/tasks/main.yml": "- debug: mine",
    "/site/roles/none/README.md": "",
    "/site/node_modules/@scope/kit/package.json": "{}",
    "/site/node_modules/@scope/kit/roles/web/tasks/main.yml": "- debug: kit",
    "/site/node_modules/plain/dns/meta/main.yml": "description: Names",
    "/site/node_modules/other/lib/index.js": "",
    "/node_modules/above/roles/up/tasks/main.yml": "- debug: up",
    "/library/base/tasks/main.yml": "- debug: library",
    "/library/extra/tasks/main.yml": "- debug: extra",
  };
  const places = { source: textFiles(files), root, libraryRoles };

  it("are its own, those of packages, and those of lab, the nearest first", () => {
    expect(findRoles(places).map(({ name, from, folder }) => `${from} ${name} ${folder}`)).toEqual([
      "site base /site/roles/base",
      "site own /site/roles/own",
      "package @scope/kit/web /site/node_modules/@scope/kit/roles/web",
      "package plain/dns /site/node_modules/plain/dns",
      "package above/up /node_modules/above/roles/up",
      "library extra /library/extra",
    ]);
  });

  it("are found by these names", () => {
    for (const { name, folder } of findRoles(places)) expect(openRole(name, places, names).role?.folder).toBe(folder);
    expect(openRole("wob", places, names).diagnostics[0]).toMatchObject({ code: "unknown-role" });
  });

  it("can be tested from a package, too", async () => {
    const { passed } = await test("@scope/kit/web", files);
    expect(passed).toBe(true);
  });

  it("pass their own tests, those of lab", { timeout: 600_000 }, async () => {
    const folder = resolve(import.meta.dirname, "../../../roles");
    const here = { source: diskFiles, root: "/nowhere", libraryRoles: folder };
    for (const { name } of findRoles(here)) {
      const { role } = openRole(name, here, names);
      if (!role) throw new Error(name);
      const stages: Stage[] = [];
      const request = {
        ...here,
        folder: "/nowhere",
        role,
        modules: libraryModules,
        now: () => new Date("2026-01-02T03:04:05Z"),
      };
      const passed = await testRole(request, (stage) => stages.push(stage));
      const said = stages.map(({ stage, ok, said: words }) => `${stage} ${ok}: ${words}`);
      expect({ name, passed, said }).toEqual({ name, passed: true, said });
      expect(stages.length).toBeGreaterThan(5);
    }
  });
});
