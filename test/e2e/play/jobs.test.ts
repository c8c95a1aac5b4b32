import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";
import { until } from "../../support/shell-run.ts";
import { signal } from "../../support/sshd.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
});
afterAll(() => rig?.stop());

const here = (name: string) => join(rig.target, name);
const lines = (name: string) => (existsSync(here(name)) ? readFileSync(here(name), "utf8").split("\n").length - 1 : 0);
/** Our own: their scripts name a folder of this rig. */
const jobsHere = () => {
  const folder = "/run/lab/jobs";
  const ids = existsSync(folder) ? readdirSync(folder).filter((name) => !name.startsWith(".")) : [];
  return ids.filter((id) => {
    const path = join(folder, id, "run");
    return existsSync(path) && readFileSync(path, "utf8").includes(rig.target);
  });
};
function playbook(name: string, tasks: readonly object[]): string {
  rig.write(name, JSON.stringify([{ name: "Jobs", hosts: "all", tasks }]));
  return name;
}
/** Counts its starts, works for so long, and says so. */
const work = (name: string, seconds: number, more: object = {}) => ({
  name,
  shell: `echo started >>${here(name)}; sleep ${seconds}; echo "$WHO is done" >>${here(name)}; echo said; echo complained >&2; exit 3`,
  environment: { WHO: "it's me" },
  async: 300,
  register: "it",
  failed_when: "it.rc != 3",
  ...more,
});
const seen = { debug: { msg: "{{ it.rc }} {{ it.stdout }} {{ it.stderr }}" } };
const saidBy = (run: Awaited<ReturnType<Rig["play"]>>) =>
  resultsOf(run).flatMap(({ module, result }) => (module === "debug" ? [(result as { msg: string }).msg] : []));

it("runs a command as a job to its end, tells how long, and leaves nothing on the host", async () => {
  const run = await rig.play(playbook("plain.yml", [work("plain", 3), seen]));
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["3 said complained"]);
  expect(run.events.some((event) => event.type === "progress" && /^runs for \d/.test(event.text))).toBe(true);
  expect(readFileSync(here("plain"), "utf8")).toBe("started\nit's me is done\n");
  expect(jobsHere()).toEqual([]);
});

it("goes on when the controller is killed; the next run follows it and takes its outcome, once", async () => {
  const name = playbook("killed.yml", [work("killed", 6), seen]);
  const live = rig.start("play", name, "--format", "jsonl");
  await until(() => lines("killed") === 1, 20_000);
  live.child.kill("SIGKILL");
  await live.done;
  const run = await rig.play(name);
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["3 said complained"]);
  expect(readFileSync(here("killed"), "utf8")).toBe("started\nit's me is done\n");
  expect(jobsHere()).toEqual([]);
});

it("keeps the outcome of a job that ended while nobody looked", async () => {
  const name = playbook("alone.yml", [work("alone", 2), seen]);
  const live = rig.start("play", name, "--format", "jsonl");
  await until(() => lines("alone") === 1, 20_000);
  live.child.kill("SIGKILL");
  await live.done;
  await until(() => lines("alone") === 2, 20_000);
  await setTimeout(500);
  const run = await rig.play(name);
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["3 said complained"]);
  expect(lines("alone")).toBe(2);
  expectExit(await rig.play(name), 0);
  expect(lines("alone")).toBe(4);
});

it("survives that its connection drops, again and again", async () => {
  const running = rig.play(playbook("dropped.yml", [work("dropped", 8), seen]));
  await until(() => lines("dropped") === 1, 20_000);
  for (let drops = 0; drops < 3; drops += 1) {
    for (const session of rig.sshd.sessions()) signal(session, "SIGKILL");
    await setTimeout(1500);
  }
  const run = await running;
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["3 said complained"]);
  expect(lines("dropped")).toBe(2);
});

it("is left running by Ctrl-C, which says how to come back", async () => {
  const name = playbook("ctrl-c.yml", [work("ctrl-c", 8), seen]);
  const live = rig.start("play", name);
  await until(() => lines("ctrl-c") === 1, 20_000);
  await setTimeout(1000);
  live.child.kill("SIGINT");
  const cut = await live.done;
  expect(cut.code).toBe(130);
  expect(cut.stdout.replace(/\s+/g, " ")).toMatch(
    /goes on as job [0-9a-f]{20} of box, and is not followed any more: interrupted/,
  );
  expect(cut.stdout.replace(/\s+/g, " ")).toContain("run the play again: it finds the job");
  expect(lines("ctrl-c")).toBe(1);
  const run = await rig.play(name);
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["3 said complained"]);
  expect(lines("ctrl-c")).toBe(2);
});

