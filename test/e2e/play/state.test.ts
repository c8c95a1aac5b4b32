import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { RunEvent } from "../../../engine/run/events.ts";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { leftovers } from "../../support/e2e-leftovers.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { until } from "../../support/shell-run.ts";
import { signal } from "../../support/sshd.ts";
import { makeUser } from "../../support/sshd-user.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig?.stop());

const here = (name: string) => join(rig.target, name);
const notes = (folder = rig.state) => (existsSync(join(folder, "pending")) ? readdirSync(join(folder, "pending")) : []);
const warnings = ({ events }: PlayRun) =>
  events.flatMap((event: RunEvent) => (event.type === "warning" ? [event.diagnostic.code] : []));
const sessions = () =>
  rig.sshd
    .log()
    .split("\n")
    .filter((line) => line.includes("Starting session:")).length;

const kills = 8;

/** A change with steps on both sides of it, and the handler that must follow each change, whoever is killed when. */
function writePlay(more: object = {}): void {
  const touch = (name: string) => ({ command: { argv: ["sh", "-c", `sleep 0.05; date +%s%N >>${here(name)}`] } });
  const handlers = [{ name: "app is told", copy: { dest: here("told"), content: "{{ version }}\n" } }];
  const tasks = [
    { name: "before", ...touch("before") },
    { name: "conf", copy: { dest: here("conf"), content: "{{ version }}\n" }, notify: "app is told" },
    { name: "after", ...touch("after") },
    { name: "last", ...touch("last"), tags: "quiet" },
  ];
  rig.write("notify.yml", JSON.stringify([{ name: "Notify", hosts: "all", tasks, handlers, ...more }]));
}

it("never loses a notification, however often and whenever the controller is killed between a change and its handler", async () => {
  writePlay();
  expectExit(await rig.play("notify.yml", "-e", "version=0"), 0);
  const started = performance.now();
  expectExit(await rig.play("notify.yml", "-e", "version=1"), 0);
  const wholeMs = performance.now() - started;
  let between = 0;
  for (let kill = 1; kill <= kills; kill += 1) {
    const version = `v${kill}`;
    const live = rig.start("play", "notify.yml", "-e", `version=${version}`, "--format", "jsonl");
    // As soon as the change is told, or at any moment: between the change and its handler there are two slow tasks.
    const wanted = kill % 4 === 0 ? `"type":"play"` : `"name":"conf","module":"copy","status":"changed"`;
    while (!live.stdout().includes(wanted) && live.child.exitCode === null) await setTimeout(1);
    await setTimeout((Math.random() * wholeMs) / (kill % 4 === 0 ? 2 : 8));
    live.child.kill("SIGKILL");
    await live.done;
    // What was sent may still be at work.
    await setTimeout(200);
    const [conf, told] = [readFileSync(here("conf"), "utf8"), readFileSync(here("told"), "utf8")];
    if (conf !== told) {
      between += 1;
      expect(notes(), version).toHaveLength(1);
    }
    // The next run finds the change made, and runs the handler all the same, also where its tags leave that task out.
    const tags = conf !== told && conf === `${version}\n` && kill % 2 === 0 ? ["-t", "quiet"] : [];
    expectExit(await rig.play("notify.yml", "-e", `version=${version}`, ...tags), 0);
    expect([version, readFileSync(here("told"), "utf8"), notes()]).toEqual([version, `${version}\n`, []]);
  }
  expect(between).toBeGreaterThanOrEqual(kills / 3);
  expect(existsSync(rig.state)).toBe(false);
}, 600_000);

