import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, inject, it } from "vitest";
import { runCommand } from "../../support/cli-site.ts";

let site = "";
beforeAll(() => {
  site = mkdtempSync(join(tmpdir(), "lab-shards-"));
  const hosts = ["h1", "h2", "h3", "h4"].map((name) => `${name}: `).join(", ");
  write("hosts.yml", `all: { vars: { lab_connection: lab }, hosts: { ${hosts} } }\n`);
  write("lab.yml", "inventory: hosts.yml\n");
  const tasks = [
    { name: "one", copy: { dest: "/etc/one", content: "x\n" } },
    { name: "breaks", fail: { msg: "on purpose" }, when: "vars.broken == inventory_hostname" },
    { name: "two", copy: { dest: "/etc/two", content: "x\n" } },
  ];
  write("site.yml", JSON.stringify([{ hosts: "all", vars: { broken: "none" }, tasks }]));
});
afterAll(() => rmSync(site, { recursive: true, force: true }));

function write(path: string, text: string): void {
  writeFileSync(join(site, path), text);
}
const lab = (args: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  runCommand(join(inject("lab"), "bin/lab.js"), site, args, env);

describe("a run in shards", () => {
  it("brings each host about once, and is merged into one run with its exit status", async () => {
    const indexed = (index: number) => ({ JOB_COMPLETION_INDEX: String(index) });
    for (const index of [0, 1, 2]) {
      const ran = await lab(["play", "site.yml", "--shard", "auto/3", "--report", `s${index}.jsonl`], indexed(index));
      expect(ran).toMatchObject({ code: 0, stderr: "" });
    }
    const merged = await lab([
      "report",
      "merge",
      "s0.jsonl",
      "s1.jsonl",
      "s2.jsonl",
      "-o",
      "all.html",
      "-o",
      "all.xml",
      "-o",
      "all.jsonl",
    ]);
    expect(merged).toMatchObject({ code: 0, stderr: "" });
    for (const host of ["h1", "h2", "h3", "h4"]) expect(merged.stdout).toMatch(new RegExp(`${host} +0 +2 +0`));
    expect(readFileSync(join(site, "all.html"), "utf8")).toContain("h4");
    expect(readFileSync(join(site, "all.xml"), "utf8").match(/<testsuite /g)).toHaveLength(4);
    const again = await lab(["report", "merge", "all.jsonl"]);
    expect(again).toMatchObject({ code: 0, stdout: merged.stdout });
  });

  it("that fails in one shard fails as a whole; a shard that is missing is not done", async () => {
    const first = await lab(["play", "site.yml", "--shard", "1/2", "-e", "broken=h2", "--report", "f1.jsonl"]);
    const second = await lab(["play", "site.yml", "--shard", "2/2", "-e", "broken=h2", "--report", "f2.jsonl"]);
    expect([first.code, second.code].sort()).toEqual([0, 2]);
    expect(await lab(["report", "merge", "f1.jsonl", "f2.jsonl"])).toMatchObject({ code: 2, stderr: "" });
    const missing = await lab(["report", "merge", "f1.jsonl"]);
    expect(missing).toMatchObject({ code: 130, stderr: expect.stringContaining("shard 2 of 2 is missing") });
    // Each goes on after its own run alone.
    const resumed = await lab(["play", "site.yml", "--shard", "1/2", "-e", "broken=none", "--resume"]);
    expect(resumed).toMatchObject(
      first.code === 0 ? { code: 1, stderr: expect.stringContaining("came to its end") } : { code: 0 },
    );
    const whole = await lab(["play", "site.yml", "--resume"]);
    expect(whole).toMatchObject({ code: 1, stderr: expect.stringContaining("nothing-to-resume") });
  });

  it("is told what is wrong with the call before anything is touched", async () => {
    expect(await lab(["play", "site.yml", "--shard", "3/2"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("there is no shard 3 of 2"),
    });
    expect(await lab(["report", "merge", "s0.jsonl", "nofile.jsonl", "-o", "x.pdf"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/x\.pdf[\s\S]*nofile\.jsonl: there is no such file/),
    });
    expect(existsSync(join(site, "x.pdf"))).toBe(false);
    expect(await lab(["report", "merge", "site.yml"])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("site.yml: line 1 holds no events"),
    });
  });
});
