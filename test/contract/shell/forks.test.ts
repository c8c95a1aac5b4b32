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
  /** What the kernel saw. */
  readonly started: number;
  /** What the watchdog may have started in that time: each second a sleep, and a look at how much a command has printed. */
  readonly watching: number;
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
    // As bash does: the login shell becomes the shell that reads the script.
    "sh",
    "-c",
    'eval "exec $0"',
  ];
  const begun = performance.now();
  const { forks: counted } = await runBatch(batchOf(operations), { shell, login, scratch: [scratch] });
  const lines = readFileSync(trace, "utf8").split("\n");
  const started = lines.filter((line) => /^\d+ .*(?:fork|clone3?)\b.*= [1-9]\d*$/.test(line)).length;
  const bound = compileShell(batchOf(operations), { ids: randomIds, shell }).forks;
  return { counted, bound, started, watching: 2 * Math.ceil((performance.now() - begun) / 1000) };
}
const many = <T>(count: number, make: (index: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, index) => make(index));

describe.concurrent.each(installed("strace") ? shells : [])("%s", (shell) => {
  it.each<[string, (count: number) => readonly Operation[]]>([
    ["stat", (count) => many(count, (index) => read.stat(at(`f${index % 100}`)))],
    [
      "stat with hash, and its content",
      (count) =>
        many(count, (index) => [
          read.stat(at(`f${index % 100}`), { sha256: true }),
          read.text(at(`f${index % 100}`)),
        ]).flat(),
    ],
    ["stat with hash", (count) => many(count, (index) => read.stat(at(`f${index % 100}`), { sha256: true }))],
    ["file", (count) => many(count, (index) => read.text(at(`f${index % 100}`)))],
    ["list", (count) => many(count, () => read.list(folder))],
    ["nothing there", (count) => many(count, (index) => read.text(at(`none${index}`)))],
  ])("%s: as many processes for 200 as for 10", async (_, operations) => {
    const few = await cost(shell, operations(10));
    const lots = await cost(shell, operations(200));
    expect(lots.bound).toBe(few.bound);
    expect(lots.counted).toBeLessThanOrEqual(lots.bound + lots.watching);
    expectTrue(shell, lots);
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
    const both = await cost(shell, mixed);
    expectTrue(shell, both);
    expect(both.counted).toBeLessThanOrEqual(both.bound + both.watching);

    const commands = await cost(
      shell,
      many(30, () => read.exec(["true"])),
    );
    expectTrue(shell, commands);
    expect(commands.counted).toBeLessThanOrEqual(30 + 7 + commands.watching);
  });
});

/**
 * The count is what happened. One less: the script was done before its watchdog came to its first pause. And busybox runs some
 * of its applets without a process of their own.
 */
function expectTrue(shell: string, { counted, started }: Cost): void {
  const without = shell.startsWith("busybox") ? 4 : 1;
  expect(counted).toBeGreaterThanOrEqual(started);
  expect(counted).toBeLessThanOrEqual(started + without);
}

it.each(shells)("%s answers without waiting for its watchdog", async (shell) => {
  // Its sleep is one second: ten batches that wait for it take ten at least. The bound is a time limit of behaviour, not of speed.
  const begun = performance.now();
  for (let round = 0; round < 10; round++) await runBatch(batchOf([read.exec(["true"])]), { shell });
  expect(performance.now() - begun).toBeLessThan(9_500);
});
