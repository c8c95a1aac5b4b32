import type { LookingModule, Probes } from "../module/define-module.ts";
import { type Observation, observeTask } from "../plan/observe-task.ts";
import type { ReplyTo } from "./host-session.ts";
import { placed, type TaskRun } from "./task-run.ts";

/** Looks where the module wants to, twice if the second look depends on the first. `again`: not from memory. */
export async function lookAtTask(run: TaskRun<LookingModule>, again = false): Promise<Observation> {
  const { bound } = run;
  const probes = bound.module.probes(bound.params);
  return observeBoth(run, probes, await look(run, probes, again), again);
}

/** The first look is there already (it rode on the script that applied the change); only the second may be missing. */
export async function observeBoth(
  run: TaskRun<LookingModule>,
  probes: Probes,
  replyTo: ReplyTo,
  again: boolean,
): Promise<Observation> {
  const { bound, hand } = run;
  const overlay = hand.kind === "looking" ? hand.overlay : null;
  const first = observeTask(probes, (probe) => replyTo(placed(bound, probe)), overlay);
  if (first.kind === "blind" || !bound.module.probesAfter) return first;
  const after = bound.module.probesAfter(bound.params, first.observed as never);
  const second = observeTask(after, bindReply(run, await look(run, after, again)), overlay);
  const because = [...new Set([...first.because, ...second.because])];
  if (second.kind === "blind") return { ...second, because };
  return {
    kind: "observed",
    observed: { ...first.observed, ...second.observed },
    digests: new Map([...first.digests, ...second.digests]),
    because,
  };
}

function bindReply(run: TaskRun<LookingModule>, replyTo: ReplyTo) {
  return (probe: Parameters<typeof placed>[1]) => replyTo(placed(run.bound, probe));
}

async function look(run: TaskRun<LookingModule>, probes: Probes, again: boolean): Promise<ReplyTo> {
  const wanted = Object.values(probes).flatMap((probe) => (probe ? [placed(run.bound, probe)] : []));
  return again ? run.hand.session.lookAgain(wanted) : run.hand.session.look(wanted, run.ahead);
}
