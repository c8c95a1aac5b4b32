import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { expectExit, recapOf } from "../../support/e2e-events.ts";
import { openRig, type Rig } from "../../support/e2e-rig.ts";

// Folders, contents and cron jobs in equal parts, as most of a homelab's tasks are.
const tasks = 51;
const marker = "lab-counts-test";

let rig: Rig;
beforeAll(async () => {
  rig = await openRig();
  const list = Array.from({ length: tasks }, (_, index) => {
    const name = `${marker}-${index}`;
    const path = join(rig.target, String(index));
    if (index % 3 === 0) return { file: { path, state: "directory", mode: "0750" } };
    if (index % 3 === 1) return { copy: { dest: path, content: `text ${index}\n`, mode: "0640" } };
    return { cron: { name, file: name, schedule: "0 4 * * *", job: "true" } };
  });
  rig.write("fifty.yml", JSON.stringify([{ name: "Fifty", hosts: "all", tasks: list }]));
});
afterAll(async () => {
  for (const name of readdirSync("/etc/cron.d").filter((each) => each.startsWith(marker)))
    rmSync(join("/etc/cron.d", name));
  await rig?.stop();
});

const sessions = () =>
  rig.sshd
    .log()
    .split("\n")
    .filter((line) => line.includes("Starting session:")).length;

it("asks a converged host about fifty tasks in a few trips and few processes, and counts both as they are", async () => {
  expectExit(await rig.play("fifty.yml"), 0);
  const before = sessions();
  const trace = await strace(rig.sshd.pid, join(rig.folder, "trace"));
  const run = await rig.play("fifty.yml");
  const started = await trace.stop();
  expectExit(run, 0);
  const { changed, roundTrips, forks, ok } = recapOf(run);
  expect([changed, ok]).toEqual([0, tasks]);
  expect(sessions() - before).toBe(roundTrips);
  expect(roundTrips).toBeLessThanOrEqual(3);
  expect(forks).toBeLessThanOrEqual(tasks / 2 + 20);
  expect(started).toBeLessThanOrEqual(Math.min(forks * 1.2, tasks / 2 + 20));
  // The count means something: it is not far above what happened either.
  expect(started).toBeGreaterThan(roundTrips);
});

interface Trace {
  /** Ends it; the number of processes that were started below the login shells of the sessions. */
  stop(): Promise<number>;
}

/** Follows sshd and all that it starts. */
async function strace(pid: number, file: string): Promise<Trace> {
  mkdirSync(join(file, ".."), { recursive: true });
  const args = [
    "-f",
    "-qq",
    "-o",
    file,
    "-e",
    "trace=clone,clone3,fork,vfork,execve",
    "-e",
    "signal=none",
    "-p",
    String(pid),
  ];
  const child: ChildProcess = spawn("strace", args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  for (let waited = 0; !/TracerPid:\t[1-9]/.test(readFileSync(`/proc/${pid}/status`, "utf8")); waited += 10) {
    if (waited > 5_000) throw new Error("strace does not attach to sshd");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      return startedInSessions(readFileSync(file, "utf8"));
    },
  };
}

/** Processes whose parents are a session's login shell or come from one: what sshd forks for itself is not ours. */
function startedInSessions(trace: string): number {
  const ours = new Set<string>();
  let count = 0;
  for (const line of trace.split("\n")) {
    const pid = line.split(" ")[0] ?? "";
    // The login shell, started by sshd with the command of a channel.
    if (/ execve\(.*\["[^"]*", "-c", "sh -c /.test(line)) ours.add(pid);
    const child = /(?:clone|clone3|fork|vfork)(?:\(| resumed).* = (\d+)$/.exec(line)?.[1];
    if (child === undefined || !ours.has(pid)) continue;
    ours.add(child);
    count += 1;
  }
  return count;
}
