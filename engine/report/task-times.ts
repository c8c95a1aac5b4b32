import type { ResultEvent } from "../run/events.ts";

/** How long a task took on all its hosts together, and where it took longest. */
export interface TaskTime {
  readonly name: string;
  readonly hosts: number;
  readonly totalMs: number;
  readonly slowest: string;
  readonly slowestMs: number;
}
export interface TaskTimes {
  on(event: ResultEvent): void;
  /** The longest first: what a play waits for is its slowest host. */
  longest(most: number): readonly TaskTime[];
}

export function createTaskTimes(): TaskTimes {
  const tasks = new Map<string, TaskTime>();
  return {
    on({ taskId, kind, name, role, host, durationMs }) {
      if (kind === "item") return;
      const known = tasks.get(taskId);
      const slower = known === undefined || durationMs > known.slowestMs;
      tasks.set(taskId, {
        name: known?.name ?? (role === undefined ? name : `[${role}] ${name}`),
        hosts: (known?.hosts ?? 0) + 1,
        totalMs: (known?.totalMs ?? 0) + durationMs,
        slowest: slower ? host : known.slowest,
        slowestMs: slower ? durationMs : known.slowestMs,
      });
    },
    longest: (most) => [...tasks.values()].sort((left, right) => right.slowestMs - left.slowestMs).slice(0, most),
  };
}
