import type { Tries } from "../../plan/bind-amounts.ts";
import { evaluating } from "../../plan/bind-task.ts";
import type { Task } from "../../plan/task.ts";
import { formatDuration } from "../../text/duration.ts";
import type { Scope } from "../../value/scope.ts";
import { Secret } from "../../value/secret.ts";
import { Unknown } from "../../value/unknown.ts";
import { isMap, type Value } from "../../value/value.ts";
import { extendScope } from "../../vars/resolve-vars.ts";
import type { Acting } from "../bind/acting.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { leaveUnknown } from "../doubt/leave-unknown.ts";
import { hidden } from "../outcome/hidden.ts";
import { firstMessage, hintOf } from "../outcome/judge-outcome.ts";
import { deferred, type Outcome } from "../outcome/outcome.ts";
import { registeredValue } from "../outcome/registered-value.ts";
import { reaching } from "../perform/perform.ts";

/** Whether a try was the one that was waited for. */
type Verdict =
  | { readonly kind: "done"; readonly outcome: Outcome }
  /** `why`: in a sentence after "failed". */
  | { readonly kind: "again"; readonly why: string; readonly hint?: string };

interface Tried {
  readonly task: Task;
  readonly acting: Acting;
  readonly scope: Scope;
  /** Null: the task says nothing of trying again. */
  readonly tries: Tries | null;
}

/**
 * `until`, `retries`, `delay`: tries until the condition holds, or without one until it does not fail. A check tries
 * once: what is not so now may be by the time the run has waited for it, and how it will end is not known.
 */
export async function tryAgain(
  context: RunContext,
  host: HostRun,
  { task, acting, scope, tries }: Tried,
  once: (attempt: number, tries: Tries | null) => Promise<Outcome>,
): Promise<Outcome> {
  if (tries === null) return once(1, null);
  let changed = false;
  for (let attempt = 1; ; attempt += 1) {
    // Who waits for something asks how it is now, even where it need not wait in the end.
    acting.host.session.forget();
    const outcome = await once(attempt, tries);
    acting.host.session.forget();
    const verdict = judge(task, scope, outcome);
    if (verdict.kind === "done") return changedBefore(verdict.outcome, changed);
    if (context.options.check || task.context.checkMode === true) {
      const open = notYet(task, outcome, verdict.why);
      leaveUnknown(context, host, task, open, acting.host);
      return open;
    }
    if (attempt >= tries.most || context.interrupted()) {
      return changedBefore(gaveUp(task, outcome, attempt, verdict), changed);
    }
    // A change is one, and must be followed up, though the try in which it was made was not the last; but for the author's
    // own word on what counts.
    changed ||= outcome.changed && outcome.exit !== true && task.source.keywords.changedWhen === null;
    const text = `try ${attempt} of ${tries.most}: ${verdict.why}; again in ${formatDuration(tries.delayMs)}`;
    context.emit({
      type: "progress",
      taskId: task.id,
      host: host.name,
      text: task.context.noLog ? hidden : text,
      attempt: { number: attempt, of: tries.most },
    });
    const lost = await reaching(context, acting.host, () => pause(context, acting, tries.delayMs));
    if (lost !== null) return { ...lost, attempt };
    if (context.interrupted()) return changedBefore(gaveUp(task, outcome, attempt, verdict), changed);
  }
}

/** What was seen before the pause does not count after it. In pieces: who presses Ctrl-C shall not wait for its end. */
async function pause(context: RunContext, { host, scope }: Acting, ms: number): Promise<null> {
  const session = await host.session.looking(scope);
  const pieceMs = Math.max(1_000, ms / 500);
  for (let leftMs = ms; leftMs > 0 && !context.interrupted(); leftMs -= pieceMs) {
    await session.pause(Math.min(leftMs, pieceMs));
  }
  return null;
}

