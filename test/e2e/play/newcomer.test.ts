import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, inject, it } from "vitest";
import { displayWidth } from "../../../engine/text/display-width.ts";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { leftovers } from "../../support/e2e-leftovers.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { freePort } from "../../support/sshd.ts";
import { createFakeTerminal } from "../../unit/report/fake-terminal.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
  const tasks = Array.from({ length: 12 }, (_, index) => ({
    name: `File ${index}`,
    copy: { dest: join(rig.target, `file-${index}`), content: `{{ text }} ${index}\n` },
  }));
  rig.write("files.yml", JSON.stringify([{ name: "Files", hosts: "all", vars: { text: "a" }, tasks }]));
});
afterAll(() => rig?.stop());
beforeEach(() => {
  knownHosts(`[127.0.0.1]:${rig.sshd.port} ${rig.sshd.hostKey("ed25519")}\n`);
  rig.reachAs("root");
});
const knownHosts = (text: string) => writeFileSync(join(rig.home, ".ssh/known_hosts"), text);
const fingerprint = () => {
  const key = join(rig.sshd.folder, "host_ed25519.pub");
  return execFileSync("ssh-keygen", ["-lf", key], { encoding: "utf8" }).split(" ")[1] ?? "no fingerprint";
};
const command = () => [process.execPath, join(inject("lab"), "bin/lab.js")] as const;
/** The command line for a shell. */
const line = (...args: readonly string[]) => [...command(), ...args].map((word) => `'${word}'`).join(" ");
function inShell(script: string): string {
  return execFileSync("bash", ["-c", `${script} 2>&1`], { cwd: rig.folder, env: rig.env, encoding: "utf8" });
}

it("stops at a host key it does not know, shows its fingerprint and how to go on, and goes on so", async () => {
  knownHosts("");
  const run = await rig.lab("play", "files.yml");
  expectExit(run, 4);
  expect(run.stdout).toContain(fingerprint());
  expect(run.stdout).toContain("--accept-new-host-keys");
  expect(run.stdout + run.stderr).not.toMatch(/\n\s+at .*\.js:\d+/);
  expectExit(await rig.lab("play", "files.yml", "--check"), 4);
  expectExit(await rig.lab("play", "files.yml", "--check", "--accept-new-host-keys"), 0);
  expect(readFileSync(join(rig.home, ".ssh/known_hosts"), "utf8")).toContain(rig.sshd.hostKey("ed25519"));
  expectExit(await rig.lab("play", "files.yml", "--check"), 0);
});

it("never accepts a key that has changed", async () => {
  const other = readFileSync(join(rig.home, ".ssh/id_ed25519.pub"), "utf8");
  knownHosts(`[127.0.0.1]:${rig.sshd.port} ${other}`);
  const before = readFileSync(join(rig.home, ".ssh/known_hosts"), "utf8");
  const run = await rig.lab("play", "files.yml", "--accept-new-host-keys");
  expectExit(run, 4);
  expect(run.stdout).toMatch(/changed/i);
  expect(readFileSync(join(rig.home, ".ssh/known_hosts"), "utf8")).toBe(before);
});

it("says who was not let in, and where nobody answers", async () => {
  rig.reachAs("nosuchuser");
  const wrongUser = await rig.lab("play", "files.yml");
  expectExit(wrongUser, 4);
  expect(wrongUser.stdout).toMatch(/nosuchuser/);
  const port = await freePort();
  rig.reachAs("root", { lab_port: port });
  const closed = await rig.lab("play", "files.yml");
  expectExit(closed, 4);
  expect(closed.stdout).toContain(String(port));
  expect(closed.stdout).toMatch(/nothing listens there/);
});

it("finishes the step in flight on Ctrl-C, begins no other, and ends with 130", async () => {
  const dest = join(rig.target, "slow");
  const go = join(rig.target, "go");
  const validate = ["sh", "-c", `: >${dest}.started; while [ ! -e ${go} ]; do sleep 0.1; done`, "{}"];
  const tasks = [
    { copy: { dest, content: "whole\n", validate } },
    { copy: { dest: `${dest}-next`, content: "never\n" } },
  ];
  rig.write("slow.yml", JSON.stringify([{ name: "Slow", hosts: "all", tasks }]));
  const live = rig.start("play", "slow.yml");
  for (let waited = 0; !existsSync(`${dest}.started`) && waited < 20_000; waited += 50) await setTimeout(50);
  live.child.kill("SIGINT");
  await setTimeout(200);
  expect(live.child.exitCode).toBeNull();
  writeFileSync(go, "");
  const run = await live.done;
  expectExit(run, 130);
  expect(run.stderr).toContain("finishing the steps in flight");
  expect([readFileSync(dest, "utf8"), existsSync(`${dest}-next`)]).toEqual(["whole\n", false]);
  expect(run.stdout).toMatch(/changed/);
  expect(leftovers(rig)).toEqual([]);
});

