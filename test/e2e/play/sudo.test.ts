import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, expectForetold, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { journals, openRig, type Rig } from "../../support/e2e-rig.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

const planted = "pl4nted-s3cret-'x' $y";
let rig: Rig;
let user: TestUser;
let other: TestUser;
let passwordFile: string;
beforeAll(async () => {
  rig = await openRig();
  user = makeUser();
  other = makeUser();
  user.maySudo("ALL=(ALL) ALL");
  passwordFile = join(rig.home, "become-password");
  givePassword(user.password);
  rig.reachAs(user.name);
  // The users write into it side by side.
  execFileSync("chmod", ["1777", rig.target]);
  rig.write("files/big", Buffer.alloc(400_000, "big "));
});
afterAll(async () => {
  await rig?.stop();
  user?.remove();
  other?.remove();
});
function givePassword(password: string): void {
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  rig.env.LAB_BECOME_PASSWORD_FILE = passwordFile;
}
const here = (name: string) => join(rig.target, name);
const ownerOf = (name: string) => execFileSync("stat", ["-c", "%U %a", here(name)], { encoding: "utf8" }).trim();
const playbook = (tasks: readonly unknown[], play = {}) =>
  JSON.stringify([{ name: "Sudo", hosts: "all", ...play, tasks }]);

it("acts as root with the password of sudo, and as somebody else where a task says so, and foretells both", async () => {
  const tasks = [
    { copy: { dest: here("roots"), content: "root\n" } },
    { copy: { dest: here("big"), src: "big" } },
    { copy: { dest: here("others"), content: "other\n" }, become_user: other.name },
    { copy: { dest: here("mine"), content: "mine\n" }, become: false },
    { command: { argv: ["id", "-un"] }, become_user: other.name },
  ];
  rig.write("mixed.yml", playbook(tasks));
  const check = await rig.play("mixed.yml", "-b", "-K", "--check");
  expectExit(check, 0);
  const run = await rig.play("mixed.yml", "-b", "-K");
  expectExit(run, 0);
  expect(expectForetold(check, run).deferred).toBe(0);
  expect(resultsOf(run).at(-1)?.result).toMatchObject({ rc: 0, stdout: other.name });
  expect(["roots", "big", "others", "mine"].map(ownerOf)).toEqual([
    "root 644",
    "root 644",
    `${other.name} 644`,
    `${user.name} 644`,
  ]);
  expect(readFileSync(here("big"))).toEqual(Buffer.alloc(400_000, "big "));
});

it("mixes users in one play: each is let in once, and then their looks travel together", async () => {
  const task = (index: number, become: object) => ({
    copy: { dest: here(`trip-${index}`), content: `${index}\n` },
    ...become,
  });
  const users = [{ become: false }, { become: true }, { become: true, become_user: other.name }];
  rig.write("one.yml", playbook(Array.from({ length: 6 }, (_, index) => task(index, { become: true }))));
  rig.write("three.yml", playbook(Array.from({ length: 6 }, (_, index) => task(100 + index, users[index % 3] ?? {}))));
  for (const name of ["one.yml", "three.yml"]) expectExit(await rig.play(name), 0);
  const [one, three] = [await rig.play("one.yml"), await rig.play("three.yml")];
  for (const run of [one, three]) expect(recapOf(run)).toMatchObject({ ok: 6, changed: 0 });
  // Looks ride along only as a user who was let in before: one trip for each further user, however many tasks there are.
  expect(recapOf(three).roundTrips).toBeLessThanOrEqual(recapOf(one).roundTrips + users.length - 1);
});

it("says that the password is wrong, sends it once, and goes no further", async () => {
  rig.write(
    "root.yml",
    playbook([
      { copy: { dest: here("denied"), content: "x\n" } },
      { copy: { dest: here("denied-too"), content: "x\n" } },
    ]),
  );
  givePassword("wr0ng-passw0rd");
  try {
    const run = await rig.lab("play", "root.yml", "-b", "-K");
    expect([run.code, run.stdout]).toEqual([
      expect.any(Number),
      expect.stringContaining(`sudo did not accept the password of ${user.name} to become root`),
    ]);
    expect(run.code).toBe(2);
    expect(run.stdout).toContain("LAB_BECOME_PASSWORD_FILE");
    expect(run.stdout + run.stderr).not.toContain("wr0ng-passw0rd");
    expect([existsSync(here("denied")), existsSync(here("denied-too"))]).toEqual([false, false]);
  } finally {
    givePassword(user.password);
  }
});

