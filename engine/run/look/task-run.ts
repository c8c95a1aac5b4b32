import type { Probes } from "../../module/define-module.ts";
import type { ReadOp } from "../../ops/ir.ts";
import type { BoundTask } from "../../plan/bound-task.ts";
import type { Overlay } from "../../plan/overlay.ts";
import type { Secret } from "../../value/secret.ts";
import type { Ahead, LookingSession, PlacedProbe, WritingSession } from "../session/host-session.ts";

/** What it takes to carry out one bound task. In check mode there is an overlay instead of a hand that can write. */
export interface TaskRun<M> {
  readonly bound: BoundTask<M>;
  readonly hand: Hand;
  /** Looks of later tasks that may ride on this one's trips. */
  readonly ahead: Ahead;
  now(): Date;
  /** Registers a secret with the redactor. */
  hide(secret: Secret): void;
  /** Tells of the intent and the end of each step, for the journal and `-v`. */
  onStep(state: "intent" | "done" | "failed" | "unknown", step: string): void;
  /** Tells how far a job is. `fraction` is 0 to 1, where it is known. */
  onProgress(text: string, fraction?: number): void;
  /** The host may have been restarted: what was gathered of it no longer counts. */
  onRestart(): void;
  /** How long a job that is started now may take; null: nobody has said. Throws TookTooLong. */
  remainingForJobMs(): number | null;
  /** Asked while a job is followed: the user has interrupted the run. */
  interrupted(): boolean;
}
export type Hand =
  | { readonly kind: "looking"; readonly session: LookingSession; readonly overlay: Overlay }
  | { readonly kind: "writing"; readonly session: WritingSession };

export function placed(bound: BoundTask<unknown>, probe: ReadOp): PlacedProbe {
  return { probe: withEnvironment(bound, probe), user: probe.at === "controller" ? null : bound.user };
}

/** All of a module's looks that are to be made. */
export function placedProbes(bound: BoundTask<unknown>, probes: Probes): readonly PlacedProbe[] {
  return Object.values(probes).flatMap((probe) => (probe ? [placed(bound, probe)] : []));
}

/** The task's `environment` reaches the commands of its module; what the module sets itself comes first. */
export function withEnvironment<Op extends { readonly kind: string; readonly env?: Readonly<Record<string, string>> }>(
  bound: BoundTask<unknown>,
  operation: Op,
): Op {
  if (operation.kind !== "exec" || Object.keys(bound.environment).length === 0) return operation;
  return { ...operation, env: { ...bound.environment, ...operation.env } };
}
