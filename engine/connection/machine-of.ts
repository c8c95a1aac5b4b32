import type { Target } from "./connection.ts";

/** The host at the beginning of the chain: the machine itself, on which all that is entered through it runs. */
export function machineOf(target: Target): Target {
  return target.door === undefined ? target : machineOf(target.door.node);
}
