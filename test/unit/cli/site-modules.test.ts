import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { loadSiteModules } from "../../../engine/cli/site-modules.ts";
import { modules as ours } from "../../support/all-modules.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

async function load(files: Readonly<Record<string, string>>) {
  const root = mkdtempSync(join(tmpdir(), "lab-own-"));
  folders.push(root);
  mkdirSync(join(root, "modules"));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(root, "modules", name), text);
  const { modules: shelf, ofModules: diagnostics } = await loadSiteModules(root);
  const modules = await shelf.load(shelf.names);
  expect(modules.map(({ name }) => name)).toEqual(shelf.names);
  return { own: modules.slice(ours.length), all: modules, diagnostics };
}

const page = readFileSync(resolve(import.meta.dirname, "../../../docs/writing-modules.md"), "utf8");
const fromDocs = /```js\n([\s\S]*?)```/.exec(page)?.[1] ?? "";
const module = (fields: string): string =>
  `export default ({ z, defineReading, read }) => defineReading({ name: "own", summary: "A look.", params: z.strictObject({}), probes: () => ({}), read: () => ({ kind: "value", value: 1 }), examples: ["own: {}"], ${fields} });`;

describe("modules of a site", () => {
  it("are those of its folder, after the ones that ship", async () => {
    const { own, all, diagnostics } = await load({
      "motd.mjs": fromDocs,
      "README.md": "no module",
      "own.test.js": "throw new Error('a test')",
    });
    expect(diagnostics).toEqual([]);
    expect(own.map(({ name, kind }) => [name, kind])).toEqual([["motd", "state"]]);
    expect(all.slice(0, ours.length)).toEqual(ours);
  });

  it("may be none", async () => {
    const { modules, ofModules } = await loadSiteModules("/nowhere");
    expect(await modules.load(modules.names)).toEqual(ours);
    expect(ofModules).toEqual([]);
  });

  it.each([
    ["a syntax error", "export default (", /Unexpected|parse/],
    ["one that throws", "export default () => { throw new Error('no') }", /no/],
    ["no default export", "export const own = 1;", /no default export/],
    ["something else", "export default 7;", /no module/],
    ["null", "export default () => null;", /no module/],
    ["a name that is none", module('name: "Own Thing"'), /no name of a module/],
    ["another name", module('name: "other"'), /calls its module `other`/],
    ["parameters that are no schema", module("params: {}"), /no schema/],
    ["no summary", module('summary: " "'), /no `summary`/],
    ["no examples", module("examples: []"), /no `examples`/],
    ["a function that is missing", module("read: undefined"), /no `read`/],
  ])("are told to be wrong: %s", async (_, text, message) => {
    const { own, diagnostics } = await load({ "own.mjs": text });
    expect(own).toEqual([]);
    expect(diagnostics).toEqual([
      expect.objectContaining({ code: "bad-module", place: { file: "modules/own.mjs", line: 1, column: 1 } }),
    ]);
    expect(diagnostics[0]?.message).toMatch(message);
    expect(diagnostics[0]?.hint).not.toBe("");
  });

  it("never replace one that ships, and a wrong one does not hide a right one", async () => {
    const { own, diagnostics } = await load({
      "cron.mjs": module('name: "cron"'),
      "own.mjs": module(""),
    });
    expect(diagnostics.map(({ message }) => message)).toEqual([expect.stringContaining("ships with lab")]);
    expect(own.map(({ name }) => name)).toEqual(["own"]);
  });
});
