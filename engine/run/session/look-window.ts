import type { Ride } from "./host-session.ts";

/** How far a host looks ahead on the next trip. */
export interface Window {
  /** How many tasks, and how many of them that are expected to change something: what lies behind those will have to be looked at again. */
  reach(ride: Pick<Ride, "writes" | "disturbed">): { readonly tasks: number; readonly changes: number };
}

const fewestTasks = 8;

/**
 * It begins as wide as it may be: nothing is known of the host, and one look at everything tells where changes are to be
 * expected. A trip that writes looks as far as the next of them, which is as far as what it sees can count. One that only
 * looks should not have been necessary. If somebody else has written meanwhile, less is looked at in advance until that
 * stops; else a change that was expected has not come, and the next such trip passes by twice as many.
 */
export function openWindow(mostTasks: number): Window {
  let tasks = mostTasks;
  let changes = 1;
  return {
    reach({ writes, disturbed }) {
      if (writes) changes = 1;
      else {
        tasks = disturbed
          ? Math.min(mostTasks, Math.max(fewestTasks, Math.floor(tasks / 4)))
          : Math.min(mostTasks, tasks * 2);
        if (!disturbed) changes *= 2;
      }
      return { tasks, changes };
    },
  };
}
