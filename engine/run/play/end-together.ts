import type { PlainEntry } from "../../plan/task.ts";
import { plural } from "../../text/plural.ts";
import { flagOf } from "../bind/flag-of.ts";
import { runsOnce } from "../bind/run-once.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import type { RunningPlay } from "../context/running-play.ts";
import type { Frame } from "../context/walk.ts";

/**
 * After a task or include: who is lost with the hosts that are. `any_errors_fatal` takes the whole batch along, unless a
 * block rescues the failure; what was run once for all has failed for all of them. With strategy free each host is on its own.
 */
export function endTogether(
  context: RunContext,
  play: RunningPlay,
  entry: Pick<PlainEntry, "context" | "source">,
  hosts: readonly HostRun[],
  frame: Frame,
): void {
  const [first] = hosts;
  if (play.free || !first) return;
  const lost = hosts.filter(({ state }) => state === "failed" || state === "unreachable");
  const [loser] = lost;
  if (!loser) {
    spreadDoubt(context, play, entry, hosts, frame);
    return;
  }
  const once = runsOnce(context, play, first, entry);
  const fatal = once || flagOf(context, play, loser, entry, "any_errors_fatal");
  if (!fatal) return;
  if (flagOf(context, play, loser, entry, "ignore_errors")) return;
  // A host that cannot be reached is beyond rescue.
  const beyond = once ? lost : lost.filter(({ state }) => state === "unreachable" || !frame.rescued);
  if (beyond.length === 0) return;
  const names = beyond.map(({ name }) => name).join(", ");
  fail(context, play, once ? `run_once: ${names} failed for all` : `any_errors_fatal: ${names} failed`, frame.rescued);
}

/** `max_fail_percentage`: once more of the batch have failed than that, the play ends. */
export function endAtTooManyFailures(context: RunContext, play: RunningPlay): void {
  const { maxFailShare, batch } = play;
  if (maxFailShare === null || play.free || !batch.some(({ state }) => state === "active")) return;
  const failed = batch.filter(({ state }) => state === "failed").length;
  if (failed / batch.length <= maxFailShare / 100) return;
  const said = `max_fail_percentage: ${failed} of ${plural(batch.length, "host")} failed, more than ${maxFailShare}%`;
  fail(context, play, said, false);
  play.over = true;
}

/** The hosts that are left have failed, too, if not by a task of theirs. */
function fail(context: RunContext, { batch }: RunningPlay, reason: string, rescued: boolean): void {
  for (const host of batch) {
    if (host.state !== "active") continue;
    host.state = "failed";
    if (!rescued) context.emit({ type: "host", name: host.name, event: "ended", reason });
  }
}

/** Check mode: where a failure would take all hosts along, a doubt about one is a doubt about all. */
function spreadDoubt(
  context: RunContext,
  play: RunningPlay,
  entry: Pick<PlainEntry, "context" | "source"> & { readonly id?: string },
  hosts: readonly HostRun[],
  frame: Frame,
): void {
  const { id } = entry;
  if (!context.options.check || !frame.pending || id === undefined) return;
  const doubted = hosts.find(({ assuming }) => assuming.at(-1) === id);
  if (!doubted) return;
  const once = runsOnce(context, play, hosts[0] ?? doubted, entry);
  const fatal = once || (!frame.rescued && flagOf(context, play, doubted, entry, "any_errors_fatal"));
  if (!fatal) return;
  for (const host of play.batch)
    if (host.state === "active" && host.assuming.at(-1) !== id) host.assuming = [...host.assuming, id];
}
