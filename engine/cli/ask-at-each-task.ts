import type { Task } from "../plan/task.ts";
import type { Passing } from "../run/context/passing.ts";
import { printable } from "../text/printable.ts";
import type { Terminal } from "./answer-prompts.ts";

/**
 * `--step`: asks before each task whether it is to run. Enter means no, as in Ansible; `c` runs this one and all that come. Where
 * nobody answers any more (Ctrl-C, Ctrl-D) the run is interrupted.
 */
export function askAtEachTask(terminal: Terminal, interrupt: () => void): Pick<Passing, "mayRun" | "declined"> {
  const declined = new Set<string>();
  const answered = new Map<string, Promise<boolean>>();
  let [goesOn, over] = [false, false];
  // One question at a time: with strategy free hosts come to different tasks at once.
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (task: Task, name: string): Promise<boolean> => {
    if (goesOn || over) return goesOn;
    const role = task.context.role ? `${task.context.role.name} : ` : "";
    for (;;) {
      const answer = await terminal.ask(`Run "${printable(`${role}${name}`)}"? (N)o, (y)es, (c)ontinue`, false);
      if (answer === null) {
        over = true;
        interrupt();
        return false;
      }
      const word = answer.trim().toLowerCase();
      if (word === "" || word === "n" || word === "no") return false;
      if (word === "y" || word === "yes") return true;
      if (word === "c" || word === "continue") {
        goesOn = true;
        return true;
      }
    }
  };
  return {
    declined: (taskId) => declined.has(taskId),
    async mayRun(task, name) {
      const known = answered.get(task.id) ?? last.then(() => ask(task, name));
      answered.set(task.id, known);
      last = known;
      const wanted = await known;
      if (!wanted) declined.add(task.id);
      return wanted;
    },
  };
}