function judge(task: Task, scope: Scope, outcome: Outcome): Verdict {
  const done: Verdict = { kind: "done", outcome };
  const { until, register } = task.source.keywords;
  if (outcome.status === "unreachable" || outcome.status === "deferred" || outcome.status === "skipped") return done;
  const failed = outcome.status === "failed";
  if (until === undefined) return failed ? { kind: "again", why: `it failed: ${outcome.reason ?? "no reason"}` } : done;
  const name = register?.name ?? "result";
  const value = registeredValue(outcome);
  const seen = extendScope(scope, { [name]: value });
  for (const condition of until) {
    const holds = evaluating(() => condition.evaluate(seen));
    // How a command ends is not foretold; of everything else the run alone can tell whether this is the end of it.
    if (holds.kind === "unknown") return outcome.unrun ? done : undecided(task, outcome);
    if (holds.kind === "invalid") {
      // The result of a try that failed may lack what the condition asks for.
      if (failed) return { kind: "again", why: `it failed: ${outcome.reason ?? "no reason"}` };
      const broken: Outcome = { ...outcome, status: "failed", reason: firstMessage(holds.diagnostics) };
      return { kind: "done", outcome: { ...broken, ...hintOf(holds.diagnostics) } };
    }
    if (holds.value !== true) {
      const fields = fieldsRead(condition.uses, name, value);
      return { kind: "again", why: `\`${condition.source}\` is false${fields === "" ? "" : ` (${fields})`}` };
    }
  }
  return done;
}

function undecided(task: Task, outcome: Outcome): Verdict {
  return { kind: "done", outcome: { ...outcome, because: [...new Set([...outcome.because, task.id])] } };
}

/** A check, in which the condition is false: nobody knows how often the run will have to try, and whether it comes about. */
function notYet(task: Task, outcome: Outcome, why: string): Outcome {
  const because = outcome.because.length > 0 ? outcome.because : [task.id];
  const { attempt, on, warnings } = outcome;
  const reason = `${why}; the run tries again, which a check does not wait for`;
  return deferred(reason, because, {
    warnings,
    ...(attempt !== undefined && { attempt }),
    ...(on !== undefined && { on }),
  });
}

function gaveUp(
  task: Task,
  outcome: Outcome,
  attempt: number,
  { why, hint }: Verdict & { readonly kind: "again" },
): Outcome {
  const times = attempt === 1 ? "tried once" : `tried ${attempt} times`;
  const own = outcome.status === "failed" && outcome.reason !== undefined && !why.includes(outcome.reason);
  const reason = `${times}: ${why}${own ? `; it failed: ${outcome.reason}` : ""}`;
  const said = hint ?? outcome.hint;
  const { exit: _exit, ...rest } = outcome;
  // A command that ran and was not what was waited for has still been run.
  const kept = task.source.keywords.until !== undefined && outcome.status !== "failed" ? rest : outcome;
  return { ...kept, status: "failed", reason, ...(said !== undefined && { hint: said }) };
}

function changedBefore(outcome: Outcome, changed: boolean): Outcome {
  if (!changed || outcome.changed) return outcome;
  return { ...outcome, changed: true, ...(outcome.status === "ok" && { status: "changed" as const }) };
}

/** The fields of the result that a condition reads, with what they are: `rc: 1, stdout: "starting"`. */
function fieldsRead(uses: Task["source"]["keywords"]["when"][number]["uses"], name: string, result: Value): string {
  if (result instanceof Unknown || !isMap(result)) return "";
  const fields = uses.flatMap(({ name: variable, path }): readonly string[] => {
    const [field] = variable === "vars" ? path.slice(1) : path;
    const ours = variable === name || (variable === "vars" && path[0] === name);
    return ours && field !== undefined && Object.hasOwn(result, field) ? [field] : [];
  });
  return [...new Set(fields)].map((field) => `${field}: ${shortened(result[field] ?? null)}`).join(", ");
}

const mostShown = 120;

function shortened(value: Value): string {
  if (value instanceof Secret) return "***";
  const text = JSON.stringify(value);
  return text.length > mostShown ? `${text.slice(0, mostShown)}…` : text;
}
