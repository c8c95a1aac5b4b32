import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { editorSettings, schemaFolder, schemaPath } from "../../../engine/schema/editor-settings.ts";
import { type SchemaName, schemaFiles, siteSchemas } from "../../../engine/schema/site-schemas.ts";
import { modules } from "../../support/all-modules.ts";
import { type Editor, openEditor } from "../../support/yaml-language-server.ts";

const ours = resolve(import.meta.dirname, "../../..");

// The real yaml-language-server with what `lab schema` writes: what people see while they type.
describe("an editor", () => {
  const folder = mkdtempSync(join(tmpdir(), "lab-editor-"));
  let editor: Editor;
  beforeAll(async () => {
    mkdirSync(join(folder, schemaFolder), { recursive: true });
    for (const [name, schema] of Object.entries(siteSchemas({ modules, roles: ["media", "das_keepalive"] })))
      writeFileSync(join(folder, schemaPath(name as SchemaName)), JSON.stringify(schema));
    editor = await openEditor(folder, editorSettings());
  });
  afterAll(() => {
    editor.close();
    rmSync(folder, { recursive: true });
  });

  const play = (...tasks: readonly string[]): string =>
    ["- hosts: all", "  tasks:", ...tasks.map((line) => `    ${line}`), ""].join("\n");

  it("offers modules and keywords in a task", async () => {
    const offered = await editor.completions("playbooks/site.yml", play("- name: a job", "  "), 4, 7);
    expect(offered).toEqual(expect.arrayContaining(["cron", "zfs", "pct", "when", "register", "notify"]));
  });

  it("offers a module's parameters, and the values that one takes", async () => {
    const parameters = await editor.completions("playbooks/site.yml", play("- cron:", "    "), 4, 9);
    expect(parameters).toEqual(expect.arrayContaining(["name", "job", "minute", "state"]));
    const values = await editor.completions("playbooks/site.yml", play("- cron:", "    state: "), 4, 16);
    expect(values).toEqual(expect.arrayContaining(["present", "absent"]));
  });

  it("offers roles, keywords of a play, connection variables and settings in their files", async () => {
    expect(await editor.completions("playbooks/site.yml", "- hosts: all\n  ", 2, 3)).toEqual(
      expect.arrayContaining(["tasks", "roles", "become", "vars_files"]),
    );
    const roles = await editor.completions("playbooks/site.yml", "- hosts: all\n  roles:\n    - role: ", 3, 13);
    expect(roles).toEqual(expect.arrayContaining(["media", "das_keepalive"]));
    expect(await editor.completions("group_vars/all.yml", "lab_", 1, 5)).toEqual(
      expect.arrayContaining(["lab_host", "lab_connection"]),
    );
    expect(await editor.completions("lab.yml", "", 1, 1)).toEqual(expect.arrayContaining(["inventory", "roles_path"]));
  });

  it("takes an argument of a role whole or as the name of its type, and offers both", async () => {
    const path = "roles/web/meta/arguments.yml";
    const right = "main:\n  root: path\n  users: { type: list, items: string }\n  port:\n    type: integer\n";
    expect(await editor.problems(path, right)).toEqual([]);
    const wrong = "main:\n  root: pathh\n  port:\n    typ: integer\n";
    expect((await editor.problems(path, wrong)).map(({ line }) => line)).toEqual([2, 4]);
    const types = await editor.completions(path, "main:\n  port:\n    type: ", 3, 11);
    expect(types).toEqual(expect.arrayContaining(["integer", "path"]));
    const fields = await editor.completions(path, "main:\n  port:\n    de", 3, 7);
    expect(fields).toEqual(expect.arrayContaining(["default", "description"]));
  });

  it("explains a module and a parameter", async () => {
    const text = play("- sysctl: { name: vm.swappiness, value: 10 }");
    expect(await editor.hover("playbooks/site.yml", text, 3, 9)).toContain("Set a kernel parameter");
    expect(await editor.hover("playbooks/site.yml", text, 3, 40)).toContain("Value it shall have");
  });

  it.each([
    ["a module that is none", ["- crn: {}"], 3, /crn/],
    ["a parameter that the module has not", ["- cron: { name: x, jbo: y }"], 3, /jbo/],
    ["a value that the parameter does not take", ["- cron: { name: x, state: there }"], 3, /present|not accepted/i],
    ["a wrong type", ["- sysctl: { name: a.b, value: 1, now: sometimes }"], 3, /boolean/i],
    ["a keyword that is none", ["- ping: {}", "  wehn: true"], 4, /wehn/],
    ["a wrong loop_control", ["- debug: { msg: a }", "  loop: [1]", "  loop_control: { labl: x }"], 5, /labl/],
  ] as const)("marks %s", async (_, lines, line, message) => {
    const problems = await editor.problems("playbooks/site.yml", play(...lines));
    const wanted = problems.filter((problem) => problem.line === line && message.test(problem.message));
    expect(wanted, JSON.stringify(problems)).not.toEqual([]);
  });

  it("takes templates, the language's tags, and a block of either kind", async () => {
    const text = play(
      '- cron: { name: x, job: y, state: "{{ wanted }}" }',
      "- sysctl: { name: a.b, value: 1, now: !expr facts.os.family == 'debian' }",
      "- set_fact: { format: !raw '{{json .}}', list: !raw [1], map: !raw { a: 1 } }",
      "- copy: { dest: /etc/key, content: !secret abc }",
      "- block: { path: /etc/hosts, block: a, name: lab }",
      "- debug: { msg: a }",
      "  loop: !expr play_hosts",
    );
    expect(await editor.problems("playbooks/site.yml", text)).toEqual([]);
  });

  it("finds nothing wrong with any file that ships", async () => {
    const files = ["playbooks", "roles", "inventory"].flatMap((part) =>
      readdirSync(join(ours, part), { recursive: true, encoding: "utf8" }).map((name) => join(part, name)),
    );
    const matching = files.filter((file) =>
      Object.values(schemaFiles)
        .flat()
        .some((pattern) => fits(file, pattern)),
    );
    expect(matching.length).toBeGreaterThan(30);
    const wrong: string[] = [];
    for (const file of matching) {
      for (const { line, message } of await editor.problems(file, readFileSync(join(ours, file), "utf8")))
        wrong.push(`${relative(".", file)}:${line}: ${message}`);
    }
    expect(wrong).toEqual([]);
  });
});

/** As far as our patterns go: `*` within a name, `**` over folders. */
function fits(file: string, pattern: string): boolean {
  const source = pattern
    .replaceAll(".", "\\.")
    .replaceAll("**/", "\0")
    .replaceAll("*", "[^/]*")
    .replaceAll("\0", "(.*/)?");
  return new RegExp(`^${source}$`).test(file);
}
