import type { z } from "zod";
import type { AnswerOf, OpReply, ReadOp, Step } from "../ops/ir.ts";
import type { Value, ValueMap } from "../value/value.ts";
import type { LoadedVariable } from "./params.ts";
import type { Plan, Refusal, Waiting } from "./plan.ts";

/**
 * The contract between a module and the engine. A module says what it accepts, what it looks at, what it would do and
 * what it looks like in a playbook; rendering, validation, batching, check mode, changed, diff, apply and verify are the
 * engine's. There are four kinds and no flags.
 */

/** A record of looks. One that is undefined is not sent, and its answer is undefined. */
export interface Probes {
  readonly [name: string]: ReadOp | undefined;
}
export type Observed<P extends Probes> = {
  readonly [Name in keyof P]: undefined extends P[Name]
    ? AnswerOf<Exclude<P[Name], undefined>> | undefined
    : AnswerOf<P[Name]>;
};

/** How long a state may take to come about, and how long it must hold to count. Milliseconds. */
export interface Settle {
  readonly forMs: number;
  readonly holdMs: number;
  /** A reading: how long it waits before it looks at all. Not in check mode, where nothing is under way. */
  readonly delayMs?: number;
}

interface Described<S extends z.ZodType> {
  readonly name: string;
  /** One sentence, for lists. */
  readonly summary: string;
  /** Markdown, for the manual page. */
  readonly description?: string;
  readonly params: S;
  /** The parameter that a plain string stands for: `command: uptime`. */
  readonly shorthand?: string;
  /** Tasks as they stand in a playbook; each is executed by the tests. */
  readonly examples: readonly [string, ...string[]];
}

interface Looking<S extends z.ZodType, P extends Probes, Q extends Probes, R extends Probes = Nothing>
  extends Described<S> {
  probes(params: z.output<S>): P;
  /** A second look that depends on the first. */
  probesAfter?(params: z.output<S>, observed: Observed<P>): Q;
  /** A third one, where even the second is needed to know what to ask (log in, look, have the change judged). */
  probesLast?(params: z.output<S>, observed: Observed<P> & Observed<Q>): R;
  /** False: its probes wait for the task's turn (they wake a disk, walk a tree, call the internet). */
  readonly ahead?: false | ((params: z.output<S>) => boolean);
}

export interface StateModuleSource<S extends z.ZodType, P extends Probes, Q extends Probes, R extends Probes = Nothing>
  extends Looking<S, P, Q, R> {
  /** Pure: the same parameters and observations give the same plan. */
  plan(params: z.output<S>, observed: Observed<P> & Observed<Q> & Observed<R>): Plan;
  settle?(params: z.output<S>): Settle;
  /** What `register` gets, from the last look; the same fields whether it changed or not. */
  result?(params: z.output<S>, observed: Observed<P> & Observed<Q>, context: { readonly now: Date }): ValueMap;
  /** An action to run once the state holds (`state: restarted`), unless the change brought it about by itself. */
  verb?(params: z.output<S>, observed: Observed<P> & Observed<Q>): Verb | null;
}
/** `name` is what `change(…, { did })` may name. */
export interface Verb {
  readonly name: string;
  readonly steps: readonly Step[];
}

export interface ReadingSource<S extends z.ZodType, P extends Probes, Q extends Probes> extends Looking<S, P, Q> {
  read(params: z.output<S>, observed: Observed<P> & Observed<Q>, context: { readonly now: Date }): Reading;
  settle?(params: z.output<S>): Settle;
}
export type Reading =
  | { readonly kind: "value"; readonly value: Value; readonly warnings?: readonly string[] }
  | Waiting
  | Refusal;