it("ends at once when told twice, and leaves nothing torn behind", async () => {
  const dest = join(rig.target, "twice");
  const validate = ["sh", "-c", `: >${dest}.started; sleep 2`, "{}"];
  rig.write(
    "twice.yml",
    JSON.stringify([{ name: "T", hosts: "all", tasks: [{ copy: { dest, content: "whole\n", validate } }] }]),
  );
  const live = rig.start("play", "twice.yml");
  for (let waited = 0; !existsSync(`${dest}.started`) && waited < 20_000; waited += 50) await setTimeout(50);
  live.child.kill("SIGINT");
  await setTimeout(100);
  live.child.kill("SIGINT");
  expectExit(await live.done, 130);
  for (let waited = 0; leftovers(rig).length > 0 && waited < 10_000; waited += 50) await setTimeout(50);
  expect(leftovers(rig)).toEqual([]);
  if (existsSync(dest)) expect(readFileSync(dest, "utf8")).toBe("whole\n");
});

it("goes on to the end when its reader goes away", async () => {
  const shown = inShell(
    `set -o pipefail; ${line("play", "files.yml", "-e", "text=piped", "-v")} | head -1; echo "code \${PIPESTATUS[0]}"`,
  );
  expect(shown).toMatch(/code 0\n$/);
  expect(shown).not.toMatch(/EPIPE|fault/);
  for (let index = 0; index < 12; index += 1) {
    expect(readFileSync(join(rig.target, `file-${index}`), "utf8")).toBe(`piped ${index}\n`);
  }
});

it("prints no colour into a pipe, nor where NO_COLOR is set", async () => {
  const colour = /\x1b\[/;
  expect((await rig.lab("play", "files.yml", "--check", "--diff")).stdout).not.toMatch(colour);
  const quiet = inTerminal(`NO_COLOR=1 ${line("play", "files.yml", "--check", "--format", "plain")}`);
  expect(quiet).not.toMatch(colour);
  expect(inTerminal(line("play", "files.yml", "--check", "--format", "plain"))).toMatch(colour);
});

it("writes valid JSON on every line of jsonl, numbered, with the recap last, whatever happens", async () => {
  for (const args of [["--check", "--diff"], ["-v"], ["-u", "nosuchuser"]]) {
    const run = await rig.play("files.yml", "-e", 'text=json \u0007\n"x" ü', ...args);
    const parsed = run.stdout
      .trimEnd()
      .split("\n")
      .map((each): { v: number; seq: number; time: string; type: string } => JSON.parse(each));
    expect(parsed.map(({ seq }) => seq)).toEqual(parsed.map((_, index) => index + 1));
    for (const each of parsed) expect(each).toMatchObject({ v: 1, time: expect.stringMatching(/^\d{4}-.*Z$/) });
    expect([parsed[0]?.type, parsed.at(-1)?.type]).toEqual(["run", "recap"]);
    expect(run.events.at(-1)).toMatchObject({ exitCode: run.code });
    expect(recapOf(run).failed).toBe(resultsOf(run).filter(({ status }) => status === "failed").length);
  }
});

/** What a terminal of 80 × 24 gets, byte by byte. */
function inTerminal(script: string): string {
  return execFileSync("script", ["-qec", `stty cols 80 rows 24; ${script}`, "/dev/null"], {
    cwd: rig.folder,
    env: { ...rig.env, SHELL: "/bin/sh" },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
}

it("leaves a clean screen on a terminal: nothing of the live part stays, and no line is wider than the screen", () => {
  const terminal = createFakeTerminal(80, 24);
  terminal.write(inTerminal(`${line("play", "files.yml", "-e", "text=tty", "--diff")}; echo "code $?"`));
  // It was repainted meanwhile, or this would show nothing.
  expect(terminal.highest()).toBeGreaterThan(0);
  const screen = terminal.lines();
  expect(screen.at(-1)).toBe("code 0");
  for (let index = 0; index < 12; index += 1) {
    const named = screen.filter((each) => new RegExp(`TASK File ${index}$`).test(each));
    expect([index, named.length]).toEqual([index, 1]);
  }
  expect(screen.join("\n")).not.toMatch(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]/);
  for (const each of screen) expect(displayWidth(each)).toBeLessThanOrEqual(80);
  // The cursor was never hidden, so a killed run leaves it there too.
  expect(terminal.written()).not.toContain("\x1b[?25l");
});
