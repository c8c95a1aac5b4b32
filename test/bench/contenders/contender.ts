import type { BenchHost } from "../hosts.ts";
import type { Command, TimedRun } from "../timed-process.ts";
import type { WorkItem } from "../workload.ts";

/** What is to be measured once: one workload, on so many hosts. */
export interface Cell {
  readonly tasks: number;
  /** As many as tasks. */
  readonly items: readonly WorkItem[];
  readonly hosts: readonly BenchHost[];
  /** A folder of the contender's own. */
  readonly folder: string;
  /** OpenSSH's configuration for the hosts: by their names, at the far end of the line. */
  readonly sshConfig: string;
}

/** What a run says it has done, on all hosts together; null: it does not say. */
export interface Told {
  readonly changed: number | null;
  /** By name: what it counts of its own doings. */
  readonly counts: Readonly<Record<string, number>>;
}

export interface Call {
  readonly command: Command;
  /** What it tells; throws where it has failed. */
  read(run: TimedRun): Told;
  /** What it leaves running, such as connections kept for later: ended, outside of the time that is taken. */
  after?(): void;
}

/** A way to bring hosts to a state. */
export interface Contender {
  readonly name: string;
  /** Why it cannot be measured here; null: it can. */
  missing(): string | null;
  version(): string;
  /** Writes what it needs. The first run and the converged one are made by the same call, unless it tells them apart. */
  prepare(cell: Cell): { readonly first: Call; readonly converged: Call };
}

export class Failed extends Error {}

export function succeeded(run: TimedRun, name: string): TimedRun {
  if (run.code === 0) return run;
  throw new Failed(`${name} ended with ${run.code}:\n${run.stdout.slice(-2000)}\n${run.stderr.slice(-2000)}`);
}