export interface ActionSource<S extends z.ZodType, P extends Probes, Q extends Probes> extends Looking<S, P, Q> {
  /** What would be sent, or what makes it unnecessary. Without the latter it counts as changed each time. */
  act(params: z.output<S>, observed: Observed<P> & Observed<Q>): Act;
  /** What `register` gets; `replies` belong to the steps, in order, and are absent when nothing was sent. */
  result?(
    params: z.output<S>,
    replies: readonly OpReply[] | null,
    context: { readonly now: Date; readonly why: string | null },
  ): ValueMap;
  /** All steps went through: what of their answers is not as it shall be. Null: all is well. */
  judge?(params: z.output<S>, replies: readonly OpReply[]): { readonly why: string; readonly hint?: string } | null;
  /** The keyword `reads: true` is allowed: it sends the (exec) steps as looks. */
  readonly mayRead?: true;
}
export type Act =
  | { readonly kind: "perform"; readonly steps: readonly Step[]; readonly warnings?: readonly string[] }
  | { readonly kind: "unnecessary"; readonly why: string }
  /** Looking was all there was to do (an HTTP GET): it is what `register` gets, in check mode too. */
  | { readonly kind: "looked"; readonly value: ValueMap; readonly warnings?: readonly string[] }
  | Refusal;

export interface ControllerActionSource<S extends z.ZodType> extends Described<S> {
  run(params: z.output<S>): ControllerOutcome;
  /** What its tasks contribute to (`ControllerOutcome.contribute`), so that it is known before the run who does. */
  readonly contributes?: string;
  /** One call serves all hosts of the play: it runs on the first of them alone. */
  readonly once?: true;
  /** The variables that a task with these parameter names sets, so that they are known before the run. */
  declares?(parameterNames: readonly string[]): readonly string[];
}
export interface ControllerOutcome {
  readonly result?: ValueMap;
  /** Variables of the host from here on. */
  readonly set?: ValueMap;
  /** Shown to the user. */
  readonly message?: Value;
  readonly failed?: { readonly why: string; readonly hint?: string };
  /** Variables as a file of the site has them, with their templates (`varsFile()`). */
  readonly load?: readonly LoadedVariable[];
  /** A host for the plays after this one, or more groups and variables of one that is there. */
  readonly addHost?: { readonly name: string; readonly groups: readonly string[]; readonly vars: ValueMap };
  /** The task's host is in these groups from here on; those that are new are below the parents. */
  readonly joinGroup?: { readonly name: string; readonly parents: readonly string[] };
  /** A piece of something larger, for a later task of the run that puts the pieces together (`contributed()`). */
  readonly contribute?: Value;
}

// What the engine holds: the same with the types of parameters and observations erased.
type Erased = z.ZodType;
export interface StateModule extends StateModuleSource<Erased, Probes, Probes, Probes> {
  readonly kind: "state";
}
export interface ReadingModule extends ReadingSource<Erased, Probes, Probes> {
  readonly kind: "reading";
}
export interface ActionModule extends ActionSource<Erased, Probes, Probes> {
  readonly kind: "action";
}
export interface ControllerModule extends ControllerActionSource<Erased> {
  readonly kind: "controller";
}
export type LookingModule = StateModule | ReadingModule | ActionModule;
export type Module = LookingModule | ControllerModule;

// biome-ignore lint/complexity/noBannedTypes: a module without a second look adds no observations
type Nothing = {};

/** A state that a task declares: probe → plan → apply → verify. */
export function defineModule<
  S extends z.ZodType,
  P extends Probes,
  Q extends Probes = Nothing,
  R extends Probes = Nothing,
>(source: StateModuleSource<S, P, Q, R>): StateModule {
  return { ...source, kind: "state" } as unknown as StateModule;
}

/** A look whose value is wanted: never changed, runs in check mode too. */
export function defineReading<S extends z.ZodType, P extends Probes, Q extends Probes = Nothing>(
  source: ReadingSource<S, P, Q>,
): ReadingModule {
  return { ...source, kind: "reading" } as unknown as ReadingModule;
}

/** Something that is done: changed each time, unless it names what makes it unnecessary. */
export function defineAction<S extends z.ZodType, P extends Probes, Q extends Probes = Nothing>(
  source: ActionSource<S, P, Q>,
): ActionModule {
  return { ...source, kind: "action" } as unknown as ActionModule;
}

/** Something that touches only the run; it never gets a host. */
export function defineControllerAction<S extends z.ZodType>(source: ControllerActionSource<S>): ControllerModule {
  return { ...source, kind: "controller" } as unknown as ControllerModule;
}
