import { contributionsRead } from "../../plan/param-schema.ts";
import type { Task } from "../../plan/task.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { unknownFrom } from "../doubt/leave-unknown.ts";
import type { Outcome } from "../outcome/outcome.ts";

/** What the module of a task contributes to; undefined for nearly all of them. */
function contributesTo(context: Pick<RunContext, "modules">, task: Task): string | undefined {
  const module = context.modules.get(task.source.module);
  return module?.kind === "controller" ? module.contributes : undefined;
}

/** Keeps what one occurrence of a task contributes; what has failed contributes nothing. */
export function noteContribution(
  context: RunContext,
  host: HostRun,
  task: Task,
  outcome: Outcome,
  index: number,
): void {
  const to = contributesTo(context, task);
  if (to === undefined || outcome.contribute === undefined || outcome.status === "failed") return;
  const { file, line } = task.source.place;
  host.shared.contributions.add({ to, value: outcome.contribute, host: host.name, place: `${file}:${line}`, index });
}

/** A task has ended on a host: nothing more is to come from it there, or it is not known what. */
export function noteTurn(context: RunContext, host: HostRun, task: Task, outcome: Outcome): void {
  const to = contributesTo(context, task);
  if (to === undefined) return;
  // A host that fails here has not contributed what it should have.
  if (outcome.status === "failed" || outcome.status === "unreachable") return;
  if (outcome.status === "deferred") host.shared.contributions.defer(to, unknownFrom(host, task, outcome).why);
  host.shared.contributions.passed(to, task.source, host.name, context.options.check ? outcome.because : []);
}

/** Check mode: the pending tasks that what a task reads of others' contributions hangs on. */
export function contributionCauses(context: RunContext, host: HostRun, task: Task): readonly string[] {
  if (!context.options.check) return [];
  const module = context.modules.get(task.source.module);
  if (!module) return [];
  return [...contributionsRead(module).values()].flatMap((to) => host.shared.contributions.because(to));
}
