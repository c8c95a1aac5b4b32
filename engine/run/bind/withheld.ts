import { unreachable } from "../../errors/bug.ts";
import { Unknown } from "../../value/unknown.ts";
import type { HostRun } from "../context/host-run.ts";
import type { PlayRun } from "../context/scope-of.ts";
import { firstMessage, hintOf } from "../outcome/judge-outcome.ts";
import { deferred, failed, type Outcome, ok } from "../outcome/outcome.ts";
import type { Withheld } from "./bind-items.ts";

/** Why a task does not run here, as an outcome. */
export function withheld(play: PlayRun, host: HostRun, held: Withheld): Outcome {
  switch (held.kind) {
    case "skipped":
      return { ...ok({}), status: "skipped", reason: held.reason };
    case "unknown":
      return deferred(`it reads what is not known yet: ${held.why}`, waitingFor(play, host, held.why), {
        result: new Unknown(held.why),
      });
    case "invalid":
      return { ...failed(firstMessage(held.diagnostics), undefined), ...hintOf(held.diagnostics) };
    default:
      return unreachable(held);
  }
}

/**
 * The tasks that an unknown value waits for. Only where the host has none of that name it is one of another host, read
 * through `hostvars`: how far others have come with theirs is nothing to it.
 */
function waitingFor(play: PlayRun, host: HostRun, why: string): readonly string[] {
  return (
    host.unknowns.get(why) ?? [
      ...new Set([...play.hostRuns.values()].flatMap(({ unknowns }) => unknowns.get(why) ?? [])),
    ]
  );
}
