import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { read, write } from "../../../engine/ops/build.ts";
import { compileShell } from "../../../engine/ops/compile-shell.ts";
import type { Operation } from "../../../engine/ops/ir.ts";
import { batchOf, installed, randomIds, runBatch, shells } from "../../support/shell-run.ts";

const folder = mkdtempSync(join(tmpdir(), "lab-forks-"));
const at = (name: string): string => join(folder, name);
for (let index = 0; index < 100; index++) writeFileSync(at(`f${index}`), `content ${index}\n`);

interface Cost {
  readonly counted: number;
  readonly bound: number;
  /** What the kernel saw, without what the watchdog does each second. */
  readonly started: number;
}

async function cost(shell: string, operations: readonly Operation[]): Promise<Cost> {
  const trace = join(mkdtempSync(join(tmpdir(), "lab-trace-")), "trace");
  // Its own: what other tests leave would be swept, and counted.
  const scratch = mkdtempSync(join(tmpdir(), "lab-scratch-"));
  const login = [
    "strace",
    "-f",
    "--seccomp-bpf",
    "-qq",
    "-o",
    trace,
    "-e",
    "trace=fork,vfork,clone,clone3,execve",
    "sh",
    "-c",
  ];
  const { forks: counted } = await runBatch(batchOf(operations), { shell, login, scratch: [scratch] });
  const lines = readFileSync(trace, "utf8").split("\n");
  const forks = lines.flatMap((line) => {
    const [, parent, child] = /^(\d+) .*(?:fork|clone3?)\b.*= ([1-9]\d*)$/.exec(line) ?? [];
    return parent === undefined ? [] : [{ parent, child }];
  });
  const sleepers = new Set(lines.filter((line) => /execve\(.*"sleep"/.test(line)).map((line) => line.split(" ", 1)[0]));
  const watchdogs = new Set(forks.filter(({ child }) => sleepers.has(child)).map(({ parent }) => parent));
  const started = forks.filter(({ parent }) => !watchdogs.has(parent)).length;
  return { counted, bound: compileShell(batchOf(operations), { ids: randomIds, shell }).forks, started };
}
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe.concurrent.each(installed("strace") ? shells : [])("%s", (shell) => {
  it.each<[string, (count: number) => readonly Operation[]]>([
    ["stat", (count) => many(count, (index) => read.stat(at(`f${index % 100}`)))],
    ["stat with hash", (count) => many(count, (index) => read.stat(at(`f${index % 100}`), { sha256: true }))],
    ["file", (count) => many(count, (index) => read.text(at(`f${index % 100}`)))],
    ["list", (count) => many(count, () => read.list(folder))],
    ["nothing there", (count) => many(count, (index) => read.text(at(`none${index}`)))],
  ])("%s: as many processes for 200 as for 10", async (_, operations) => {
    const few = await cost(shell, operations(10));
    const lots = await cost(shell, operations(200));
    expect(lots.counted).toBe(few.counted);
    // The watchdog may or may not get to its first sleep.
    expect(Math.abs(lots.started - few.started)).toBeLessThanOrEqual(1);
    expect(lots.started).toBeLessThanOrEqual(11);
  });

  it("counts what it starts, and knows before how many there can be", async () => {
    const mixed = [
      ...many(5, (index) => read.exec(["cat"], { stdin: String(index) })),
      ...many(3, (index) => read.stat(at(`f${index}`))),
      write.text(at("new"), "text"),
      write.text(at("f1"), "text", { mode: "0600" }),
      write.mkdir(at("folder"), { parents: true }),
      write.remove(at("folder")),
      write.symlink(at("link"), "target"),
      write.attributes(at("f2"), { mode: "0600" }),
    ];
    const { counted, bound, started } = await cost(shell, mixed);

    // busybox starts its own applets without a process of their own now and then.
    expect(counted).toBeGreaterThanOrEqual(started - 2);
    expect(counted).toBeLessThanOrEqual(started + 3);
    expect(bound).toBeGreaterThanOrEqual(counted);
    expect(
      (
        await cost(
          shell,
          many(30, () => read.exec(["true"])),
        )
      ).counted,
    ).toBeLessThanOrEqual(30 + 7);
  });
});

it.each(shells)("%s answers without waiting for its watchdog", async (shell) => {
  // Its sleep is one second: ten batches that wait for it take ten at least. The bound is a time limit of behaviour, not of speed.
  const begun = performance.now();
  for (let round = 0; round < 10; round++) await runBatch(batchOf([read.exec(["true"])]), { shell });
  expect(performance.now() - begun).toBeLessThan(9_500);
});
