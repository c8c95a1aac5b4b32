import { Bug } from "../errors/bug.ts";
import type { Probes } from "../module/define-module.ts";
import type { Expectation, OpError, OpReply, ReadOp } from "../ops/ir.ts";
import { digestKey } from "./expect-digests.ts";
import type { Overlay } from "./overlay.ts";

/** What a task saw. `because`: the pending tasks that it hangs on, in check mode; none means that it is certain. */
export type Observation =
  | {
      readonly kind: "observed";
      readonly observed: Readonly<Record<string, unknown>>;
      /** Digests of the files that were read, by path: what a write to them expects to replace. */
      readonly digests: ReadonlyMap<string, Expectation>;
      readonly because: readonly string[];
    }
  | {
      readonly kind: "blind";
      readonly probe: ReadOp;
      readonly error: OpError;
      readonly because: readonly string[];
    };

/** Replies → what the module sees, through the overlay in check mode. */
export function observeTask(probes: Probes, replyTo: (probe: ReadOp) => OpReply, overlay: Overlay | null): Observation {
  const observed: Record<string, unknown> = {};
  const digests = new Map<string, Expectation>();
  const because = new Set<string>();
  let blind: { readonly probe: ReadOp; readonly error: OpError } | null = null;
  for (const [name, probe] of Object.entries(probes)) {
    if (probe === undefined) {
      observed[name] = undefined;
      continue;
    }
    const real = replyTo(probe);
    const seen = overlay ? overlay.see(probe, real) : { reply: real, because: [] };
    for (const taskId of seen.because) because.add(taskId);
    const { reply } = seen;
    if (reply.kind === "failed") {
      blind ??= { probe, error: reply.error };
    } else if (reply.kind === "done") {
      observed[name] = reply.answer;
      if (reply.digest !== undefined && (probe.kind === "file" || (probe.kind === "stat" && probe.sha256))) {
        digests.set(digestKey(probe), reply.digest);
      }
    } else if (reply.kind === "unknown") {
      blind ??= { probe, error: { code: "failed", message: "the connection was lost while looking" } };
    } else {
      throw new Bug("a look was not run although looks always are");
    }
  }
  if (blind) return { kind: "blind", ...blind, because: [...because] };
  return { kind: "observed", observed, digests, because: [...because] };
}
