import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { runCommand } from "../../support/cli-site.ts";

let site = "";
beforeAll(() => {
  site = mkdtempSync(join(tmpdir(), "lab-runs-"));
  write("hosts.yml", "all: { vars: { lab_connection: lab }, hosts: { h1: , h2: } }\n");
  write("lab.yml", "inventory: hosts.yml\nruns: { keep: 4 }\n");
  const tasks = [
    { name: "one", copy: { dest: "/etc/one", content: "x\n" }, notify: "told" },
    { name: "two", copy: { dest: "/{{ folder }}/two", content: "x\n" } },
    { name: "three", debug: { msg: "here" } },
  ];
  const handlers = [{ name: "told", command: { argv: ["touch", "/etc/told"] } }];
  write("site.yml", JSON.stringify([{ hosts: "all", vars: { folder: "etc" }, tasks, handlers }]));
});
afterAll(() => rmSync(site, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(site, path, ".."), { recursive: true });
  writeFileSync(join(site, path), text);
}
const command = () => join(inject("lab"), "bin/lab.js");
const lab = (...args: readonly string[]) => runCommand(command(), site, args);
/** On a terminal, where each question gets the next of these answers. */
async function typed(answers: readonly string[], ...args: readonly string[]): Promise<string> {
  const words = [process.execPath, command(), ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", words, "/dev/null"], { cwd: site, stdio: ["pipe", "pipe", "ignore"] });
  let said = "";
  let asked = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const questions = said.split("(c)ontinue: ").length - 1;
    for (; asked < questions; asked += 1) child.stdin.write(`${answers[asked] ?? "n"}\r`);
  });
  await new Promise((resolve) => child.once("close", resolve));
  return said;
}

it("lists the runs, shows one, goes on after one that has failed, and keeps as many as the site says", async () => {
  expect((await lab("runs")).stdout).toContain("No runs of this site are kept");
  expect(await lab("runs", "show")).toMatchObject({ code: 1, stderr: expect.stringContaining("error[unknown-run]") });
  const failed = await lab("play", "site.yml", "-e", "folder=nowhere");
  expect(failed.code).toBe(2);
  const [row] = (await lab("runs")).stdout.split("\n").slice(1);
  expect(row).toMatch(/^\d{8}-\d{6}-[0-9a-f]{8} +site\.yml +2 +2 +2 +2$/);
  const shown = (await lab("runs", "show", "last")).stdout;
  expect(shown).toMatch(/^Run \S+ of site\.yml, begun \S+ by\s+\S+@\S+, ended with status 2/);
  expect(shown).toContain("1 task done, 1 of them changed something; the last: one (site.yml:1)");
  expect(shown).toContain("the handler told");
  for (const line of shown.split("\n")) expect(line.length).toBeLessThanOrEqual(80);

  const resumed = await lab("play", "site.yml", "--resume");
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toMatch(/done in run \d{8}-/);
  const json = JSON.parse((await lab("runs", "--json")).stdout);
  expect(json.map((run: { exitCode: number; changed: number }) => [run.exitCode, run.changed])).toEqual([
    [2, 2],
    // `two` on both hosts, and the handler that the failed run has left to both.
    [0, 4],
  ]);
  expect(await lab("play", "site.yml", "--resume")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("error[nothing-to-resume]"),
  });
  for (let run = 0; run < 5; run += 1) await lab("play", "site.yml", "--check");
  const journals = readdirSync(join(site, ".lab/runs"));
  expect(journals).toHaveLength(4);
  for (const name of journals) expect(statSync(join(site, ".lab/runs", name)).mode & 0o777).toBe(0o600);
  const [first = ""] = readFileSync(join(site, ".lab/runs", journals[0] ?? ""), "utf8").split("\n");
  expect(JSON.parse(first)).toMatchObject({ type: "call", tags: [], pid: expect.any(Number) });
});

it("refuses to go on after a run of another site", async () => {
  const text = readFileSync(join(site, "site.yml"), "utf8");
  expect((await lab("play", "site.yml", "-e", "folder=nowhere")).code).toBe(2);
  write("site.yml", `${text}\n`);
  expect((await lab("play", "site.yml", "--resume")).stderr).toContain("files of the site have changed since run");
  write("site.yml", text);
});

it("asks before each task, on a terminal alone", async () => {
  expect(await lab("play", "site.yml", "--step")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("no-terminal"),
  });
  // What is no answer is asked once more.
  const said = await typed(["", "y", "what", "y"], "play", "site.yml", "--step", "--check");
  expect(said.match(/Run "(\w+)"\? \(N\)o, \(y\)es, \(c\)ontinue/g)).toHaveLength(4);
  expect(said).not.toContain("TASK one");
  expect(said).toContain("three");
  expect((await typed(["c"], "play", "site.yml", "--step", "--check")).match(/\(c\)ontinue: /g)).toHaveLength(1);
});

it("starts at a task, and knows which one was meant", async () => {
  const later = await lab("play", "site.yml", "--start-at-task", "th*", "--format", "jsonl");
  expect(later.stdout.match(/"type":"task"/g)).toHaveLength(1);
  expect(await lab("play", "site.yml", "--start-at-task", "thre")).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("did you mean `three`?"),
  });
  expect((await lab("play", "site.yml", "--start-at-task", "one", "--resume")).code).toBe(1);
});
