import type { Task } from "../../plan/task.ts";
import type { Outcome } from "../outcome/outcome.ts";

/** Who is asked before a task runs: an earlier run that it goes on after (`--resume`), and the user (`--step`). */
export interface Passing {
  /** What an earlier run has made of it on this host, so that it is not looked at again. Null: it runs. */
  recall(host: string, task: Task): Recalled | null;
  /** Asked once for each task, for all its hosts. False: it is left out. */
  mayRun(task: Task, name: string): Promise<boolean>;
  /** It was answered no. A handler that nobody wanted to run still has to. */
  declined(taskId: string): boolean;
}
export interface Recalled {
  readonly run: string;
  /** As it was told then: what it registers is what it was. */
  readonly outcome: Outcome;
}
