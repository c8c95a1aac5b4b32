import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Command } from "commander";
import { describe, expect, it } from "vitest";
import { registrations } from "../../../engine/cli/program/index.ts";
import { ansibleVariable } from "../../../engine/plan/ansible-variables.ts";
import { ansibleModule } from "../../../engine/site/ansible-modules.ts";
import { ansibleHint, keywords } from "../../../engine/site/keywords.ts";
import { modules } from "../../support/all-modules.ts";
import { flowStory } from "../../support/flow-story.ts";
import { indent, inventoryOf, resultOf, runSite } from "../../support/run-site.ts";

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/from-ansible.md"), "utf8");

/** The rows of the table whose first head has these words. */
function table(head: string): readonly (readonly string[])[] {
  const [, text = ""] = page.split(`| ${head} | here |`);
  const rows = (text.split("\n\n")[0] ?? "").split("\n").slice(2);
  expect(rows.length).toBeGreaterThan(4);
  return rows.map((row) =>
    row
      .slice(2, -2)
      .split(/ (?<!\\)\| /)
      .map((cell) => cell.replaceAll("\\|", "|")),
  );
}
const wordsIn = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = ""]) => word);
const wordIn = (cell = ""): string => wordsIn(cell)[0] ?? "";
const pairs = (head: string) =>
  table(head).flatMap(([there = "", here]) => wordsIn(there).map((word) => [word, wordIn(here)]));
const listed = (lead: string) => wordsIn(page.split(lead)[1]?.split(/\n\n|\n- /)[0] ?? "");
const webs = { "inventory/hosts.yml": inventoryOf("web1", "web2") };

describe("docs/from-ansible.md", () => {
  it("names modules that there are", () => {
    const names = new Set(modules.map(({ name }) => name));
    const same = listed("Modules of the same name");
    expect(same.length).toBeGreaterThan(25);
    expect(
      [...same, ...pairs("module there").map(([, ours]) => ours)].filter(
        (word) => word !== "lab doc NAME" && !names.has(word ?? ""),
      ),
    ).toEqual([]);
  });

  it("names keywords that there are", () => {
    const known = (kind: "play" | "task", lead: string) =>
      listed(lead).filter(
        (word) =>
          ![...keywords[kind].keys(), "always", "never", "block", "rescue", "listen", "import_playbook"].includes(word),
      );
    expect(known("play", "- **Plays**")).toEqual([]);
    expect(known("task", "- **Tasks**")).toEqual([]);
  });

  it("names commands and options that there are", () => {
    const program = new Command("lab");
    for (const register of registrations) register({ program, width: 80, action: () => async () => {} });
    const find = (name: string, within = program) => within.commands.find((command) => command.name() === name);
    for (const [, here = ""] of table("command there"))
      for (const call of wordsIn(here)) {
        const [lab, name = "", next = ""] = call.split(" ");
        const command = find(name);
        expect(command, call).toBeDefined();
        if (command && command.commands.length > 0 && next !== "") expect(find(next, command), call).toBeDefined();
        expect(lab).toBe("lab");
      }
    const options = find("play")?.options.flatMap(({ short, long }) => [short, long]) ?? [];
    expect(listed("- **Options**").filter((option) => !options.includes(option))).toEqual([]);
  });

  it("says of modules, keywords and variables what the hints say", () => {
    for (const [there = "", here = ""] of pairs("module there"))
      expect(ansibleModule(there), there).toContain(`\`${here}`);
    for (const [there = "", here = ""] of pairs("keyword there")) expect(ansibleHint(there), there).toContain(here);
    for (const [there = "", here = ""] of pairs("variable there"))
      expect(ansibleVariable(there), there).toContain(`\`${here}`);
  });

  it.each(table("value there").map((row) => row.map(wordIn)))("%s is %s", async (there = "", here = "", gives = "") => {
    const play = (value: string) => `- hosts: web1\n  tasks:\n    - name: show\n      debug:\n        msg: ${value}\n`;
    const vars = { "host_vars/web1.yml": "names: [b, a]\nport: 80\npools: [{ name: tank, size: 2 }]\n" };
    const run = await runSite({ files: { ...webs, ...vars, "site.yml": play(here) } });
    expect(run.diagnostics).toEqual([]);
    expect(resultOf(run, "show", "web1").result).toEqual({ msg: JSON.parse(gives) });
    const refused = await runSite({ files: { ...webs, ...vars, "site.yml": play(there) } });
    expect(refused.diagnostics[0]).toMatchObject({ hint: expect.any(String) });
    expect(refused.exitCode).toBe(1);
  });

  it.each(table("condition there").map((row) => row.map(wordIn)))("%s is %s", async (there = "", here = "") => {
    const play = (line: string) =>
      `- hosts: web1\n  vars: { names: [b, a], port: 80 }\n  tasks:\n    - command: uname\n      register: result\n    - name: show\n      debug: x\n${indent(line, 6)}\n`;
    const run = await runSite({ files: { ...webs, "site.yml": play(here) } });
    expect(run.diagnostics).toEqual([]);
    const refused = await runSite({ files: { ...webs, "site.yml": play(there) } });
    expect(refused.diagnostics[0]).toMatchObject({ hint: expect.any(String) });
    expect(refused.exitCode).toBe(1);
  });

  it("shows a playbook, what is said of it, and what it becomes", async () => {
    const [, before = "", said = "", after = "", story = ""] =
      /^```yaml ansible\n(.*?)^```\n.*?^```text\n(.*?)^```\n.*?^```yaml\n(.*?)^```\n\n```text\n(.*?)^```/ms.exec(
        page,
      ) ?? [];
    const refused = await runSite({ files: { ...webs, "site.yml": before } });
    expect(refused.exitCode).toBe(1);
    const told = refused.diagnostics.map(({ message, place }) => ({ line: place?.line ?? 0, message }));
    expect(
      told.sort((one, other) => one.line - other.line).map(({ line, message }) => `line ${line}: ${message}`),
    ).toEqual(said.trimEnd().split("\n"));
    expect(flowStory(await runSite({ files: { ...webs, "site.yml": after } }))).toEqual(story.trimEnd().split("\n"));
  });
});
