import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliSite, createCliSite, runCommand } from "../../support/cli-site.ts";

// What a command loads is what its start costs: counted in files, and told by what only one of the libraries says.
describe("the start of a command", () => {
  let site: CliSite;
  let cache: string;
  beforeAll(() => {
    site = createCliSite();
    cache = join(site.folder, "cache");
    mkdirSync(cache);
    rmSync(join(site.folder, "inventory"), { recursive: true });
    mkdirSync(join(site.folder, "inventory"));
    writeFileSync(
      join(site.folder, "inventory/hosts.yml"),
      "all:\n  hosts:\n    box: { lab_connection: lab }\n    far: { lab_connection: ssh, lab_host: 127.0.0.1, lab_port: 1 }\n",
    );
    writeFileSync(
      join(site.folder, "playbooks/small.yml"),
      "- hosts: all\n  tasks:\n    - file: { path: /a, state: directory }\n",
    );
    // Tells at the end which chunks were opened.
    writeFileSync(
      join(site.folder, "watch.cjs"),
      `const fs = require("node:fs");
const { openSync } = fs;
const opened = [];
fs.openSync = (path, ...more) => {
  if (/[\\\\/]chunks[\\\\/]/.test(path)) opened.push(path);
  return openSync(path, ...more);
};
let icu = 0;
const { Segmenter } = Intl;
Intl.Segmenter = function (...words) {
  icu += 1;
  return new Segmenter(...words);
};
const { toLocaleString } = Number.prototype;
Number.prototype.toLocaleString = function (...words) {
  icu += 1;
  return toLocaleString.apply(this, words);
};
process.on("exit", () => {
  fs.writeFileSync(${JSON.stringify(join(site.folder, "opened.txt"))}, opened.join("\\n"));
  fs.writeFileSync(${JSON.stringify(join(site.folder, "icu.txt"))}, String(icu));
});
`,
    );
  });
  afterAll(() => site.remove());

  const lab = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    runCommand("bin/lab.js", site.folder, args, { XDG_CACHE_HOME: cache, LAB_LOCK_FOLDER: site.folder, ...env });
  /** What is loaded of that which most commands do not need. */
  async function loaded(...args: readonly string[]) {
    const done = await runCommand("-r", site.folder, ["./watch.cjs", "bin/lab.js", ...args], {
      LAB_CACHE: "off",
      LAB_LOCK_FOLDER: site.folder,
    });
    const chunks = readFileSync(join(site.folder, "opened.txt"), "utf8").split("\n");
    const text = chunks.map((path) => readFileSync(path, "latin1")).join("\n");
    const parts = Object.entries(heavy).flatMap(([name, sign]) => (text.includes(sign) ? [name] : []));
    return {
      code: done.code,
      parts,
      modules: [...text.matchAll(/^\/\/ modules\/([\w/-]+)\.ts/gm)].map(([, name]) => name).sort(),
    };
  }
  /** A file of each, as the build names it above what it has made of it. */
  const heavy = {
    commander: "node_modules/commander/lib/command.js",
    yaml: "node_modules/yaml/dist/parse/parser.js",
    zod: "node_modules/zod/v4/core/core.js",
    ssh2: "node_modules/ssh2/lib/client.js",
    listr2: "node_modules/listr2/dist/index.js",
    age: "node_modules/age-encryption/dist/index.js",
    "the embedded lab": "engine/sim/interpret/interpret.ts",
    runs: "engine/run/run-site.ts",
    "the report": "engine/report/html/render-page.ts",
    "the manual": "engine/doc/module-manual.ts",
  };

  it("knows the parts by what the build writes", () => {
    const folder = join(site.folder, "dist/chunks");
    const whole = readdirSync(folder)
      .map((name) => readFileSync(join(folder, name), "latin1"))
      .join("\n");
    expect(Object.values(heavy).filter((sign) => !whole.includes(sign))).toEqual([]);
  });

  it("loads nothing for its version, and no site for its help", async () => {
    expect(await loaded("--version")).toEqual({ code: 0, parts: [], modules: [] });
    expect(await loaded("--help")).toEqual({ code: 0, parts: ["commander"], modules: [] });
  });
  const site_ = ["commander", "yaml", "zod"];
  it("loads neither modules nor connections to look at an inventory", async () => {
    expect(await loaded("inventory", "list")).toEqual({ code: 0, parts: site_, modules: ["index"] });
  });
  it("loads the modules of a playbook, and nothing that runs it, to check its syntax", async () => {
    const checked = await loaded("play", "small.yml", "--syntax-check");
    expect(checked).toEqual({ code: 0, parts: site_, modules: ["file", "index"] });
  });
  it("loads the connections that it opens", async () => {
    const there = await loaded("play", "small.yml", "-l", "box");
    expect(there).toEqual({ code: 0, parts: [...site_, "the embedded lab", "runs"], modules: ["file", "index"] });
    const far = await loaded("play", "small.yml", "-l", "far");
    expect(far).toEqual({ code: 4, parts: [...site_, "ssh2", "runs"], modules: ["file", "index"] });
  });

  // Each first use of Intl reads a part of ICU: that takes longer than a check of which nothing has to be done.
  it("asks Intl for nothing", async () => {
    const asked = () => Number(readFileSync(join(site.folder, "icu.txt"), "utf8"));
    await loaded("check");
    expect(asked()).toBe(0);
    await loaded("play", "small.yml", "-l", "box");
    expect(asked()).toBe(0);
    await loaded("schema", "--help");
    expect(asked()).toBe(0);
  });

  it("keeps compiled code in the cache of its user, unless it shall not", async () => {
    expect((await lab(["inventory", "list"], { LAB_CACHE: "off" })).code).toBe(0);
    expect(existsSync(join(cache, "lab"))).toBe(false);
    const first = await lab(["inventory", "list"]);
    expect(readdirSync(join(cache, "lab"))).toEqual([expect.stringMatching(/^code-[0-9a-f]{16}\.bin$/)]);
    expect(await lab(["inventory", "list"])).toEqual(first);
  });

  it("is the same through a link", async () => {
    const link = join(site.folder, "linked");
    symlinkSync(join(site.folder, "bin/lab.js"), link);
    const [linked, straight] = [
      await runCommand(link, site.folder, ["inventory", "list"]),
      await lab(["inventory", "list"]),
    ];
    expect(linked).toEqual(straight);
    expect(linked.code).toBe(0);
  });

  it("shares its classes with modules that import the package", async () => {
    mkdirSync(join(site.folder, "modules"));
    writeFileSync(
      join(site.folder, "modules/twin.js"),
      `import { defineReading, Secret } from "labplay";
export default ({ z, ...kit }) => defineReading({
  name: "twin", summary: "Compares.", params: z.strictObject({}), probes: () => ({}),
  read: () => ({ kind: "value", value: { same: Secret === kit.Secret && defineReading === kit.defineReading } }),
  examples: ["twin: {}"],
});
`,
    );
    writeFileSync(
      join(site.folder, "playbooks/twin.yml"),
      "- hosts: box\n  tasks:\n    - { twin: {}, register: found }\n    - assert: { that: found.same }\n",
    );
    // Twice: compiled, and as it was kept.
    for (const _ of [1, 2]) {
      const { code, stdout, stderr } = await lab(["play", "twin.yml"]);
      expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: "" });
    }
  });
});
