import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, inject, it } from "vitest";

let site = "";
beforeAll(() => {
  site = mkdtempSync(join(tmpdir(), "lab-syncs-"));
});
afterAll(() => rmSync(site, { recursive: true, force: true }));

/** What the kernel was asked for while all of it ran, in order, with the files' names. */
function traced(hosts: number, tasks: number): readonly string[] {
  const names = Array.from({ length: hosts }, (_, index) => [`h${index}`, {}]);
  const inventory = { all: { vars: { lab_connection: "lab" }, hosts: Object.fromEntries(names) } };
  const list = Array.from({ length: tasks }, (_, index) => ({ copy: { dest: `/etc/f${index}`, content: "x\n" } }));
  writeFileSync(join(site, "lab.yml"), "inventory: hosts.yml\n");
  writeFileSync(join(site, "hosts.yml"), JSON.stringify(inventory));
  writeFileSync(join(site, "site.yml"), JSON.stringify([{ hosts: "all", tasks: list }]));
  rmSync(join(site, ".lab"), { recursive: true, force: true });
  const trace = join(site, "trace");
  const calls = ["-f", "-qq", "-y", "-s", "400", "-e", "signal=none", "-e", "trace=write,fsync,fdatasync"];
  const command = [process.execPath, join(inject("lab"), "bin/lab.js"), "play", "site.yml", "--forks", `${hosts}`];
  execFileSync("strace", [...calls, "-o", trace, ...command], { cwd: site, stdio: "pipe" });
  return readFileSync(trace, "utf8").split("\n");
}

const ofJournal = /^\d+ +fsync\(\d+<[^>]*\/\.lab\/runs\/[^>]*>/;
const ofLab = /^\d+ +fdatasync\(\d+<[^>]*\/\.lab\/world\.json/;

it("syncs for all hosts that change at the same moment together", () => {
  const [hosts, tasks] = [40, 4];
  const calls = traced(hosts, tasks);
  const changes = calls.filter((call) => call.includes("/.lab/runs/") && call.includes('\\"state\\":\\"intent\\"'));
  expect(changes).toHaveLength(hosts * tasks);
  const syncs = calls.filter((call) => ofJournal.test(call));
  // One before each task is sent at least, and more for hosts that come later and for outcomes: each for itself they would be two a change.
  expect(syncs.length).toBeGreaterThanOrEqual(tasks);
  expect(syncs.length).toBeLessThan(hosts * tasks);
});

it("has the intent of each step on the disk before it is sent, and the outcome of the last one at the end", () => {
  const calls = traced(1, 3);
  // Intents that are not on the disk, and how many of them the sync of a thread that is still under way will leave.
  let waiting = 0;
  const underWay = new Map<string, number>();
  let sent = 0;
  for (const call of calls) {
    const [thread = ""] = call.split(" ");
    const resumed = call.includes("<... fsync resumed>") ? underWay.get(thread) : undefined;
    if (call.includes("/.lab/runs/") && call.includes('\\"state\\":\\"intent\\"')) waiting += 1;
    else if (ofJournal.test(call)) {
      if (call.includes("<unfinished")) underWay.set(thread, waiting);
      else waiting = 0;
    } else if (resumed !== undefined) {
      waiting -= resumed;
      underWay.delete(thread);
    } else if (ofLab.test(call)) {
      sent += 1;
      expect(waiting).toBe(0);
    }
  }
  expect(sent).toBeGreaterThanOrEqual(2);
  const last = calls.findLastIndex((call) => call.includes("/.lab/runs/") && call.includes("write("));
  expect(calls.slice(last).some((call) => ofJournal.test(call))).toBe(true);
});
