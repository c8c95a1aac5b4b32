import type { OpReply } from "../../ops/ir.ts";

/** Why the steps of a plan stopped. */
export type StepFailure =
  | {
      readonly kind: "failed";
      readonly step: string;
      /** How many operations were carried out before it. */
      readonly index: number;
      readonly error: OpReply & { readonly kind: "failed" };
    }
  /** The connection was lost on the way: this step and those after it may or may not have happened. */
  | { readonly kind: "unknown"; readonly step: string; readonly rest: number; readonly lost: string | null }
  /** A job that goes on without this run; the steps after it have not been sent. */
  | {
      readonly kind: "left";
      readonly step: string;
      readonly index: number;
      readonly host: string;
      readonly id: string;
      readonly why: string;
    };

/** How it is told that nobody knows how far the steps came. */
export function lostInTheMiddle({ step, rest, lost }: StepFailure & { readonly kind: "unknown" }): string {
  const because = lost === null ? "" : ` (${lost})`;
  const others = rest === 0 ? "" : `, and so ${rest === 1 ? "is the step" : `are the ${rest} steps`} after it`;
  return `the connection was lost in the middle${because}: whether "${step}" happened is unknown${others}`;
}

/** How it is told that a job goes on. */
export function goesOn({ step, host, id, why }: StepFailure & { readonly kind: "left" }) {
  const reason = `"${step}" goes on as job ${id} of ${host}, and is not followed any more: ${why}`;
  return { reason, hint: "run the play again: it finds the job, follows it, and takes its outcome" };
}