it("is started once by two controllers at the same time: the lock lets one of them in", async () => {
  const name = playbook("two.yml", [work("two", 3)]);
  const runs = await Promise.all([rig.play(name), rig.play(name)]);
  expect(lines("two")).toBe(2);
  expect(runs.map(({ code }) => code).sort()).toEqual([0, 2]);
  expect(runs.find(({ code }) => code === 2)?.stdout).toContain("nothing was sent: box is held by run ");
  expect(jobsHere()).toEqual([]);
});

it("is started once also where there is no lock: a server that grants one session", async () => {
  const alone = await openRig({ config: ["MaxSessions 1"] });
  try {
    const note = join(alone.target, "two");
    const task = { shell: `echo started >>${note}; sleep 3; echo done >>${note}`, async: 300 };
    alone.write("two.yml", JSON.stringify([{ name: "Jobs", hosts: "all", tasks: [task] }]));
    const runs = await Promise.all([alone.play("two.yml"), alone.play("two.yml")]);
    expect(readFileSync(note, "utf8")).toBe("started\ndone\n");
    // Both follow it; one takes the outcome, and the other has it, too, or is told who did. Where the one session was free for the
    // lock after all, nothing was sent.
    expect(runs.filter(({ code }) => code === 0).length).toBeGreaterThanOrEqual(1);
    for (const run of runs.filter(({ code }) => code !== 0))
      expect(resultsOf(run).at(-1)?.reason).toMatch(/another run has taken its outcome|^nothing was sent: /);
  } finally {
    await alone.stop();
  }
});

it("is ended at its limit with all that it has started", async () => {
  const mark = `4${process.pid}${Math.floor(Math.random() * 1e5)}`;
  const name = playbook("late.yml", [{ shell: `sleep ${mark} & sleep ${mark}`, async: 2 }]);
  const run = await rig.play(name);
  expectExit(run, 2);
  expect(run.stdout).toContain("not done within the time limit of 2 s");
  expect(execFileSync("ps", ["axww", "-o", "args"], { encoding: "utf8" })).not.toContain(mark);
});

it("is left to itself with poll: 0, and waited for with job_status, also as another user", async () => {
  const tasks = [
    work("left", 4, {
      poll: 0,
      failed_when: undefined,
      become: true,
      become_user: "daemon",
      shell: "sleep 3; id -un; echo oops >&2",
    }),
    { job_status: "{{ it.job_id }}", become: true, become_user: "daemon", register: "early" },
    { job_status: { id: "{{ it.job_id }}", wait: 60 }, become: true, become_user: "daemon", register: "late" },
    {
      debug: { msg: "{{ it.finished }} {{ early.finished }} {{ late.finished }} {{ late.stdout }} {{ late.stderr }}" },
    },
  ].map((task) => Object.fromEntries(Object.entries(task).filter(([, value]) => value !== undefined)));
  const run = await rig.play(playbook("left.yml", tasks));
  expectExit(run, 0);
  expect(saidBy(run)).toEqual(["false false true daemon oops"]);
  const folders = ["/usr/sbin/.local/state/lab", "/var/tmp/lab-1", "/tmp/lab-1"].filter((path) =>
    existsSync(join(path, "jobs")),
  );
  expect(folders.length).toBe(1);
  for (const folder of folders) rmSync(folder, { recursive: true });
});

it("is not begun by a check", async () => {
  const run = await rig.play(playbook("check.yml", [work("check", 1)]), "--check");
  expectExit(run, 0);
  expect(lines("check")).toBe(0);
  expect(jobsHere()).toEqual([]);
});

it("refuses to restart the machine that it runs on, by any name", async () => {
  const run = await rig.play(playbook("reboot.yml", [{ reboot: {} }]));
  expectExit(run, 2);
  expect(run.stdout).toContain("this is the machine that lab runs on");
});
