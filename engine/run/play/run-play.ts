import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { knownTasks, outside, type Upcoming, type Walk } from "../context/walk.ts";
import { gatherFacts } from "../look/gather-facts.ts";
import { flushHandlers } from "./handlers.ts";
import { openWalk } from "./run-entries.ts";

/**
 * Runs a play, batch after batch. False: every host of a batch has failed or could not be reached. Then the run is over,
 * for the plays after it count on this one.
 */
export async function runPlay(
  context: RunContext,
  play: RunningPlay,
  batches: readonly (readonly HostRun[])[],
): Promise<boolean> {
  for (const [index, hosts] of batches.entries()) {
    if (play.over || context.interrupted()) break;
    const batch = hosts.filter(({ state }) => state === "active");
    if (batch.length === 0 && index > 0) continue;
    play.batch = batch;
    play.hosts = batch.map(({ name }) => name);
    if (play.free && batch[0]) play.hostsHangOn = new Set(batch[0].shared.doubts);
    for (const host of batch) host.perhapsOver = [...new Set([...host.perhapsOver, ...play.perhapsOver])];
    context.emit({
      type: "play",
      id: play.expanded.id,
      name: play.expanded.play.name,
      hosts: play.hosts,
      ...(batches.length > 1 && { batch: { number: index + 1, of: batches.length } }),
      position: play.expanded.play.place,
    });
    await runBatch(openWalk(context, play), batch);
    if (batch.length > 0 && batch.every(({ state }) => state === "failed" || state === "unreachable")) return false;
  }
  return true;
}

async function runBatch(walk: Walk, batch: readonly HostRun[]): Promise<void> {
  const { context, play } = walk;
  const known = [...play.expanded.sections.flat(), ...play.handlers];
  await gatherFacts(context, play, batch, known);
  // With strategy free each host goes through the sections by itself; how many work at a time is for each task to say.
  if (play.free) await Promise.all(batch.map((host) => runSections(walk, [host])));
  else await runSections(walk, batch);
}

/** The sections of a play, each with the handlers that were notified in it. */
async function runSections(walk: Walk, hosts: readonly HostRun[]): Promise<void> {
  const { context, play } = walk;
  const force = play.expanded.play.keywords.forceHandlers;
  // Forced handlers are left to do for a host that fails, as an `always` is.
  const frame = { ...outside, pending: force };
  const { sections } = play.expanded;
  for (const [index, section] of sections.entries()) {
    // Handlers between sections run where something has changed, and then what was seen does not count. One that is a
    // guard stands in the way of all behind it.
    const guarded = play.handlers.some(({ source }) => source.keywords.guard);
    const after: Upcoming = guarded ? () => [] : () => knownTasks(sections.slice(index + 1).flat());
    await walk.entries(section, hosts, frame, after);
    if (context.interrupted()) return;
    const failed = force ? hosts.filter(({ state }) => state === "failed") : [];
    const doubts = new Map(hosts.map((host) => [host, host.assuming]));
    for (const host of failed) host.state = "active";
    for (const host of hosts) host.assuming = [];
    await flushHandlers(walk, hosts, outside);
    for (const host of failed) if (host.state === "active") host.state = "failed";
    if (force) for (const [host, before] of doubts) host.assuming = [...before, ...host.assuming];
  }
  for (const host of hosts) host.assuming = [];
}
