import type { Step } from "../ops/ir.ts";
import type { Value } from "../value/value.ts";

/** Small plain data in the user's words: what a task is about, before or after. */
export interface Fields {
  readonly [field: string]: Value;
}

/** What a module answers when it has looked. */
export type Plan = Change | Waiting | Refusal;

export interface Change {
  readonly kind: "change";
  readonly before: Fields;
  readonly after: Fields;
  /** Nothing to send exactly when before equals after. */
  readonly steps: readonly Step[];
  /** The plan cannot see its end: send the steps, look and plan again. */
  readonly again: boolean;
  /** Verbs that the steps bring about by themselves (a restart), so that they are not done twice. */
  readonly did: readonly string[];
  readonly warnings: readonly string[];
}
/** Nothing to send, not there yet: activating, health starting. */
export interface Waiting {
  readonly kind: "waiting";
  readonly why: string;
  readonly warnings: readonly string[];
  /** It is waited for whether the task says `wait: true` or not: without it the state does not hold. */
  readonly awaited?: true;
}
export interface Refusal {
  readonly kind: "refuse";
  readonly why: string;
  readonly hint: string | undefined;
  readonly warnings: readonly string[];
  /** The plan for the case that an earlier task, which is only foretold, brings what is missing: what a check shows then. */
  readonly otherwise?: Change;
}

export interface ChangeOptions {
  readonly again?: boolean;
  readonly did?: readonly string[];
  readonly warnings?: readonly (string | false | null | undefined)[];
}

/** The state as it is, as it shall be, and the steps between. Steps that are false, null or undefined are left out. */
export function change<const Before extends Fields>(
  before: Before,
  after: { readonly [Field in keyof Before]: Value } & Fields,
  steps: readonly (Step | false | null | undefined)[],
  options: ChangeOptions = {},
): Change {
  return {
    kind: "change",
    before,
    after,
    steps: steps.filter((step): step is Step => Boolean(step)),
    again: options.again ?? false,
    did: options.did ?? [],
    warnings: said(options.warnings),
  };
}

export function waiting(
  why: string,
  options: Pick<ChangeOptions, "warnings"> & Pick<Waiting, "awaited"> = {},
): Waiting {
  const { awaited } = options;
  return { kind: "waiting", why, warnings: said(options.warnings), ...(awaited !== undefined && { awaited }) };
}

/** This cannot or must not be done: `why` is the reason, `hint` the way out. Nothing is sent. */
export function refuse(why: string, hint?: string, options: Pick<Refusal, "otherwise"> = {}): Refusal {
  return { kind: "refuse", why, hint, warnings: [], ...options };
}

/** Refuses because of what is missing; `planned` is what would be done once it has come about. */
export function refuseYet(why: string, hint: string, planned: Plan): Refusal {
  return refuse(why, hint, planned.kind === "change" ? { otherwise: planned } : {});
}

function said(warnings: ChangeOptions["warnings"] = []): readonly string[] {
  return warnings.filter((warning): warning is string => Boolean(warning));
}
