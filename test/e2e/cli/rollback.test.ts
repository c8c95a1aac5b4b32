import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from "vitest";
import { runCommand } from "../../support/cli-site.ts";

let site = "";
let fresh: Buffer;
beforeAll(async () => {
  site = mkdtempSync(join(tmpdir(), "lab-rollback-"));
  writeFileSync(
    join(site, "hosts.yml"),
    "all: { vars: { lab_connection: lab }, hosts: { pve: { lab_sandbox: { kind: proxmox } } } }\n",
  );
  writeFileSync(join(site, "lab.yml"), "inventory: hosts.yml\n");
  const tasks = [
    { zfs: { name: "rpool/archive", properties: { mountpoint: "/archive" } } },
    { copy: { dest: "/archive/plan", content: "then\n" } },
    { zfs_snapshot: { name: "rpool/archive@one" } },
    { copy: { dest: "/archive/plan", content: "now\n" } },
  ];
  writeFileSync(join(site, "site.yml"), JSON.stringify([{ hosts: "pve", tasks }]));
  expect(await lab("play", "site.yml")).toMatchObject({ code: 0, stderr: "" });
  fresh = readFileSync(state());
});
afterAll(() => rmSync(site, { recursive: true, force: true }));
beforeEach(() => writeFileSync(state(), fresh));

const command = () => join(inject("lab"), "bin/lab.js");
const state = () => join(site, ".lab/world.json");
const untouched = () => readFileSync(state()).equals(fresh);
const lab = (...args: readonly string[]) => runCommand(command(), site, args);
const back = (...more: readonly string[]) => ["rollback", "pve", "dataset", "rpool/archive", "--to", "one", ...more];
const plan = async (): Promise<string> => (await lab("run", "pve", "--", "cat", "/archive/plan")).stdout;

const question = "Take rpool/archive back? (N)o, (y)es: ";
const loss = "lost is what was written to rpool/archive since rpool/archive@one";

/** On a terminal, where the question gets this answer. */
async function typed(answer: string, ...args: readonly string[]) {
  const words = [process.execPath, command(), ...args].map((word) => `'${word}'`).join(" ");
  const child = spawn("script", ["-qec", `stty cols 200; ${words}`, "/dev/null"], {
    cwd: site,
    stdio: ["pipe", "pipe", "ignore"],
  });
  let said = "";
  let answered = false;
  child.stdout.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    if (answered || !said.includes(question)) return;
    answered = true;
    child.stdin.write(answer);
  });
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { said, code };
}

describe("lab rollback", () => {
  it.each([
    ["Enter", "\r"],
    ["no", "n\r"],
    ["a word that begins with y", "yet\r"],
    ["the end of what is typed", "\u0004"],
  ])("shows what would be lost, asks, and %s means no", async (_, answer) => {
    const { said, code } = await typed(answer, ...back());
    expect(said.indexOf(loss)).toBeGreaterThan(0);
    expect(said.indexOf(question)).toBeGreaterThan(said.indexOf(loss));
    expect(said).toContain("nothing was changed");
    expect(code).toBe(1);
    expect(untouched()).toBe(true);
  });

  it.each(["y\r", "YES\r", " yes \r"])("goes back where the answer is %j", async (answer) => {
    const { said, code } = await typed(answer, ...back());
    expect(said.split(question)).toHaveLength(2);
    // Shown before, and said again of what was done.
    expect(said.split(loss)).toHaveLength(3);
    expect(said).not.toContain("nothing was changed");
    expect(code).toBe(0);
    expect(await plan()).toContain("then");
  });

  it("asks nothing where nothing would be lost, or where it is refused", async () => {
    expect((await typed("n\r", ...back("--into", "rpool/data"))).said).not.toContain(question);
    expect((await typed("n\r", ...back("--into", "rpool/data"))).code).toBe(2);
    expect(untouched()).toBe(true);
    expect(await lab(...back("--yes"))).toMatchObject({ code: 0 });
    const { said, code } = await typed("n\r", ...back());
    expect(said).toContain("nothing has been written since");
    expect(said).not.toContain(question);
    expect(code).toBe(0);
  });

  it("asks nothing with --yes, and needs no terminal then", async () => {
    expect(await lab(...back())).toMatchObject({ code: 1, stderr: expect.stringContaining("error[no-terminal]") });
    expect(untouched()).toBe(true);
    const { code, stdout, stderr } = await lab(...back("--yes"));
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout).toContain(loss);
    expect(stdout).not.toContain("CHECK");
    expect(await plan()).toContain("then");
  });

  it("only shows with --check, also beside --yes", async () => {
    for (const more of [["--check"], ["--check", "--yes"]]) {
      const { code, stdout } = await lab(...back(...more));
      expect(code).toBe(0);
      expect(stdout).toContain(loss);
      expect(untouched()).toBe(true);
    }
  });

  it("says what is wrong with the call before it looks at anything", async () => {
    const wrong: readonly (readonly [string[], string])[] = [
      [["rollback", "pve", "dataset", "rpool/archive"], "say with --to which snapshot"],
      [["rollback", "pve", "dataset"], "say which dataset"],
      [["rollback", "pve", "guest", "box", "--to", "one"], "a guest is named by its number"],
      [["rollback", "pve", "guest", "103", "--to", "one", "--into", "x"], "--into goes with a dataset"],
      [["rollback", "pve", "list", "--destroy-newer"], "--destroy-newer does not go with list"],
      [["rollback", "pve", "pool", "rpool"], "expected list, dataset or guest"],
    ];
    for (const [args, said] of wrong) {
      expect(await lab(...args, "--yes")).toMatchObject({ code: 1, stdout: "", stderr: expect.stringContaining(said) });
    }
    expect((await lab("rollback", "pve", "list", "rpool/archive")).stdout).toMatch(/rpool\/archive\n {2}one /);
    expect(untouched()).toBe(true);
  });
});
