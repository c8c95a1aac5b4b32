import { BecomeFailed, Unreachable } from "../connection/connection.ts";
import { Bug, unreachable } from "../errors/bug.ts";
import { SiteError } from "../errors/site-error.ts";
import type { BoundTask } from "../plan/bound-task.ts";
import { createOverlay } from "../plan/overlay.ts";
import type { Scope } from "../value/scope.ts";
import type { HostRun } from "./host-run.ts";
import { failed, type Outcome } from "./outcome.ts";
import { performAction } from "./perform-action.ts";
import { performController } from "./perform-controller.ts";
import { performReading } from "./perform-reading.ts";
import { performState } from "./perform-state.ts";
import type { RunContext } from "./run-context.ts";
import type { Hand, TaskRun } from "./task-run.ts";

/** Carries out a bound task by its kind: with a hand that writes, or in check mode with one that can only look. */
export async function perform(
  context: RunContext,
  host: HostRun,
  scope: Scope,
  bound: BoundTask,
  ahead: TaskRun<unknown>["ahead"],
): Promise<Outcome> {
  const { module } = bound;
  return reaching(context, () =>
    blaming(module.name, async () => {
      if (module.kind === "controller") return performController({ ...bound, module });
      const run = {
        hand: await handFor(context, host, scope, bound),
        ahead,
        now: () => context.now(),
        onStep: (state: "intent" | "done" | "failed" | "unknown", step: string) =>
          context.emit({ type: "step", taskId: bound.task.id, host: host.name, state, step: bound.noLog ? hidden : step }),
      };
      switch (module.kind) {
        case "state":
          return performState({ ...run, bound: { ...bound, module } });
        case "reading":
          return performReading({ ...run, bound: { ...bound, module } });
        case "action":
          return performAction({ ...run, bound: { ...bound, module } });
        default:
          return unreachable(module);
      }
    }),
  );
}

/** What is shown of a task that its author keeps out of logs. */
export const hidden = "(hidden by no_log)";

async function handFor(context: RunContext, host: HostRun, scope: Scope, bound: BoundTask): Promise<Hand> {
  if (!context.options.check && !bound.checkOnly) return { kind: "writing", session: await host.writing(scope) };
  // A dry run of one task inside of a real one knows of nothing pending but its own.
  const overlay = context.options.check ? host.overlay : createOverlay();
  return { kind: "looking", session: await host.looking(scope), overlay };
}

/** A host that cannot be reached is an outcome; one that only refuses a user is there for other tasks. So is a fault of a module: it costs its task, and the run its exit status. */
export async function reaching(context: RunContext, work: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof BecomeFailed) return failed(error.message, error.hint);
    if (error instanceof Unreachable) return { ...failed(error.message, error.hint), status: "unreachable" };
    if (!(error instanceof Bug)) throw error;
    context.fault(error);
    return failed(error.message, "this is a fault of lab or of the module, not of your site: please report it");
  }
}

/** A module that throws breaks its contract; the engine says which one it was. */
async function blaming<T>(module: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreachable || error instanceof Bug || error instanceof SiteError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new Bug(`module "${module}" failed: ${said}`, { cause: error });
  }
}
