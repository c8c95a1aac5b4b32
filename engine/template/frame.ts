import type { Scope } from "../value/scope.ts";
import type { Secret } from "../value/secret.ts";
import type { Value } from "../value/value.ts";

/** What one evaluation sees: the variables, and within #each and #with the item, its parameters and its position. */
export interface Frame {
  readonly scope: Scope;
  readonly inner?: {
    readonly outer: Frame;
    /** `this` */
    readonly item: Value;
    /** Values of `as |a b|`, in order. */
    readonly params: readonly Value[];
    /** @index, @key, @first, @last; undefined in #with. */
    readonly position?: Position;
  };
}
export interface Position {
  readonly index: number;
  readonly key: string | number;
  readonly first: boolean;
  readonly last: boolean;
}

/** A part of a template, compiled; called once per evaluation. */
export type Evaluate = (frame: Frame) => Value;
/** Like Evaluate, but undefined where a variable or key is not there. */
export type EvaluateOptional = (frame: Frame) => Value | undefined;
/** Appends what a statement prints. */
export type Print = (frame: Frame, output: Output) => void;

export interface Output {
  text: string;
  /** What of it is secret; anything makes a secret of all. */
  readonly secrets: Secret[];
}
