import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { modules } from "../../support/all-modules.ts";
import {
  connectionVariablesPage,
  factsPage,
  functionsPage,
  keywordsPage,
  modulePage,
  modulesIndex,
  sandboxPage,
} from "../../support/reference-pages.ts";

const docs = resolve(import.meta.dirname, "../../../docs");

// A page that is not fresh fails here; `npm run docs` writes it anew.
describe("generated pages", () => {
  it.each<readonly [string, string]>([
    ["reference/keywords.md", keywordsPage()],
    ["reference/connection-variables.md", connectionVariablesPage()],
    ["reference/functions.md", functionsPage()],
    ["reference/facts.md", factsPage()],
    ["reference/sandbox.md", sandboxPage()],
    ["modules/README.md", modulesIndex(modules)],
    ...modules.map((module) => [`modules/${module.name}.md`, modulePage(module)] as const),
  ])("docs/%s is what the sources say", async (name, text) => {
    await expect(text).toMatchFileSnapshot(join(docs, name));
  });

  it("says what every parameter means", () => {
    for (const module of modules) {
      const rows = modulePage(module).match(/^\| `\w+` \|.*$/gm) ?? [];
      const unsaid = rows.filter((row) => /\|\s*\|$/.test(row)).map((row) => row.split("`")[1]);
      // `state` is said by its values.
      expect(
        unsaid.filter((name) => name !== "state"),
        module.name,
      ).toEqual([]);
    }
  });

  it("counts the modules in the README", () => {
    const readme = readFileSync(join(docs, "../README.md"), "utf8");
    expect(/\[(\d+) modules\]/.exec(readme)?.[1]).toBe(String(modules.length));
  });

  it("tells the default of a length of time, which zod would leave out", () => {
    const pages = modules.map((module) => modulePage(module)).join("");
    expect(pages.match(/^\| `(wait_)?timeout` \|.*$/gm)?.filter((row) => !/\| `\d+` \|/.test(row))).toEqual([]);
  });

  it("has no page of a module that is gone", () => {
    const pages = readdirSync(join(docs, "modules")).filter((name) => name !== "README.md");
    expect(pages.sort()).toEqual(modules.map(({ name }) => `${name}.md`).sort());
  });
});
