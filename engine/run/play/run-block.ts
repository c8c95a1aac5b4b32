import { writtenName } from "../../plan/bind-task.ts";
import { failureNames } from "../../plan/failure-names.ts";
import type { PlannedBlock } from "../../plan/task.ts";
import { Unknown } from "../../value/unknown.ts";
import type { HostRun } from "../context/host-run.ts";
import { withRuntime } from "../context/scope-of.ts";
import { type Frame, knownTasks, type Upcoming, type Walk } from "../context/walk.ts";

/**
 * Runs a block: its body on all hosts, its rescue on those that have failed in it, its `always` on all that came to it and
 * can still be reached. A host that was rescued goes on as if nothing had failed.
 *
 * In check mode it may be uncertain whether a host fails in the body. Then the tasks after the doubtful one are assumed
 * there, and the rescue is held back: shown as what may come.
 */
export async function runBlock(
  walk: Walk,
  block: PlannedBlock,
  hosts: readonly HostRun[],
  frame: Frame,
  upcoming: Upcoming,
): Promise<void> {
  const { context, play } = walk;
  const { body, rescue, always, source } = block;
  context.emit({
    type: "block",
    id: block.id,
    parent: block.parent,
    name: writtenName(block),
    ...(play.free && hosts[0] && { host: hosts[0].name }),
    position: source.place,
  });
  const guarded = source.keywords.guard === true;
  const behind: Upcoming = () => (guarded ? [] : upcoming());
  const afterBody: Upcoming = function* () {
    if (yield* knownTasks(always)) yield* behind();
  };
  const doubts = new Doubts(hosts);
  await walk.entries(
    body,
    hosts,
    {
      rescued: frame.rescued || rescue.length > 0,
      pending: frame.pending || rescue.length > 0 || always.length > 0,
    },
    afterBody,
  );
  if (rescue.length === 0 && always.length === 0) return;
  if (rescue.length > 0) await runRescue(walk, block, hosts, doubts, frame, afterBody);
  if (always.length > 0) {
    doubts.putAside();
    await runAlways(walk, block, hosts, frame, behind);
  }
  // Where nothing around this block is left to do, nothing hangs on whether it went well.
  doubts.settle(frame.pending);
}

async function runRescue(
  walk: Walk,
  block: PlannedBlock,
  hosts: readonly HostRun[],
  doubts: Doubts,
  frame: Frame,
  after: Upcoming,
): Promise<void> {
  if (walk.context.interrupted()) return;
  const failed = new Set(hosts.filter(({ state }) => state === "failed"));
  const perhaps = new Set(hosts.filter((host) => host.state === "active" && doubts.raised(host).length > 0));
  const earlier = new Map([...perhaps].map((host) => [host, host.held]));
  for (const host of failed) host.state = "active";
  for (const host of perhaps) holdBack(host, block, doubts.raised(host));
  // Whether the body went well is settled here, one way or the other: what comes now counts anew.
  doubts.forget();
  const inside: Frame = { rescued: frame.rescued, pending: frame.pending || block.always.length > 0 };
  const taking = hosts.filter((host) => failed.has(host) || perhaps.has(host));
  await walk.entries(block.rescue, taking, inside, after);
  for (const [host, held] of earlier) host.held = held;
}

/** Check mode: it runs only if one of these tasks fails. */
function holdBack(host: HostRun, block: PlannedBlock, because: readonly string[]): void {
  const { file, line } = block.source.place;
  const why = `known once the block at ${file}:${line} has failed`;
  const unknown = new Unknown(why);
  host.unknowns.set(why, because);
  host.held = { reason: "it runs only if a task of its block fails", because };
  withRuntime(host, Object.fromEntries(failureNames.map((name) => [name, unknown])), block.source.place);
}

async function runAlways(
  walk: Walk,
  block: PlannedBlock,
  hosts: readonly HostRun[],
  frame: Frame,
  after: Upcoming,
): Promise<void> {
  if (walk.context.interrupted()) return;
  const failed = hosts.filter(({ state }) => state === "failed");
  for (const host of failed) host.state = "active";
  await walk.entries(block.always, hosts, frame, after);
  // Going well here mends nothing.
  for (const host of failed) if (host.state === "active") host.state = "failed";
}

/** Check mode: per host, the doubtful tasks that its way through a block hangs on. */
class Doubts {
  readonly #before: ReadonlyMap<HostRun, readonly string[]>;
  readonly #aside = new Map<HostRun, readonly string[]>();

  constructor(hosts: readonly HostRun[]) {
    this.#before = new Map(hosts.map((host) => [host, host.assuming]));
  }

  /** Those that have come up since. */
  raised(host: HostRun): readonly string[] {
    return host.assuming.slice(this.#before.get(host)?.length ?? 0);
  }

  forget(): void {
    for (const [host, before] of this.#before) host.assuming = before;
  }

  /** What comes now runs in any case; they count again behind it. */
  putAside(): void {
    for (const host of this.#before.keys()) this.#aside.set(host, this.raised(host));
    this.forget();
  }

  settle(lasting: boolean): void {
    for (const [host, before] of this.#before) {
      const all = [...before, ...(this.#aside.get(host) ?? []), ...this.raised(host)];
      host.assuming = lasting ? all : before;
    }
  }
}
