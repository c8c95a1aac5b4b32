import { unreachable } from "../../errors/bug.ts";
import type { PlannedEntry } from "../../plan/task.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { type Frame, knownTasks, type Upcoming, type Walk } from "../context/walk.ts";
import { runTask } from "../task/run-task.ts";
import { endAtTooManyFailures, endTogether } from "./end-together.ts";
import { notifier } from "./handlers.ts";
import { runBlock } from "./run-block.ts";
import { runInclude } from "./run-include.ts";
import { runMeta } from "./run-meta.ts";

/** The way through a play: the one place that knows what to do with each kind of entry. */
export function openWalk(context: RunContext, play: RunningPlay): Walk {
  const walk: Walk = {
    context,
    play,
    entries: (entries, hosts, frame, after) => runEntries(walk, entries, hosts, frame, after),
    handler: (handler, hosts, frame) => runEntry(walk, handler, hosts, frame, () => []),
  };
  return walk;
}

async function runEntries(
  walk: Walk,
  entries: readonly PlannedEntry[],
  hosts: readonly HostRun[],
  frame: Frame,
  after: Upcoming,
): Promise<void> {
  for (const [index, entry] of entries.entries()) {
    if (walk.context.interrupted()) return;
    const taking = hosts.filter((host) => host.state === "active" && !hasLeft(host, entry));
    if (taking.length === 0) continue;
    const upcoming: Upcoming = function* () {
      if (yield* knownTasks(entries.slice(index + 1))) yield* after();
    };
    await runEntry(walk, entry, taking, frame, upcoming);
  }
}

/** `meta: end_role` has taken it out of a role around this entry. */
function hasLeft({ endedRoles }: HostRun, { context }: PlannedEntry): boolean {
  return endedRoles.size > 0 && context.roleUses.some((use) => endedRoles.has(use));
}

async function runEntry(
  walk: Walk,
  entry: PlannedEntry,
  hosts: readonly HostRun[],
  frame: Frame,
  upcoming: Upcoming,
): Promise<void> {
  const { context, play } = walk;
  // With strategy free who has failed by now would hang on who is faster.
  if (!play.free) play.hosts = play.batch.filter(({ state }) => state === "active").map(({ name }) => name);
  switch (entry.kind) {
    case "task":
      await runTask(context, play, { task: entry, frame, upcoming, notify: notifier(context, play) }, hosts);
      endTogether(context, play, entry, hosts, frame);
      break;
    case "dynamic-include":
      await runInclude(walk, entry, hosts, frame, upcoming);
      break;
    case "block":
      await runBlock(walk, entry, hosts, frame, upcoming);
      break;
    case "meta":
      await runMeta(walk, entry, hosts, frame);
      break;
    default:
      unreachable(entry);
  }
  // A host for which a rescue or an `always` is still to come has not failed for good.
  if (!frame.pending) endAtTooManyFailures(context, play);
}
