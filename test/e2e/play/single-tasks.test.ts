import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, inject, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { type Sshd, startSshd } from "../../support/sshd.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

let rig: Rig;
let second: Sshd;
let user: TestUser;
beforeAll(async () => {
  rig = await openRig();
  second = await startSshd({ config: [`SetEnv LAB_LOCK_FOLDER=${rig.env.LAB_LOCK_FOLDER}`] });
  const key = readFileSync(join(rig.home, ".ssh/id_ed25519.pub"), "utf8").trim();
  second.authorize([key]);
  appendFileSync(join(rig.home, ".ssh/known_hosts"), `[127.0.0.1]:${second.port} ${second.hostKey("ed25519")}\n`);
  user = makeUser();
  const at = (port: number, name: string) => ({ lab_host: "127.0.0.1", lab_port: port, lab_user: name });
  const hosts = {
    box: at(rig.sshd.port, "root"),
    other: at(second.port, "root"),
    plain: at(rig.sshd.port, user.name),
  };
  rig.write("hosts.yml", JSON.stringify({ all: { hosts } }));
});
afterAll(async () => {
  user?.remove();
  await second?.stop();
  await rig?.stop();
});

function playbook(name: string, tasks: readonly object[], hosts = "box", more: object = {}): string {
  rig.write(name, JSON.stringify([{ hosts, ...more, tasks }]));
  return name;
}
const saidBy = (run: Awaited<ReturnType<Rig["play"]>>) =>
  resultsOf(run).flatMap(({ module, result }) => (module === "debug" ? [(result as { msg: unknown }).msg] : []));
/** Of processes with these words, which no other test has. */
const running = (words: string): number =>
  readdirSync("/proc").filter((pid) => {
    const path = `/proc/${pid}/cmdline`;
    if (!/^\d+$/.test(pid) || !existsSync(path)) return false;
    try {
      return readFileSync(path, "utf8").replaceAll("\0", " ").trim() === words;
    } catch {
      return false;
    }
  }).length;

it("acts on another host over that one's own connection, and keeps its variables", async () => {
  const port = 'sh -c "echo ${SSH_CONNECTION##* }"';
  const run = await rig.play(
    playbook("delegated.yml", [
      { command: port, register: "here" },
      { command: port, delegate_to: "other", register: "there" },
      { copy: { dest: join(rig.target, "who"), content: "{{ inventory_hostname }}" }, delegate_to: "other" },
      { debug: { msg: "{{ here.stdout }} {{ there.stdout }}" } },
    ]),
  );
  expectExit(run, 0);
  expect(saidBy(run)).toEqual([`${rig.sshd.port} ${second.port}`]);
  expect(resultsOf(run).map(({ host, on }) => `${host} ${on ?? "-"}`)).toEqual([
    "box -",
    "box other",
    "box other",
    "box -",
  ]);
  expect(readFileSync(join(rig.target, "who"), "utf8")).toBe("box");
});

it("acts on this machine without a connection", async () => {
  const run = await rig.play(
    playbook("local.yml", [
      { shell: 'echo "${SSH_CONNECTION:-none}"', delegate_to: "localhost", register: "a" },
      { shell: 'echo "${SSH_CONNECTION:-none}"', connection: "local", register: "b" },
      { debug: { msg: "{{ a.stdout }} {{ b.stdout }}" } },
    ]),
  );
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["none none"]);
});

it("several hosts that write one file of another host do not lose a line", async () => {
  const path = join(rig.target, "lines");
  const run = await rig.play(
    playbook(
      "lines.yml",
      [
        { copy: { dest: path, content: "" }, delegate_to: "other", run_once: true },
        { line: { path, line: "{{ inventory_hostname }}" }, delegate_to: "other" },
      ],
      "box,other",
    ),
  );
  expectExit(run, 0);
  expect(readFileSync(path, "utf8").trim().split("\n").sort()).toEqual(["box", "other"]);
});

it("a delegate that is not there makes its own host unreachable", async () => {
  rig.write("gone.yml", JSON.stringify({ all: { hosts: { gone: { lab_host: "127.0.0.1", lab_port: 1 } } } }));
  const run = await rig.play(
    playbook("lost.yml", [{ command: "true", delegate_to: "gone" }]),
    "-i",
    "hosts.yml",
    "-i",
    "gone.yml",
  );
  expectExit(run, 4);
  expect(resultsOf(run)).toMatchObject([{ host: "box", on: "gone", status: "unreachable" }]);
});

it("ends on the host what takes too long, its children too", async () => {
  const began = Date.now();
  const run = await rig.play(
    playbook("late.yml", [
      { name: "plain", command: "sleep 7203", timeout: 2, ignore_errors: true },
      { name: "children", shell: "sleep 7204 & sleep 7205", timeout: 2, ignore_errors: true },
      { name: "look", command: "sleep 7206", reads: true, timeout: 2, ignore_errors: true },
      { name: "waiting", wait_for: { path: "/nowhere/at/all", timeout: 600 }, timeout: 2, ignore_errors: true },
    ]),
  );
  expectExit(run, 0);
  for (const { name, status, reason } of resultsOf(run)) {
    expect([name, status]).toEqual([name, "failed"]);
    expect(reason).toMatch(/^took longer than 2\.0 s \(`timeout`\)/);
  }
  expect(Date.now() - began).toBeLessThan(40_000);
  expect(["7203", "7204", "7205", "7206"].map((seconds) => running(`sleep ${seconds}`))).toEqual([0, 0, 0, 0]);
});

