import { execFileSync } from "node:child_process";
import { createCipheriv, createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { expectExit, recapOf, resultsOf } from "../../support/e2e-events.ts";
import { type LiveLab, openRig, type PlayRun, type Rig } from "../../support/e2e-rig.ts";
import { makeUser, type TestUser } from "../../support/sshd-user.ts";

const MB = 1024 * 1024;
const bytes = 64 * MB;
let rig: Rig;
let user: TestUser;
let folder: string;
const target = () => join(folder, "big");
beforeAll(async () => {
  rig = await openRig();
  user = makeUser();
  user.maySudo("ALL=(ALL) NOPASSWD: ALL");
  // Noise, the same each time: nothing on the way can make it smaller.
  const noise = createCipheriv("aes-128-ctr", Buffer.alloc(16, 7), Buffer.alloc(16));
  rig.write("files/big", noise.update(Buffer.alloc(bytes)));
  rig.write("files/small", "small\n");
  folder = join(rig.target, "to");
  for (const src of ["big", "small"]) {
    const copy = { src, dest: target(), mode: "0640" };
    rig.write(`${src}.yml`, JSON.stringify([{ name: "Big", hosts: "all", gather_facts: false, tasks: [{ copy }] }]));
  }
});
beforeEach(() => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  rig.reachAs("root");
});
afterAll(async () => {
  await rig?.stop();
  user?.remove();
});

const sha256 = (path: string) => createHash("sha256").update(readFileSync(path)).digest("hex");
const whole = () => expect(sha256(target())).toBe(sha256(join(rig.folder, "files/big")));
const reason = (run: PlayRun) => resultsOf(run)[0]?.reason ?? "";

/** The most memory that it has held, in MB, looked at until it ends. */
async function peak({ child, done }: LiveLab): Promise<number> {
  let most = 0;
  let running = true;
  void done.then(() => {
    running = false;
  });
  while (running) {
    const found = /VmHWM:\s+(\d+) kB/.exec(statusOf(child.pid));
    if (found) most = Number(found[1]) / 1024;
    await setTimeout(10);
  }
  expectExit(await done, 0);
  return most;
}
function statusOf(pid: number | undefined): string {
  try {
    return readFileSync(`/proc/${pid}/status`, "utf8");
  } catch {
    return "";
  }
}
/** Waits until this much of a file lies beside the target. */
async function arriving(size: number): Promise<void> {
  for (let tries = 0; tries < 6000; tries += 1) {
    if (readdirSync(folder).some((name) => (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0) > size))
      return;
    await setTimeout(5);
  }
  throw new Error("nothing arrives");
}

it("sends a file once, at what it weighs, without ever holding it, and nothing of it where it is there", async () => {
  const check = await rig.play("big.yml", "--check");
  expectExit(check, 0);
  expect([recapOf(check).bytesSent < MB, readdirSync(folder)]).toEqual([true, []]);
  const first = await rig.play("big.yml");
  expectExit(first, 0);
  whole();
  expect(statSync(target()).mode & 0o777).toBe(0o640);
  expect(recapOf(first).bytesSent).toBeGreaterThan(bytes);
  expect(recapOf(first).bytesSent).toBeLessThan(bytes + MB);
  const second = await rig.play("big.yml");
  expect(recapOf(second)).toMatchObject({ ok: 1, changed: 0, roundTrips: 1 });
  expect(recapOf(second).bytesSent).toBeLessThan(MB);
  rmSync(target());
  const big = await peak(rig.start("play", "big.yml"));
  rmSync(target());
  const small = await peak(rig.start("play", "small.yml"));
  expect(big - small).toBeLessThan(bytes / MB - 8);
});

it("goes as whom the task says, and is theirs", async () => {
  rig.reachAs(user.name);
  expectExit(await rig.play("big.yml", "-b"), 0);
  whole();
  expect(statSync(target()).uid).toBe(0);
});

it("tells a file that changes while it travels, and leaves nothing of it", async () => {
  const running = rig.start("play", "big.yml", "--format", "jsonl");
  await arriving(MB);
  utimesSync(join(rig.folder, "files/big"), new Date(), new Date());
  const ended = await running.done;
  const run = { ...ended, events: ended.stdout.split("\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line)])) };
  expectExit(run, 2);
  expect(reason(run)).toContain("files/big has changed while it was sent");
  expect(readdirSync(folder)).toEqual([]);
});

it("refuses before it sends what does not fit", async () => {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", folder]);
  try {
    const run = await rig.play("big.yml");
    expectExit(run, 2);
    expect(reason(run)).toMatch(/no room in \S+: it needs 67 MB, and 8 MB are free/);
    expect(recapOf(run).bytesSent).toBeLessThan(16 * MB);
    expect(readdirSync(folder)).toEqual([]);
  } finally {
    execFileSync("umount", [folder]);
  }
  expect(existsSync(target())).toBe(false);
});
