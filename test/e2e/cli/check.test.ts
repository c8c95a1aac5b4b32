import { spawn, spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { type CliSite, createCliSite } from "../../support/cli-site.ts";

const repository = resolve(import.meta.dirname, "../../..");
let site: CliSite;
let broken: string;
beforeAll(() => {
  site = createCliSite();
  cpSync(join(repository, "docs/errors"), join(site.folder, "docs/errors"), { recursive: true });
  broken = mkdtempSync(join(tmpdir(), "lab-broken-"));
  cpSync(join(repository, "test/fixtures/broken/tasks"), broken, { recursive: true });
});
afterAll(() => {
  site.remove();
  rmSync(broken, { recursive: true, force: true });
});

/** Counts, in the process itself, what would connect or start something. */
const counter = `
import net from "node:net";
import dgram from "node:dgram";
import dns from "node:dns";
import child from "node:child_process";
import { syncBuiltinESMExports } from "node:module";
import { writeFileSync } from "node:fs";
let count = 0;
const watch = (object, name) => {
  const before = object[name];
  object[name] = function (...args) { count += 1; return before.apply(this, args); };
};
watch(net.Socket.prototype, "connect");
watch(dgram, "createSocket");
watch(dns, "lookup");
watch(child.ChildProcess.prototype, "spawn");
for (const name of ["spawnSync", "execFileSync", "execSync"]) watch(child, name);
syncBuiltinESMExports();
process.on("exit", () => writeFileSync(process.env.LAB_TEST_COUNT, String(count)));
`;

function counted(folder: string, args: readonly string[]) {
  const script = join(site.folder, "counter.mjs");
  const answer = join(site.folder, "count");
  writeFileSync(script, counter);
  const run = spawnSync(process.execPath, ["--import", script, ...args], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, LAB_TEST_COUNT: answer, NO_COLOR: "1" },
  });
  return { ...run, count: Number(readFileSync(answer, "utf8")) };
}
const lab = () => join(site.folder, "bin/lab.js");

