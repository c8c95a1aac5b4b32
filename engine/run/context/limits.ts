/** How many hosts work at the same time, where each of them goes on at its own pace. */
export interface Limits {
  /** Does a job when there is room: at most `throttle` of one task (0: as many as like), and as many as there are forks in all. */
  run<T>(task: string, throttle: number, job: () => Promise<T>): Promise<T>;
}

export function createLimits(forks: number): Limits {
  const all = createGate(forks);
  const ofTasks = new Map<string, Gate>();
  return {
    async run(task, throttle, job) {
      if (throttle <= 0 || throttle >= forks) return all(job);
      const gate = ofTasks.get(task) ?? createGate(throttle);
      ofTasks.set(task, gate);
      // Who waits for the task's gate must not stand in the way of those at other tasks: the forks come last.
      return gate(() => all(job));
    },
  };
}

type Gate = <T>(job: () => Promise<T>) => Promise<T>;

/** Lets at most so many through at a time, in the order in which they came. */
function createGate(limit: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (job) => {
    if (inside >= limit) await new Promise<void>((resolve) => waiting.push(resolve));
    else inside += 1;
    try {
      return await job();
    } finally {
      const next = waiting.shift();
      // The place is handed on, so that nobody who comes just now gets in between.
      if (next) next();
      else inside -= 1;
    }
  };
}
