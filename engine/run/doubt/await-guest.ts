import type { GuestDown } from "../../connection/connection.ts";
import { doorName } from "../../connection/door.ts";
import { Unknown } from "../../value/unknown.ts";
import { type HostRun, pendingAt } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { deferred, type Outcome } from "../outcome/outcome.ts";

/**
 * Check mode: a container that is down, but that a pending task on its node may bring up, is not unreachable. From now on
 * all that is to be done in it hangs on that task. False: nothing pending could bring it up.
 */
export function awaitGuest(context: RunContext, host: HostRun, down: GuestDown): boolean {
  if (!context.options.check) return false;
  const because = pendingAt(host.shared, down.door);
  if (because.length === 0) return false;
  const unknown = new Unknown(`known once ${doorName(down.door)} is up`);
  host.unknowns.set(unknown.why, because);
  host.awaits = { reason: `${down.message} so far`, because, unknown };
  const owed = Object.fromEntries(host.owedFacts.map(({ name }) => [name, unknown]));
  host.facts = { ...host.facts, ...owed };
  host.owedFacts = [];
  return true;
}

/** What becomes of a task in a container that is still to be brought up; null where it is there. */
export function awaited({ awaits }: HostRun): Outcome | null {
  return awaits && deferred(awaits.reason, awaits.because, { result: awaits.unknown });
}
