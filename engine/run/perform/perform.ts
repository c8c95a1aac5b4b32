import { BecomeFailed, GuestDown, Unreachable } from "../../connection/connection.ts";
import { Bug, unreachable } from "../../errors/bug.ts";
import { SiteError } from "../../errors/site-error.ts";
import type { BoundTask } from "../../plan/bound-task.ts";
import { createOverlay, type Overlay } from "../../plan/overlay.ts";
import type { Scope } from "../../value/scope.ts";
import type { Secret } from "../../value/secret.ts";
import type { Acting } from "../bind/acting.ts";
import type { HostRun } from "../context/host-run.ts";
import type { RunContext } from "../context/run-context.ts";
import { assumptionsOf } from "../doubt/assumptions.ts";
import { awaited, awaitGuest } from "../doubt/await-guest.ts";
import { forgetFacts } from "../look/gather-facts.ts";
import type { Hand, TaskRun } from "../look/task-run.ts";
import { hidden } from "../outcome/hidden.ts";
import { failed, type Outcome } from "../outcome/outcome.ts";
import { MachineBusy } from "../session/machine-lock.ts";
import { type Deadline, inTime, startDeadline, TookTooLong, withDeadline } from "./deadline.ts";
import { notesBeside } from "./notes-beside.ts";
import { performAction } from "./perform-action.ts";
import { performController } from "./perform-controller.ts";
import { performReading } from "./perform-reading.ts";
import { performState } from "./perform-state.ts";

/**
 * Carries out a bound task by its kind: with a hand that writes, or in check mode with one that can only look. `host` is
 * whose task it is, `acting` who acts: mostly the same. `scope`: of this occurrence.
 */
export async function perform(
  context: RunContext,
  host: HostRun,
  acting: Pick<Acting, "host" | "scope">,
  bound: BoundTask,
  ahead: TaskRun<unknown>["ahead"],
  scope: Scope,
): Promise<Outcome> {
  const { module } = bound;
  const there = acting.host;
  for (const file of bound.large) {
    // Not while the host is held, and not at once: other hosts go on meanwhile, also with the tasks of this one's containers.
    const unreadable = await file.digest().then(
      () => null,
      (error: Error) => error.message,
    );
    if (unreadable !== null) return failed(unreadable, undefined);
  }
  if (module.kind === "controller") {
    return reaching(context, there, () => blaming(module.name, async () => performController({ ...bound, module })));
  }
  const carryOut = (deadline: Deadline | null) => () =>
    blaming(module.name, async () => {
      const notThere = awaited(there);
      if (notThere) return notThere;
      const hand = await handFor(there, acting.scope, bound, assumptionsOf(host));
      // What only looks may do so while another task writes there, and must not put its notes in the place of that one's.
      const noted = hand.kind === "writing" && module.kind !== "reading";
      const noMore = noted ? hand.session.beside(notesBeside(context, host, there, bound, scope)) : () => {};
      const run = {
        hand: deadline === null ? hand : withDeadline(hand, deadline),
        remainingForJobMs: () => deadline?.remainingForJobMs() ?? null,
        ahead,
        now: () => context.now(),
        hide: (secret: Secret) => context.hide(secret),
        onStep: (state: "intent" | "done" | "failed" | "unknown", step: string) =>
          context.emit({
            type: "step",
            taskId: bound.task.id,
            host: host.name,
            state,
            step: bound.noLog ? hidden : step,
          }),
        onProgress: (text: string, fraction?: number) =>
          context.emit({
            type: "progress",
            taskId: bound.task.id,
            host: host.name,
            text: bound.noLog ? hidden : text,
            ...(fraction !== undefined && { fraction }),
          }),
        onRestart: () => forgetFacts(there),
        interrupted: () => context.interrupted(),
      };
      try {
        switch (module.kind) {
          case "state":
            return await performState({ ...run, bound: { ...bound, module } });
          case "reading":
            return await performReading({ ...run, bound: { ...bound, module } });
          case "action":
            return await performAction({ ...run, bound: { ...bound, module } });
          default:
            return unreachable(module);
        }
      } finally {
        noMore();
      }
    });
  const work = (): Promise<Outcome> => {
    const deadline = bound.timeoutMs === undefined ? null : startDeadline(bound.timeoutMs, () => context.now());
    return reaching(context, there, () => inTime(deadline, carryOut(deadline)));
  };
  // What only looks may look at any time; what writes must find the host as it has seen it.
  return module.kind === "reading" ? work() : there.exclusively(work);
}

async function handFor(host: HostRun, scope: Scope, bound: BoundTask, assumptions: readonly string[]): Promise<Hand> {
  const { session } = host;
  if (session.kind === "looking") {
    // A task that only ever runs dry leaves nothing pending behind it.
    const overlay: Overlay = bound.checkOnly
      ? { ...host.overlay, add: () => {}, defer: () => {} }
      : assumed(host.overlay, assumptions);
    return { kind: "looking", session: await session.looking(scope), overlay };
  }
  // A dry run of one task inside of a real one knows of nothing pending but its own.
  if (bound.checkOnly)
    return { kind: "looking", session: await session.looking(scope), overlay: createOverlay(createOverlay()) };
  return { kind: "writing", session: await session.writing(scope) };
}

/** What is added comes about only if its task comes to run. */
function assumed(overlay: Overlay, assumptions: readonly string[]): Overlay {
  if (assumptions.length === 0) return overlay;
  return {
    ...overlay,
    add: (taskId, steps, by, because = []) => overlay.add(taskId, steps, by, [...because, ...assumptions]),
  };
}

/**
 * A host that cannot be reached is an outcome; one that only refuses a user is there for other tasks. A fault of a
 * module costs its task, and the run its exit status, but not the other tasks and hosts.
 */
export async function reaching<T>(context: RunContext, host: HostRun, work: () => Promise<T>): Promise<T | Outcome> {
  try {
    return await work();
  } catch (error) {
    const notThere = error instanceof GuestDown && awaitGuest(context, host, error) ? awaited(host) : null;
    if (notThere) return notThere;
    if (error instanceof MachineBusy) return failed(error.message, error.hint);
    if (error instanceof BecomeFailed) return failed(error.message, error.hint);
    if (error instanceof Unreachable) return { ...failed(error.message, error.hint), status: "unreachable" };
    if (!(error instanceof Bug)) throw error;
    context.faults.push(error);
    return failed(error.message, "this is a fault of lab or of the module, not of your site: please report it");
  }
}

/** A module that throws breaks its contract; the engine says which one it was. */
async function blaming<T>(module: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Unreachable || error instanceof MachineBusy || error instanceof TookTooLong) throw error;
    if (error instanceof Bug || error instanceof SiteError) throw error;
    const said = error instanceof Error ? error.message : String(error);
    throw new Bug(`module "${module}" failed: ${said}`, { cause: error });
  }
}
