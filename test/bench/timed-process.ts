import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

export interface Command {
  readonly argv: readonly [string, ...string[]];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string;
}

export interface TimedRun {
  readonly ms: number;
  /** Processor time of it and of all that it has waited for: less at the mercy of what else the machine does. */
  readonly cpuMs: number;
  /** null: it took longer than the limit, and was ended. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** The most memory it ever held, looked up while it ran; null where nobody asked. */
  readonly peakBytes: number | null;
}

const live = new Set<ChildProcess>();

/** Somebody wants it to end; what was started is taken away on the way out. */
export class Interrupted extends Error {}

let interrupted = false;

/** Ends what runs, with all that it has started, and lets nothing begin any more. */
export function interrupt(): void {
  interrupted = true;
  for (const child of live) endGroup(child);
}

/** From the start of the process to its end, all of its output read. */
export function timedProcess(
  { argv: [program, ...words], cwd, env, stdin }: Command,
  { limitMs = 600_000, watchMemory = false }: { readonly limitMs?: number; readonly watchMemory?: boolean } = {},
): Promise<TimedRun> {
  return new Promise((resolve, reject) => {
    if (interrupted) throw new Interrupted();
    const begin = process.hrtime.bigint();
    // A group of its own: what it has started ends with it. A small environment: what a user has set for node or for ssh
    // would be part of some figures and not of others.
    const child = spawn(program, words, { cwd, env: env ?? { PATH: process.env.PATH }, stdio: "pipe", detached: true });
    live.add(child);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    // It may end before it has read all: that is told by its exit code.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
    const cpuBefore = childrenCpuMs();
    let [ended, cpuMs] = [0n, 0];
    let tooLong = false;
    let peakBytes: number | null = null;
    const limit = setTimeout(() => {
      tooLong = true;
      endGroup(child);
    }, limitMs);
    const watch = watchMemory
      ? setInterval(() => {
          peakBytes = Math.max(peakBytes ?? 0, peakOf(child.pid) ?? 0);
        }, 50)
      : undefined;
    const settle = (): void => {
      clearTimeout(limit);
      clearInterval(watch);
      live.delete(child);
    };
    child.once("error", (error) => {
      settle();
      reject(error);
    });
    // The time is taken when it exits: a helper that it leaves behind may hold its output open for longer.
    child.once("exit", () => {
      ended = process.hrtime.bigint();
      cpuMs = childrenCpuMs() - cpuBefore;
    });
    child.once("close", (code) => {
      settle();
      if (interrupted) reject(new Interrupted());
      resolve({
        ms: Number(ended - begin) / 1e6,
        cpuMs,
        code: tooLong ? null : (code ?? 1),
        stdout: Buffer.concat(stdout).toString("utf8"),
        stderr: Buffer.concat(stderr).toString("utf8"),
        peakBytes,
      });
    });
  });
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has gone by itself.
  }
}

/** Of the children that have ended so far: one is measured at a time. In hundredths of a second, as Linux counts. */
function childrenCpuMs(): number {
  const stat = readFileSync("/proc/self/stat", "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[13]) + Number(fields[14])) * 10;
}

/** Linux' own high-water mark, so that no peak between two looks is missed. */
function peakOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}
