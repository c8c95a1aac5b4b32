import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { keepCrontab } from "../../support/e2e-crontab.ts";
import { expectExit, expectForetold, resultsOf } from "../../support/e2e-events.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { snapshot } from "../../support/e2e-snapshot.ts";
import { layDown, oddName, startState } from "../../support/e2e-start-states.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
  rig.write("templates/page.hbs", "# {{ name }}\n{{#each list}}\nitem {{ this }}\n{{/each}}\n");
  rig.write("files/blob", Buffer.from([0, 255, 1, 10, 13]));
});
afterAll(() => rig?.stop());

type Task = Readonly<Record<string, unknown>>;
const PATH = "PATH";
const playbook = (tasks: readonly Task[]) => JSON.stringify([{ name: "Modules", hosts: "all", tasks }]);
/** What became of each task; of those that failed also why. */
const statuses = (run: PlayRun) =>
  resultsOf(run).map(({ taskId, status, reason }) => ({ taskId, status, reason: status === "failed" ? reason : null }));

/** Check writes nothing and foretells; the run does that; and then nothing is left to do but what was refused before. */
async function converges(tasks: readonly Task[], certain = tasks.length): Promise<PlayRun> {
  rig.write("modules.yml", playbook(tasks.map((task) => ({ ...task, ignore_errors: true }))));
  const before = snapshot([rig.target]);
  const check = await rig.play("modules.yml", "--check", "--diff");
  expectExit(check, check.code === 2 ? 2 : 0);
  expect(snapshot([rig.target])).toEqual(before);
  const run = await rig.play("modules.yml");
  expectExit(run, run.code === 2 ? 2 : 0);
  expectForetold(check, run);
  const refused = resultsOf(check).filter(({ status }) => status === "deferred");
  for (const { taskId, reason } of refused) {
    // Nothing here makes possible what is refused: the run must refuse it with the same words.
    const at = resultsOf(run).findIndex((result) => result.taskId === taskId);
    expect(resultsOf(run)[at]).toMatchObject({ status: "failed", reason });
    expect(at).toBeGreaterThanOrEqual(certain);
  }
  const again = await rig.play("modules.yml");
  const expected = statuses(run).map((each) => (each.status === "changed" ? { ...each, status: "ok" } : each));
  expect(statuses(again)).toEqual(expected);
  return run;
}

const ownership = fc.record(
  {
    mode: fc.constantFrom("0600", "0644", "0755", "0440"),
    owner: fc.constantFrom("root", "daemon", "33"),
    group: fc.constantFrom("root", "daemon"),
  },
  { requiredKeys: [] },
);
/** Tasks as data, for counterexamples to be read; `PATH` stands for where they act. */
const fileTask: fc.Arbitrary<Task> = fc.oneof(
  fc
    .record({
      state: fc.constantFrom("file", "directory"),
      own: ownership,
      force: fc.boolean(),
      recursive: fc.boolean(),
    })
    .map(({ state, own, force, recursive }) => ({
      file: { path: PATH, state, ...own, force, ...(force && { recursive }) },
    })),
  fc
    .record({ target: fc.constantFrom("elsewhere", "/etc/hostname", "with blank"), force: fc.boolean() })
    .map((given) => ({ file: { path: PATH, state: "link", ...given } })),
  fc.boolean().map((recursive) => ({ file: { path: PATH, state: "absent", recursive } })),
);
const copyTask: fc.Arbitrary<Task> = fc.oneof(
  fc
    .record({
      content: fc.constantFrom("one\n", "", "'$x' `y` \\ ü\n", "x\n".repeat(40_000)),
      own: ownership,
      strict: fc.boolean(),
    })
    .map(({ content, own, strict }) => ({
      copy: { dest: PATH, content, ...own, ...(strict && { validate: ["test", "-e", "{}"] }) },
    })),
  fc.constant({ copy: { dest: PATH, src: "blob", mode: "0644" } }),
  fc
    .constantFrom([], ["a", "b"])
    .map((list) => ({ template: { dest: PATH, src: "page.hbs" }, vars: { name: "page", list } })),
);
const lineTask: fc.Arbitrary<Task> = fc
  .record({
    regexp: fc.option(fc.constant("^key="), { nil: undefined }),
    place: fc.constantFrom({}, { insert_before: "BOF" }, { insert_after: "^other" }),
    absent: fc.boolean(),
    create: fc.boolean(),
  })
  .map(({ regexp, place, absent, create }) => ({
    line: absent
      ? { path: PATH, state: "absent", ...(regexp === undefined ? { line: "one" } : { regexp }) }
      : { path: PATH, line: "key=7", create, ...place, ...(regexp !== undefined && { regexp }) },
  }));
/** What a check cannot be certain of once any change is pending: commands, and looks that are commands. */
const uncertainTask: fc.Arbitrary<Task> = fc.constantFrom<Task>(
  { file: { path: PATH, follow: true, mode: "0640" } },
  { file: { path: PATH, follow: true, state: "directory", owner: "daemon" } },
  { command: { argv: ["touch", "--", PATH], creates: PATH } },
  { command: { argv: ["rm", "-rf", "--", PATH], removes: PATH } },
  { shell: { cmd: 'mkdir -p -- "$LAB_PATH"', creates: PATH }, environment: { LAB_PATH: PATH } },
);

