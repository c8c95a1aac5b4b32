import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { leftovers, scratchFolders, temporaryFiles } from "../../support/e2e-leftovers.ts";
import { openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { signal } from "../../support/sshd.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

let rig: Rig;
let user: TestUser;
beforeAll(async () => {
  rig = await openRig();
  // A user of its own, so that the scratch folders beside ours are not those of other runs on this machine.
  user = makeUser();
  rig.reachAs(user.name);
});
afterAll(async () => {
  await rig?.stop();
  user?.remove();
});
const here = (name: string) => join(rig.target, "work", name);
beforeEach(() => mkdirSync(join(rig.target, "work"), { recursive: true }));

/** A file whose new content waits beside it for a command that has the last word, which waits for `NAME.go`. */
const slow = (name: string) => ({
  copy: {
    dest: here(name),
    content: `new ${name}\n`,
    validate: [
      "sh",
      "-c",
      `: >${here(name)}.started; n=0; while [ ! -e ${here(name)}.go ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done`,
      "{}",
    ],
  },
});
const playbook = (tasks: readonly unknown[]) => JSON.stringify([{ name: "Files", hosts: "all", tasks }]);
/** To the user who logs in. */
function give(path: string): void {
  execFileSync("chown", [user.name, path]);
}
async function until(holds: () => boolean, what: string): Promise<void> {
  for (let waited = 0; !holds(); waited += 20) {
    if (waited > 20_000) throw new Error(`${what} did not happen within 20 s`);
    await setTimeout(20);
  }
}
const temporaryOf = (name: string) => temporaryFiles(rig.target).filter((path) => path.includes(`.${name}.lab-`));

/** The shells that run a script: they note their number in their scratch folder. */
const shellsOf = (scratch: readonly string[]): readonly number[] =>
  scratch.flatMap((folder) => {
    const note = join(folder, "pid");
    return existsSync(note) ? [Number(readFileSync(note, "utf8").split(" ")[0])] : [];
  });

async function parsed(live: ReturnType<Rig["start"]>): Promise<PlayRun> {
  const done = await live.done;
  return {
    ...done,
    events: done.stdout
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  };
}

it("says what is unknown when the host's shell dies under it; the next run that applies clears up, one that looks does not", async () => {
  writeFileSync(here("a"), "old a\n");
  rig.write("a.yml", playbook([slow("a"), { copy: { dest: here("after"), content: "never\n" } }]));
  rig.write("harmless.yml", playbook([{ command: { argv: ["true"] } }]));
  rig.write("b.yml", playbook([slow("b")]));
  writeFileSync(here("b"), "old b\n");
  for (const name of ["a", "b"]) give(here(name));
  give(join(rig.target, "work"));

  const live = rig.start("play", "a.yml", "--format", "jsonl");
  await until(() => existsSync(here("a.started")), "the validation of a");
  const scratch = scratchFolders(rig);
  const [shell] = shellsOf(scratch);
  expect(shell).toBeGreaterThan(1);
  signal(shell ?? 0, "SIGKILL");
  const run = await parsed(live);
  expectExit(run, 2);
  const [result] = resultsOf(run);
  expect(result).toMatchObject({ status: "failed", changed: true });
  expect(result?.reason).toMatch(/^the connection was lost in the middle.*: whether ".*\/a.*" happened is unknown/);
  expect(result?.hint).toContain("run again");
  expect([readFileSync(here("a"), "utf8"), existsSync(here("after"))]).toEqual(["old a\n", false]);
  // It could not clear up behind itself, or the next lines would show nothing.
  expect([temporaryOf("a").length, scratchFolders(rig).length]).toEqual([1, 1]);

  expectExit(await rig.play("harmless.yml", "--check"), 0);
  expect([temporaryOf("a").length, scratchFolders(rig).length]).toEqual([1, 1]);

  // The next run that applies does so as it begins; who comes while it is at work changes nothing.
  const other = rig.start("play", "b.yml", "--format", "jsonl");
  await until(() => existsSync(here("b.started")), "the validation of b");
  expect([temporaryOf("a"), temporaryOf("b").length]).toEqual([[], 1]);
  expect(scratchFolders(rig).filter((folder) => scratch.includes(folder))).toEqual([]);
  const refused = await rig.play("harmless.yml");
  expectExit(refused, 2);
  expect(resultsOf(refused)[0]?.reason).toContain("nothing was sent: box is held by run ");
  expect([temporaryOf("b").length, scratchFolders(rig).length]).toEqual([1, 1]);
  writeFileSync(here("b.go"), "");
  expectExit(await parsed(other), 0);
  expect(readFileSync(here("b"), "utf8")).toBe("new b\n");

  writeFileSync(here("a.go"), "");
  expectExit(await rig.play("a.yml"), 0);
  const again = await rig.play("a.yml");
  expect(recapOf(again)).toMatchObject({ changed: 0, failed: 0 });
  expect([readFileSync(here("a"), "utf8"), leftovers(rig)]).toEqual(["new a\n", []]);
});

it("clears up nothing of a run that is at work, where no lock keeps the two apart", async () => {
  const alone = await openRig({ config: ["MaxSessions 1"] });
  try {
    alone.reachAs(user.name);
    const work = join(alone.target, "work");
    mkdirSync(work);
    give(work);
    const at = (name: string) => join(work, name);
    const wait = `: >${at("started")}; n=0; while [ ! -e ${at("go")} ] && [ $n -lt 300 ]; do sleep 0.1; n=$((n+1)); done`;
    const task = { copy: { dest: at("d"), content: "new d\n", validate: ["sh", "-c", wait, "{}"] } };
    alone.write("d.yml", playbook([task]));
    alone.write("harmless.yml", playbook([{ command: { argv: ["true"] } }]));
    const other = alone.start("play", "d.yml", "--format", "jsonl");
    await until(() => existsSync(at("started")), "the validation of d");
    expectExit(await alone.play("harmless.yml"), 0);
    expect([temporaryFiles(alone.target).length, scratchFolders(alone).length]).toEqual([1, 1]);
    writeFileSync(at("go"), "");
    expectExit(await parsed(other), 0);
    expect([readFileSync(at("d"), "utf8"), leftovers(alone)]).toEqual(["new d\n", []]);
  } finally {
    await alone.stop();
  }
});

it("does not take a killed sshd session for success, and the next run goes on from there", async () => {
  // Root's session is a single process of sshd; that of another user would go on when its watching parent is killed.
  rig.reachAs("root");
  rig.write(
    "c.yml",
    playbook([
      { copy: { dest: here("first"), content: "1\n" } },
      slow("c"),
      { copy: { dest: here("last"), content: "3\n" } },
    ]),
  );
  const live = rig.start("play", "c.yml", "--format", "jsonl");
  await until(() => existsSync(here("c.started")), "the validation of c");
  for (const session of rig.sshd.sessions()) signal(session, "SIGKILL");
  const run = await parsed(live);
  expectExit(run, 2);
  expect(resultsOf(run).map(({ status }) => status)).toEqual(["changed", "failed"]);
  expect(resultsOf(run)[1]?.reason).toContain("is unknown");
  writeFileSync(here("c.go"), "");
  expectExit(await rig.play("c.yml"), 0);
  expect(
    readdirSync(join(rig.target, "work"))
      .filter((name) => ["first", "c", "last"].includes(name))
      .sort(),
  ).toEqual(["c", "first", "last"]);
  await until(() => leftovers(rig).length === 0, "the end of what was left");
});