describe("lab check", () => {
  it("finds nothing wrong with the example site, and is quick", async () => {
    const start = performance.now();
    const { code, stdout, stderr } = await site.lab("check", "--strict");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^\d+ playbooks, \d+ files: nothing is wrong\n$/);
    // A few seconds on a machine that has nothing else to do: nearly three hundred files.
    expect(performance.now() - start).toBeLessThan(60_000);
  });

  it("tells all faults, ends with 1, and connects to nothing: counted", () => {
    const { status, stdout, stderr, count } = counted(broken, [lab(), "check"]);
    expect({ status, stderr, count }).toEqual({ status: 1, stderr: "", count: 0 });
    expect(stdout.match(/^error\[/gm)?.length).toBeGreaterThan(50);
    expect(stdout).toContain("error[unknown-keyword]: a task has no keyword `regster`\n  --> playbooks/site.yml:8:7\n");
    expect(stdout.match(/lab explain/g)?.length).toBe(1);
    for (const line of stdout.split("\n")) if (/^ *\d* \|/.test(line)) expect(line.length).toBeLessThanOrEqual(80);
    // The counter sees what it is for.
    expect(counted(broken, ["-e", 'require("node:child_process").spawnSync("true")']).count).toBeGreaterThan(0);
  });

  it("is what a run is told, too, before it connects", () => {
    const { status, stderr, count } = counted(broken, [lab(), "play", "site.yml"]);
    expect({ status, count }).toEqual({ status: 1, count: 0 });
    expect(stderr.match(/^error\[/gm)?.length).toBeGreaterThan(50);
  });

  it("counts warnings with --strict alone", async () => {
    const path = join(site.folder, "playbooks/warned.yml");
    writeFileSync(path, "- name: Warned\n  hosts: all\n  become: yes\n");
    const mild = await site.lab("check", "warned.yml");
    const strict = await site.lab("check", "warned.yml", "--strict");
    rmSync(path);
    expect([mild.code, strict.code]).toEqual([0, 1]);
    expect(mild.stdout).toContain("warning[yaml11-boolean]");
    expect(mild.stdout).toContain("1 warning in 1 playbook");
  });

  it("speaks JSON", () => {
    const { status, stdout } = counted(broken, [lab(), "check", "--format", "json"]);
    const report = JSON.parse(stdout);
    expect(status).toBe(1);
    expect(report).toMatchObject({ v: 1, playbooks: [expect.stringContaining("site.yml")] });
    expect(report.errors + report.warnings).toBe(report.diagnostics.length);
    expect(report.diagnostics[0]).toMatchObject({
      code: expect.any(String),
      severity: expect.stringMatching(/error|warning/),
    });
  });

  it("speaks SARIF, every result with a rule that has a page", () => {
    const { stdout } = counted(broken, [lab(), "check", "--format", "sarif"]);
    const { runs, version } = JSON.parse(stdout);
    expect(version).toBe("2.1.0");
    const { rules } = runs[0].tool.driver;
    expect(runs[0].results.length).toBeGreaterThan(50);
    for (const { ruleIndex, ruleId } of runs[0].results) expect(rules[ruleIndex].id).toBe(ruleId);
    for (const rule of rules) {
      expect(rule.help.markdown, rule.id).toContain("## Instead");
      expect(rule.helpUri).toMatch(/^https:\/\/\S+\.md$/);
    }
  });

  it("says that a playbook is not there", async () => {
    const { code, stdout } = await site.lab("check", "siet.yml");
    expect(code).toBe(1);
    expect(stdout).toContain("error[missing-playbook]: there is no playbook siet.yml");
    expect(stdout).toContain("did you mean site.yml?");
  });

  it("works in an empty folder", () => {
    const empty = mkdtempSync(join(tmpdir(), "lab-empty-"));
    const { status, stdout } = counted(empty, [lab(), "check"]);
    rmSync(empty, { recursive: true });
    expect(status).toBe(1);
    expect(stdout).toContain("error[missing-inventory]");
  });
});

describe("lab explain", () => {
  it("shows a page as the terminal has room for it", async () => {
    const { code, stdout } = await site.lab("explain", "undefined-variable");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^undefined-variable\n\nA variable is read that nothing defines\.\n/);
    expect(stdout).not.toContain("```");
    for (const line of stdout.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  });

  it("takes a code as the output has it, and guesses what is meant", async () => {
    const copied = await site.lab("explain", "error[unknown-keyword]:");
    expect(copied.stdout).toMatch(/^unknown-keyword\n/);
    const mistyped = await site.lab("explain", "unknwon-keyword");
    expect(mistyped.code).toBe(1);
    expect(mistyped.stderr).toContain("did you mean `lab explain unknown-keyword`?");
  });

  it("lists them all", async () => {
    const { code, stdout } = await site.lab("explain");
    expect(code).toBe(0);
    expect(stdout.match(/^- /gm)?.length).toBeGreaterThan(120);
    const asJson = await site.lab("explain", "--json");
    expect(JSON.parse(asJson.stdout).length).toBe(stdout.match(/^- /gm)?.length);
  });
});

describe("a second check of the same site", () => {
  it("tells the same without checking again, also where several run at once", async () => {
    const home = mkdtempSync(join(tmpdir(), "lab-cache-"));
    const env = { ...process.env, XDG_CACHE_HOME: home };
    const check = (more: Record<string, string> = {}) =>
      spawnSync(process.execPath, [join(inject("lab"), "bin/lab.js"), "check"], {
        cwd: broken,
        env: { ...env, ...more },
        encoding: "utf8",
      });
    try {
      const cold = check({ LAB_CACHE: "off" });
      expect(cold.status).toBe(1);
      expect(existsSync(join(home, "lab"))).toBe(false);
      const three = await Promise.all(
        [1, 2, 3].map(
          () =>
            new Promise<string>((done) => {
              const lab = spawn(process.execPath, [join(inject("lab"), "bin/lab.js"), "check"], { cwd: broken, env });
              let told = "";
              lab.stdout.on("data", (text) => {
                told += String(text);
              });
              lab.on("close", () => done(told));
            }),
        ),
      );
      expect(three).toEqual([cold.stdout, cold.stdout, cold.stdout]);
      const [kept = "", ...more] = readdirSync(join(home, "lab/checks"));
      expect(more).toEqual([]);
      const counted = join(home, "count");
      const reads = (): number => {
        const { stdout, status } = check({ NODE_OPTIONS: `--import ${readCounter}`, COUNTED: counted });
        expect(stdout).toBe(cold.stdout);
        expect(status).toBe(1);
        return Number(readFileSync(counted, "utf8"));
      };
      // What was written just before is compared, and once that is over not even opened, but for the excerpts.
      await new Promise((done) => setTimeout(done, 2100));
      reads();
      const warm = reads();
      expect(warm).toBeLessThanOrEqual(cold.stdout.split("-->").length - 1);
      writeFileSync(join(home, "lab/checks", kept), "");
      expect(reads()).toBeGreaterThan(warm);
    } finally {
      rmSync(home, { recursive: true });
    }
  });
});

/** Counts, in the process itself, the files of a site that are read. */
const readCounter = `data:text/javascript,${encodeURIComponent(`
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
let count = 0;
const read = fs.readFileSync;
fs.readFileSync = (path, ...more) => {
  if (String(path).startsWith(process.cwd())) count += 1;
  return read(path, ...more);
};
syncBuiltinESMExports();
process.on("exit", () => fs.writeFileSync(process.env.COUNTED, String(count)));
`)}`;