it("tries until it is so", async () => {
  const path = join(rig.target, "ready");
  const name = playbook("until.yml", [
    { stat: { path }, register: "it", until: "it.exists", retries: 30, delay: 1 },
    { debug: { msg: "{{ it.exists }}" } },
  ]);
  const check = await rig.play(name, "--check");
  expectExit(check, 0);
  expect(resultsOf(check).map(({ status }) => status)).toEqual(["deferred", "deferred"]);
  const running = rig.play(name);
  // Long enough that it has looked once, also where starting takes seconds.
  await setTimeout(10_000);
  writeFileSync(path, "");
  const run = await running;
  expectExit(run, 0);
  expect(saidBy(run)).toEqual([true]);
  const [first] = resultsOf(run);
  expect(first?.attempt).toBeGreaterThan(1);
  expect(first?.attempt).toBeLessThan(30);
});

it("logs in anew, and is in the group then", async () => {
  const group = `${user.name}g`;
  execFileSync("groupadd", [group]);
  try {
    const ask = (register: string) => ({ command: "id -Gn", register, reads: true });
    const run = await rig.play(
      playbook(
        "groups.yml",
        [
          // Logged in before it is put into the group.
          ask("early"),
          { command: `usermod -aG ${group} ${user.name}`, delegate_to: "box" },
          ask("before"),
          { meta: "reset_connection" },
          ask("after"),
          { debug: { msg: "{{ before.stdout }}, {{ after.stdout }}" } },
        ],
        "plain",
        { gather_facts: false },
      ),
    );
    expectExit(run, 0);
    expect(saidBy(run)).toEqual([`${user.name}, ${user.name} ${group}`]);
  } finally {
    execFileSync("groupdel", ["-f", group]);
  }
});

it("adds a host that is reached like any other", async () => {
  rig.write(
    "added.yml",
    JSON.stringify([
      {
        hosts: "box",
        tasks: [
          {
            add_host: {
              name: "made",
              groups: ["fresh"],
              lab_host: "127.0.0.1",
              lab_port: second.port,
              lab_user: "root",
            },
          },
        ],
      },
      {
        hosts: "fresh",
        tasks: [{ command: 'sh -c "echo ${SSH_CONNECTION##* }"', register: "r" }, { debug: { msg: "{{ r.stdout }}" } }],
      },
    ]),
  );
  const run = await rig.play("added.yml");
  expectExit(run, 0);
  expect(saidBy(run)).toEqual([String(second.port)]);
});

/** On a terminal of its own; an answer is typed as soon as its question stands there. */
function onTerminal(args: string, answers: readonly (readonly [question: string, answer: string])[]): Promise<string> {
  const trace = `strace -f -qq -s 300 -e signal=none -e trace=ioctl,write -o ${join(rig.folder, "terminal.trace")}`;
  const command = `${trace} node ${join(inject("lab"), "bin/lab.js")} ${args}`;
  const child: ChildProcess = spawn("script", ["-qec", command, "/dev/null"], { cwd: rig.folder, env: { ...rig.env } });
  let said = "";
  const left = [...answers];
  child.stdout?.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const [next] = left;
    if (!next || !said.includes(`${next[0]}: `)) return;
    left.shift();
    child.stdin?.write(`${next[1]}\r`);
  });
  return new Promise((resolve) => child.on("close", () => resolve(said)));
}

it("asks on the terminal before anything else, and hides what is private", async () => {
  const name = playbook(
    "asks.yml",
    [{ copy: { dest: join(rig.target, "answers"), content: "{{ color }} {{ pass }}" } }],
    "box",
    {
      vars_prompt: [
        { name: "color", prompt: "Which color?", private: false, default: "red" },
        { name: "pass", prompt: "Pass phrase" },
      ],
    },
  );
  const said = await onTerminal(`play ${name} --format plain -D`, [
    ["Which color? [red]", "blue"],
    ["Pass phrase", "open-sesame-now"],
  ]);
  expect(said).toContain("Which color? [red]: ");
  expect(readFileSync(join(rig.target, "answers"), "utf8")).toBe("blue open-sesame-now");
  expect(said).not.toContain("open-sesame-now");
});

it("takes the terminal before it asks: what is typed at once is neither shown nor lost", async () => {
  const vars = ["first", "second"].map((name) => ({ name, prompt: `The ${name}`, private: name === "first" }));
  const name = playbook("asks-at-once.yml", [{ debug: { msg: "{{ first }}{{ second }}" } }], "box", {
    vars_prompt: vars,
  });
  const said = await onTerminal(`play ${name} --format plain`, [
    ["The first", "open-at-once"],
    ["The second", "\u0004"],
  ]);
  const order = readFileSync(join(rig.folder, "terminal.trace"), "utf8")
    .split("\n")
    .flatMap((line) => {
      const asked = /write\(\d+, .*The (first|second): "/.exec(line);
      if (asked) return `asks for the ${asked[1]}`;
      if (!/ioctl\(.*TCSETSW, /.test(line)) return [];
      return line.includes("|ICANON|") ? "lets it go" : "takes the terminal";
    });
  const once = (which: string) => ["takes the terminal", `asks for the ${which}`, "lets it go"];
  expect(order).toEqual([...once("first"), ...once("second")]);
  expect(said).toContain("error[no-answer]");
  expect(said).not.toContain("open-at-once");
});

it("says with which option to answer where there is no terminal", async () => {
  const name = playbook("mute.yml", [{ debug: { msg: "{{ color }}" } }], "box", {
    vars_prompt: [{ name: "color", prompt: "Which color?", private: false }],
  });
  const run = await rig.play(name);
  expectExit(run, 1);
  expect(run.stderr).toContain("error[no-answer]: cannot ask for `color`: there is no terminal");
  expect(run.stderr).toContain("-e color=");
  expectExit(await rig.play(name, "-e", "color=blue"), 0);
});