/** The task at a place: every `PATH` in it replaced. */
function at(path: string, task: unknown): unknown {
  if (task === PATH) return path;
  if (Array.isArray(task)) return task.map((each) => at(path, each));
  if (typeof task !== "object" || task === null) return task;
  return Object.fromEntries(Object.entries(task).map(([key, value]) => [key, at(path, value)]));
}

it("file, copy, template, line, command and shell: from any state to the declared one, as foretold, and then no more", async () => {
  const cases = (task: fc.Arbitrary<Task>, count: number) =>
    fc.array(fc.tuple(startState, oddName, task), { minLength: count, maxLength: count });
  await fc.assert(
    // The uncertain last: past a command that is pending a check can refuse nothing for certain.
    fc.asyncProperty(
      cases(fc.oneof(fileTask, copyTask, lineTask), 24),
      cases(uncertainTask, 6),
      async (files, others) => {
        rmSync(rig.target, { recursive: true, force: true });
        mkdirSync(rig.target);
        const tasks = [...files, ...others].map(([state, name, task], index) => {
          // A folder for each: what one task does must not be what the next one starts from.
          const path = join(rig.target, String(index), name);
          layDown(path, state);
          return at(path, task) as Task;
        });
        await converges(tasks, files.length);
      },
    ),
    { numRuns: 3, endOnFailure: true },
  );
});

const crontab = keepCrontab("daemon");
const tables = [
  "",
  "# theirs\n\nMAILTO=x\n7 * * * *  true\n",
  "# lab: ours\n1 1 * * * old\n2 2 * * * theirs\n",
  "3 3 * * * job one\n",
];
const files = "/etc/cron.d/lab-modules-test";
afterEach(() => {
  crontab.restore();
  rmSync(files, { force: true });
});
const cronTask = fc
  .record({
    place: fc.constantFrom({ user: "daemon" }, { user: "daemon", file: "lab-modules-test" }),
    when: fc.constantFrom({ schedule: "5 4 * * 1-5" }, { special: "daily" }, { hour: "3", minute: "30" }),
    job: fc.constantFrom("job one", "date +%F >> /tmp/x", "echo 'a b' \"c\" $HOME"),
    env: fc.option(fc.constantFrom({ MAILTO: "" }, { PATH: "/bin:/usr/bin" }), { nil: undefined }),
    absent: fc.boolean(),
    disabled: fc.boolean(),
  })
  .map(
    ({ place, when, job, env, absent, disabled }): Task =>
      absent
        ? { cron: { name: "ours", state: "absent", ...place } }
        : { cron: { name: "ours", job, ...when, ...place, disabled, ...(env && { env }) } },
  );

it("cron: from any table to the declared one, as foretold, and then no more", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...tables),
      fc.array(cronTask, { minLength: 2, maxLength: 2 }),
      async (table, given) => {
        crontab.set(table);
        for (const task of given) {
          await converges([task]);
          const kept = table.split("\n").filter((line) => /theirs|MAILTO=x|true/.test(line));
          expect(crontab.text()?.split("\n") ?? []).toEqual(expect.arrayContaining(kept));
        }
      },
    ),
    { numRuns: 2, endOnFailure: true },
  );
});

it("sysctl: the running kernel and the file for the boot, apart", async () => {
  // Read by nothing that matters to a test machine, and writable also in a container with a network of its own.
  const [name, live] = writableParameter();
  const file = join(rig.target, "sysctl.conf");
  const wanted = live === "1" ? "0" : "1";
  try {
    await converges([{ sysctl: { name, value: Number(wanted), file } }]);
    expect(readParameter(name)).toBe(wanted);
    expect(readFileSync(file, "utf8")).toMatch(new RegExp(`^${name.replaceAll(".", "\\.")} *= *${wanted}$`, "m"));
    await converges([{ sysctl: { name, value: Number(live), boot: false } }]);
    expect(readParameter(name)).toBe(live);
    await converges([{ sysctl: { name, state: "absent", file } }]);
    expect(readdirSync(rig.target)).not.toContain("sysctl.conf");
  } finally {
    execFileSync("sysctl", ["-q", "-w", `${name}=${live}`]);
  }
});

function readParameter(name: string): string {
  return execFileSync("sysctl", ["-n", name], { encoding: "utf8" }).trim();
}

/** The first of some harmless switches that this kernel lets us write; a machine that has none fails the test. */
function writableParameter(): readonly [string, string] {
  for (const name of ["net.ipv4.conf.lo.log_martians", "net.ipv4.conf.default.log_martians", "vm.oom_dump_tasks"]) {
    try {
      const value = readParameter(name);
      execFileSync("sysctl", ["-q", "-w", `${name}=${value}`], { stdio: "ignore" });
      if (value === "0" || value === "1") return [name, value];
    } catch {
      // The next one.
    }
  }
  throw new Error("this kernel lets us write none of the parameters that the test knows");
}
