import { GuestDown, Unreachable } from "../../connection/connection.ts";
import { type FactGroup, factGroups, factGroupsRead } from "../../plan/facts.ts";
import { observeTask } from "../../plan/observe-task.ts";
import { flattened, type PlainEntry, type PlannedEntry } from "../../plan/task.ts";
import { usesInEntries } from "../../plan/uses-in-play.ts";
import type { Value } from "../../value/value.ts";
import { flagOf } from "../bind/flag-of.ts";
import { eachLimited } from "../context/each-limited.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import { type PlayRun, scopeOf } from "../context/scope-of.ts";
import { awaitGuest } from "../doubt/await-guest.ts";
import { namesRead } from "../doubt/causes-of.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import type { PlacedProbe } from "../session/host-session.ts";

/** Looks, on each host, at the groups of facts that these tasks and the host's own variables read, and at no others. */
export async function gatherFacts(
  context: RunContext,
  play: RunningPlay,
  hosts: readonly HostRun[],
  entries: readonly PlannedEntry[],
): Promise<void> {
  // What the tasks read is the same for all: a thousand hosts go through a long play once.
  const ofTasks = factGroupsRead(usesInEntries(flattened(entries), [], context));
  await eachLimited(hosts, context.options.forks, (host) => {
    const ofHost = factGroupsRead(usesInEntries([], host.inventory.layers, context));
    return gatherGroups(context, play, host, new Set([...ofTasks, ...ofHost]));
  });
}

async function gatherGroups(
  context: RunContext,
  play: RunningPlay,
  host: HostRun,
  read: ReadonlySet<FactGroup>,
): Promise<void> {
  const owed = new Set(host.owedFacts);
  const groups = factGroups.filter((group) => read.has(group) && !(group.name in host.facts) && !owed.has(group));
  if (groups.length === 0) return;
  const { vars, keywords } = play.expanded.play;
  const lost = await look(context, play, host, groups, [vars]);
  if (lost === null) return;
  // An earlier task of this very play may start it: whether it is there counts when somebody wants to know.
  const own = { layers: [vars], role: null, ignoreUnreachable: keywords.ignoreUnreachable };
  const later = lost instanceof GuestDown || flagOf(context, play, host, { context: own }, "ignore_unreachable");
  if (later) host.owedFacts = [...host.owedFacts, ...groups];
  else lose(context, host, lost);
}

/** Before a task that reads facts which could not be looked at when its play began. An outcome: they still cannot. */
export async function factsOwedTo(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  entry: PlainEntry,
): Promise<Outcome | null> {
  const groups = host.owedFacts;
  if (groups.length === 0 || !namesRead(context, host, entry).has("facts")) return null;
  const lost = await look(context, play, host, groups, entry.context.layers);
  if (lost === null) host.owedFacts = [];
  if (lost === null || (lost instanceof GuestDown && awaitGuest(context, host, lost))) return null;
  return { ...failed(lost.message, lost.hint), status: "unreachable" };
}

/** After a restart facts are looked at again, once somebody reads them: a kernel, an address may be another one. */
export function forgetFacts(host: HostRun): void {
  const known = factGroups.filter(({ name }) => name in host.facts);
  host.owedFacts = [...new Set([...host.owedFacts, ...known])];
  host.facts = {};
}

/** The error, if the host cannot be reached. */
async function look(
  context: RunContext,
  play: PlayRun,
  host: HostRun,
  groups: readonly FactGroup[],
  layers: Parameters<typeof scopeOf>[3],
): Promise<Unreachable | null> {
  if (host.awaits) {
    const { unknown } = host.awaits;
    host.facts = { ...host.facts, ...Object.fromEntries(groups.map(({ name }) => [name, unknown])) };
    return null;
  }
  const wanted = groups
    .flatMap(({ probes }) => Object.values(probes))
    .flatMap((probe): PlacedProbe[] => (probe ? [{ probe, user: null }] : []));
  try {
    const session = await host.session.looking(scopeOf(context, play, host, layers, null));
    const overlay = context.options.check ? host.overlay : null;
    const asks = (overlay?.asks() ?? []).map((probe): PlacedProbe => ({ probe, user: null }));
    const replyTo = await session.look([...wanted, ...asks]);
    for (const each of asks) overlay?.see(each.probe, replyTo(each));
    const gathered = groups.flatMap((group): [string, Value][] => {
      const seen = observeTask(group.probes, (probe) => replyTo({ probe, user: null }), overlay);
      // A fact that a pending change may alter is itself only assumed.
      const hanging = [...(host.hanging.get("facts") ?? []), ...seen.because];
      if (hanging.length > 0) host.hanging.set("facts", [...new Set(hanging)]);
      return seen.kind === "observed" ? [[group.name, group.read(seen.observed)]] : [];
    });
    host.facts = { ...host.facts, ...Object.fromEntries(gathered) };
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    return error;
  }
  return null;
}

function lose(context: RunContext, host: HostRun, error: Unreachable): void {
  host.state = "unreachable";
  host.tally.unreachable += 1;
  context.emit({
    type: "host",
    name: host.name,
    event: "unreachable",
    reason: error.message,
    ...(error.hint !== undefined && { hint: error.hint }),
  });
}
