import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import { decodeReply } from "../../../engine/ops/decode-reply.ts";
import type { WriteOp } from "../../../engine/ops/ir.ts";
import { type Claim, type Holder, holderText } from "../../../engine/ops/lock/holder-text.ts";
import { batchOf, randomIds, runScript, shells, until } from "../../support/shell-run.ts";

let folder = "";
let claimed: Claiming[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "lab's lock "));
  mkdirSync(join(folder, "lock"));
  claimed = [];
});
afterEach(() => {
  for (const { child } of claimed) child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
});

interface Claiming {
  readonly child: ChildProcess;
  said(): string;
  /** Its first line without the nonce, once there is one. */
  answer(): Promise<string>;
  readonly ended: Promise<void>;
}

const nonce = "0123456789abcdef";
const env = () => ({ PATH: process.env.PATH ?? "", HOME: folder, LAB_LOCK_FOLDER: join(folder, "lock") });

function claim(shell: string, runId: string, more: Partial<Claim> = {}): Claiming {
  const [program = shell, ...words] = shell.split(" ");
  const child = spawn(program, words, { env: env(), stdio: "pipe" });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  child.stdin.on("error", () => {});
  const since = "2026-01-02T03:04:05.000Z";
  child.stdin.write(holderText({ runId, who: "ann@laptop", since, pid: 77, before: null, ...more }, nonce));
  const claiming: Claiming = {
    child,
    said: () => text,
    answer: async () => {
      await until(() => text.includes("\n"), 20_000);
      return text.split("\n")[0]?.replace(`${nonce} `, "") ?? "";
    },
    ended: new Promise((resolve) => void child.once("close", () => resolve())),
  };
  claimed.push(claiming);
  return claiming;
}

async function holderOf(claiming: Claiming): Promise<Holder> {
  const [word, pid, born] = (await claiming.answer()).split(" ");
  expect(word).toBe("held");
  return { pid: Number(pid), born: Number(born), folder: join(folder, "lock") };
}

const touch = (name: string): WriteOp => write.file(join(folder, name), "x");
async function send(shell: string, operations: readonly WriteOp[], holder: Holder) {
  const batch = { ...batchOf(operations, { stopAtFailure: true }), lock: holder };
  const compiled = compileShell(batch, { ids: randomIds, shell });
  const channel = await runScript(compiled, compiled.script, { env: env() });
  return decodeReply(batch, compiled, channel.stdout, channel.stderr, channel.exit);
}

describe.each(shells)("the lock of a machine in %s", (shell) => {
  it("is one run's alone, says whose, and is free when the channel ends", async () => {
    const first = claim(shell, "run-1");
    expect(await first.answer()).toMatch(/^held \d+ \d+ - - \/.*lock$/);
    const second = claim(shell, "run-2");
    await second.ended;
    expect(second.said()).toMatch(
      new RegExp(`^${nonce} busy \\d+ flock\nrun-1\nann@laptop\n2026-01-02T03:04:05.000Z\n77\n\\.\n$`),
    );
    first.child.stdin?.end();
    await first.ended;
    expect(await claim(shell, "run-2").answer()).toMatch(/^held /);
  });

  it("is free at once when its controller is gone, without a word", async () => {
    const first = claim(shell, "run-1");
    await first.answer();
    // What a channel that dies looks like from here.
    first.child.stdin?.destroy();
    await until(() => first.child.exitCode !== null);
    expect(await claim(shell, "run-2").answer()).toMatch(/^held /);
  });

  it("is held by a process of a foreign program, too, which is named", async () => {
    const other = spawn("flock", [join(folder, "lock"), "sleep", "30"], { stdio: "ignore", detached: true });
    await setTimeout(300);
    const { ended, said } = claim(shell, "run-1");
    await ended;
    // The whole group: flock and its sleep.
    if (other.pid !== undefined) process.kill(-other.pid, "SIGKILL");
    expect(said()).toBe(`${nonce} busy ${other.pid} flock\n.\n`);
  });

  it("is taken from an earlier channel of the same run, which the host has not missed yet", async () => {
    const lost = claim(shell, "run-1");
    const before = await holderOf(lost);
    const wrong = { ...before, born: (before.born ?? 0) + 1 };
    const stranger = claim(shell, "run-1", { before: wrong });
    expect(await stranger.answer()).toMatch(/^busy /);
    expect(await claim(shell, "run-1", { before }).answer()).toMatch(/^held /);
  });

  it("lets a script write while its holder lives, and not one byte afterwards", async () => {
    const first = claim(shell, "run-1");
    const holder = await holderOf(first);
    expect(await send(shell, [touch("a")], holder)).toMatchObject({ replies: [[{ kind: "done" }]] });
    expect(existsSync(join(folder, "a"))).toBe(true);
    first.child.stdin?.end();
    await first.ended;
    const late = await send(shell, [touch("b"), write.exec(["touch", join(folder, "c")])], holder);
    expect(late).toMatchObject({ replies: [[{ kind: "not-run" }, { kind: "not-run" }]], unlocked: true });
    expect([existsSync(join(folder, "b")), existsSync(join(folder, "c"))]).toEqual([false, false]);
  });

  it("waits for a script whose controller was killed, to its end, but not for what that has started and left", async () => {
    const first = claim(shell, "run-1");
    const holder = await holderOf(first);
    const started = performance.now();
    const left = [
      "sh",
      "-c",
      `(sleep 60) >/dev/null 2>&1 </dev/null & sleep 2; touch '${folder.replaceAll("'", "'\\''")}/done'`,
    ];
    const sent = send(shell, [write.exec(left)], holder);
    await setTimeout(500);
    first.child.stdin?.end();
    await first.ended;
    const second = claim(shell, "run-2");
    expect(await second.answer()).toMatch(/^held /);
    expect(existsSync(join(folder, "done"))).toBe(true);
    expect(performance.now() - started).toBeLessThan(12_000);
    expect((await sent).unlocked).toBeUndefined();
  });

  it("tells who has written since, and how long ago", async () => {
    const first = claim(shell, "run-1");
    await send(shell, [touch("a")], await holderOf(first));
    first.child.stdin?.end();
    await first.ended;
    const stamp = join(folder, "lock/last");
    expect(readFileSync(stamp, "utf8")).toBe("test-run\n");
    const seconds = statSync(stamp).mtimeMs / 1000 - 100;
    utimesSync(stamp, seconds, seconds);
    const second = claim(shell, "run-2");
    expect(await second.answer()).toMatch(/^held \d+ \d+ 10\d test-run \//);
    second.child.stdin?.end();
    await second.ended;
    // Of itself it knows.
    writeFileSync(stamp, "run-3\n");
    expect(await claim(shell, "run-3").answer()).toMatch(/^held \d+ \d+ - - \//);
  });

  it("goes without where the machine has no flock, and says so", async () => {
    const text = holderText({ runId: "r", who: "a@b", since: "x", pid: 1, before: null }, nonce).replace(
      /^PATH=\S+/m,
      "PATH=/nowhere",
    );
    const [program = shell, ...words] = shell.split(" ");
    const child = spawn(program, words, { stdio: "pipe" });
    child.stdin.end(text);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString();
    });
    await new Promise((resolve) => child.once("close", resolve));
    expect(said).toBe(`${nonce} none flock\n`);
  });
});