it("lets one run write at a time: the other one says who is at work, or waits", async () => {
  writePlay();
  const slow = [
    {
      name: "slow",
      command: {
        argv: [
          "sh",
          "-c",
          `echo a >>${here("order")}; n=0; while [ ! -e ${here("release")} ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done; echo b >>${here("order")}`,
        ],
      },
    },
  ];
  const quick = [{ name: "quick", command: { argv: ["sh", "-c", `echo c >>${here("order")}`] } }];
  rig.write("slow.yml", JSON.stringify([{ hosts: "all", tasks: slow }]));
  rig.write("quick.yml", JSON.stringify([{ hosts: "all", tasks: quick }]));
  rig.write(
    "look.yml",
    JSON.stringify([
      { hosts: "all", tasks: [{ stat: { path: "/etc" } }, { file: { path: rig.target, state: "directory" } }] },
    ]),
  );
  const first = rig.start("play", "slow.yml", "--format", "jsonl");
  await until(() => existsSync(here("order")), 30_000);
  // Whoever only looks is not in the way, nor is a check.
  expectExit(await rig.play("look.yml"), 0);
  expectExit(await rig.play("quick.yml", "--check"), 0);
  const refused = await rig.play("quick.yml");
  expectExit(refused, 2);
  const [result] = resultsOf(refused);
  const id = rig.runIds()[0];
  expect(result?.reason).toMatch(/^nothing was sent: box is held by run [\w-]+ of \w+@[\w.-]+ \(process \d+, for /);
  expect(result?.hint).toContain("--wait-for-lock");
  expect(id).toBeDefined();
  const waiting = rig.start("play", "quick.yml", "--wait-for-lock=2m", "--format", "jsonl");
  await until(() => waiting.stdout().includes(`"code":"waiting-for-lock"`), 30_000);
  execFileSync("touch", [here("release")]);
  expectExit(await waiting.done, 0);
  expectExit(await first.done, 0);
  expect(readFileSync(here("order"), "utf8")).toBe("a\nb\nc\n");
});

it("is free at once when its controller was killed, but not before the step that it has sent is done", async () => {
  for (const name of ["order", "release"]) rmSync(here(name), { force: true });
  const first = rig.start("play", "slow.yml", "--format", "jsonl");
  await until(() => existsSync(here("order")), 30_000);
  first.child.kill("SIGKILL");
  await first.done;
  expectExit(await rig.play("quick.yml"), 2);
  execFileSync("touch", [here("release")]);
  expectExit(await rig.play("quick.yml", "--wait-for-lock"), 0);
  expect(readFileSync(here("order"), "utf8")).toBe("a\nb\nc\n");
  const deadline = performance.now() + 10_000;
  while (leftovers(rig).length > 0 && performance.now() < deadline) await setTimeout(50);
  expect(leftovers(rig)).toEqual([]);
});

it("is taken again when the connection was lost, and what was seen before is looked at anew if somebody else has written", async () => {
  rmSync(here("order"), { force: true });
  // Nothing is under way on the host while it waits here: it is the controller's own file.
  const wait = { name: "wait", wait_for: { path: here("go"), timeout: 60 }, delegate_to: "localhost" };
  const line = (name: string) => ({ name, line: { path: here("lines"), line: name, create: true } });
  rig.write("dropped.yml", JSON.stringify([{ hosts: "all", tasks: [line("one"), wait, line("two")] }]));
  rig.write("other.yml", JSON.stringify([{ hosts: "all", tasks: [line("other")] }]));
  const live = rig.start("play", "dropped.yml", "--format", "jsonl");
  await until(() => existsSync(here("lines")), 30_000);
  await setTimeout(300);
  for (const session of rig.sshd.sessions()) signal(session, "SIGKILL");
  const other = await rig.play("other.yml", "--wait-for-lock=20s");
  expectExit(other, 0);
  execFileSync("touch", [here("go")]);
  expectExit(await live.done, 0);
  expect(readFileSync(here("lines"), "utf8").split("\n").sort()).toEqual(["", "one", "other", "two"]);
});

it("holds between users of a machine, and root's notes are found and removed by who may become root", async () => {
  const user = makeUser();
  user.maySudo("ALL=(ALL) NOPASSWD: ALL");
  const home = mkdtempSync(join(tmpdir(), "lab-state-"));
  execFileSync("chmod", ["777", home]);
  const users = await openRig({ environment: [`XDG_STATE_HOME=${home}`, "LAB_STATE_FOLDER=/var/lib/lab"] });
  try {
    const there = (name: string) => join(users.target, name);
    execFileSync("chmod", ["1777", users.target]);
    users.reachAs(user.name);
    const handler = `told ${user.name}`;
    const play = (become: boolean, command: string) => {
      const tasks = [{ copy: { dest: there(`${become}`), content: "x\n" }, become, notify: handler }];
      const handlers = [{ name: handler, command: { argv: ["sh", "-c", command] } }];
      users.write("both.yml", JSON.stringify([{ hosts: "all", tasks, handlers }]));
      return users.play("both.yml");
    };
    const folders = ["/var/lib/lab/pending", join(home, "lab/pending")];
    const lying = () =>
      folders.map((folder) =>
        existsSync(folder)
          ? readdirSync(folder).filter((name) => readFileSync(join(folder, name), "utf8").includes(handler)).length
          : 0,
      );
    expectExit(await play(true, "exit 1"), 2);
    expect(lying()).toEqual([1, 0]);
    // The look that finds it is the user's own; what removes it is root's.
    expectExit(await play(false, `id -un >>${there("who")}`), 0);
    expect(readFileSync(there("who"), "utf8")).toBe(`${user.name}\n`);
    expect(lying()).toEqual([0, 0]);
    rmSync(there("false"));
    expectExit(await play(false, "exit 1"), 2);
    expect(lying()).toEqual([0, 1]);
    expectExit(await play(false, "true"), 0);
    expect(lying()).toEqual([0, 0]);
    // The user has it, and root has to wait.
    const command = (text: string) =>
      JSON.stringify([{ hosts: "all", tasks: [{ command: { argv: ["sh", "-c", text] } }] }]);
    users.write(
      "slow.yml",
      command(
        `echo a >${there("held")}; n=0; while [ ! -e ${there("release")} ] && [ $n -lt 600 ]; do sleep 0.1; n=$((n+1)); done`,
      ),
    );
    users.write("quick.yml", command("true"));
    const held = users.start("play", "slow.yml", "--format", "jsonl");
    await until(() => existsSync(there("held")), 30_000);
    users.reachAs("root");
    const refused = await users.play("quick.yml");
    expectExit(refused, 2);
    expect(resultsOf(refused)[0]?.reason).toContain("box is held by run ");
    execFileSync("touch", [there("release")]);
    expectExit(await held.done, 0);
  } finally {
    await users.stop();
    user.remove();
    rmSync(home, { recursive: true, force: true });
  }
});

it("costs a converged run nothing, and one that changes something a channel, which it tells", async () => {
  rig.write(
    "plain.yml",
    JSON.stringify([
      { hosts: "all", tasks: [{ file: { path: here("folder"), state: "directory", mode: "{{ mode }}" } }] },
    ]),
  );
  expectExit(await rig.play("plain.yml", "-e", "mode='0700'"), 0);
  const stampLastWrite = (secondsFromNow: number): void => {
    const at = Date.now() / 1000 + secondsFromNow;
    utimesSync(join(rig.env.LAB_LOCK_FOLDER ?? "", "last"), at, at);
  };
  // The host tells ages in whole seconds: right behind another run it is not certain who came first, and it looks again.
  stampLastWrite(60);
  expect(recapOf(await rig.play("plain.yml", "-e", "mode='0711'"))).toMatchObject({ changed: 1, roundTrips: 3 });
  stampLastWrite(-60);
  const before = sessions();
  const changing = await rig.play("plain.yml", "-e", "mode='0750'");
  expect(recapOf(changing)).toMatchObject({ changed: 1, locks: 1, roundTrips: 2 });
  expect(sessions() - before).toBe(3);
  const converged = await rig.play("plain.yml", "-e", "mode='0750'");
  expect(recapOf(converged)).toMatchObject({ changed: 0, roundTrips: 1 });
  expect(recapOf(converged).locks).toBeUndefined();
  expect(sessions() - before).toBe(4);
});

it("goes on with a warning where the machine has no flock, or its server one session alone", async () => {
  const alone = await openRig({ config: ["MaxSessions 1"] });
  try {
    mkdirSync(join(alone.folder, "files"), { recursive: true });
    const tasks = [1, 2, 3].map((each) => ({ copy: { dest: join(alone.target, `${each}`), content: "x\n" } }));
    alone.write("three.yml", JSON.stringify([{ hosts: "all", tasks }]));
    const run = await alone.play("three.yml");
    expectExit(run, 0);
    expect(warnings(run)).toEqual(["no-lock"]);
    expect(recapOf(run).changed).toBe(3);
  } finally {
    await alone.stop();
  }
});
