import type { PlainEntry } from "../../plan/task.ts";
import type { VarsLayer } from "../../vars/layer.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { flagOf } from "./flag-of.ts";

/** Whether only the first of the hosts runs it. With strategy free there is no first one: each runs it. */
export function runsOnce(
  context: RunContext,
  play: RunningPlay,
  first: HostRun,
  entry: Pick<PlainEntry, "context" | "source">,
): boolean {
  const module = entry.source.kind === "task" ? context.modules.get(entry.source.module) : undefined;
  if (!play.free && module?.kind === "controller" && module.once === true) return true;
  return !play.free && flagOf(context, play, first, entry, "run_once");
}

/** What the first host has registered and set holds for the others, and so does what that hangs on. `before`: as it was. */
export function shareResult(first: HostRun, before: VarsLayer, others: readonly HostRun[]): void {
  const fresh = [...first.runtime.variables].filter(([name, variable]) => before.variables.get(name) !== variable);
  for (const other of others) {
    other.runtime = { ...other.runtime, variables: new Map([...other.runtime.variables, ...fresh]) };
    for (const [name] of fresh) {
      const causes = first.hanging.get(name);
      if (causes) other.hanging.set(name, causes);
      else other.hanging.delete(name);
    }
  }
}