it("says that a password is wanted when none is given, and takes no terminal for granted", async () => {
  rig.write("root.yml", playbook([{ copy: { dest: here("denied"), content: "x\n" } }]));
  rig.env.LAB_BECOME_PASSWORD_FILE = "";
  const none = await rig.lab("play", "root.yml", "-b");
  expect(none.stdout).toContain("sudo asks for a password to become root, and none is known");
  expect(none.code).toBe(2);
  delete rig.env.LAB_BECOME_PASSWORD_FILE;
  const asked = await rig.lab("play", "root.yml", "-b", "-K");
  expectExit(asked, 1);
  expect(asked.stderr).toContain("there is no terminal");
  givePassword(user.password);
});

it("shows neither the password nor a planted secret anywhere: processes, journal, output, other files", async () => {
  const tasks = [
    { copy: { dest: here("secret"), content: "{{ token }}\n", mode: "0600" } },
    { line: { path: here("lines"), line: "token={{ token }}", create: true, mode: "0600" } },
    { cron: { name: "sudo test", file: "lab-sudo-test", schedule: "1 1 1 1 *", job: "true", state: "absent" } },
    { debug: { msg: "the token is {{ token }}" } },
    // What comes back from the host is no secret by kind; it is one by its value.
    { shell: `cat ${here("lines")} || true`, reads: true },
    { command: { argv: ["true"] } },
  ];
  rig.write("secret.yml", playbook(tasks, { become: true, vars: { token: `{{ secret "${planted}" }}` } }));
  const trace = join(rig.home, "trace");
  const strace = spawn("strace", [
    "-f",
    "-qq",
    "-v",
    "-s",
    "100000",
    "-e",
    "trace=execve",
    "-e",
    "signal=none",
    "-o",
    trace,
    "-p",
    String(rig.sshd.pid),
  ]);
  while (!/TracerPid:\t[1-9]/.test(readFileSync(`/proc/${rig.sshd.pid}/status`, "utf8"))) await setTimeout(10);
  const outputs: string[] = [];
  const seen: string[] = [];
  for (const args of [["--check", "--diff"], ["--diff", "-vvv"], ["--diff"]]) {
    const live = rig.start("play", "secret.yml", "-K", "--format", args.includes("-vvv") ? "jsonl" : "plain", ...args);
    const done = live.done.then((run) => run);
    let running = true;
    void done.then(() => (running = false));
    while (running) {
      seen.push(...processesWith([planted, user.password]));
      await setTimeout(15);
    }
    const run = await done;
    expectExit(run, 0);
    outputs.push(run.stdout, run.stderr);
  }
  const closed = new Promise((resolve) => strace.once("close", resolve));
  strace.kill("SIGINT");
  await closed;
  const traced = readFileSync(trace, "utf8");
  expect(traced).toContain("execve(");
  // As strace and JSON write them: quotes and what is not ASCII escaped, so a part that needs no escaping is looked for.
  const needles = ["pl4nted-s3cret", user.password.split(" ")[1] ?? user.password];
  const hidden = { processes: seen.join("\n"), traced, journal: journals(rig), output: outputs.join("") };
  for (const [where, text] of Object.entries(hidden)) {
    for (const needle of needles) expect([where, text.includes(needle)]).toEqual([where, false]);
  }
  expect(readFileSync(here("secret"), "utf8")).toBe(`${planted}\n`);
  expect(readFileSync(here("lines"), "utf8")).toBe(`token=${planted}\n`);
  for (const name of ["secret", "lines"]) expect(statSync(here(name)).mode & 0o7777).toBe(0o600);
  const holding = execFileSync(
    "sh",
    ["-c", `grep -rlF pl4nted-s3cret /run/lab /dev/shm /var/tmp /etc ${rig.target} 2>/dev/null || true`],
    { encoding: "utf8" },
  );
  expect([...new Set(holding.trim().split("\n"))].sort()).toEqual([here("lines"), here("secret")]);
});

/** The command lines and environments of this moment that hold one of the texts. */
function processesWith(texts: readonly string[]): readonly string[] {
  const found: string[] = [];
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    for (const file of ["cmdline", "environ"]) {
      try {
        const held = readFileSync(`/proc/${pid}/${file}`, "utf8");
        if (texts.some((text) => held.includes(text))) found.push(held);
      } catch {
        // It ended between the two looks.
      }
    }
  }
  return found;
}

it("counts a host that cannot be acted upon as what it is", async () => {
  user.maySudo(null);
  rig.write("root.yml", playbook([{ copy: { dest: here("denied"), content: "x\n" } }]));
  const run = await rig.play("root.yml", "-b", "-K");
  expect(resultsOf(run)[0]?.reason).toMatch(/cannot become root/);
  expect(run.code).toBe(2);
});
