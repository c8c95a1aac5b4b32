import type { Value } from "../value/value.ts";

/** What an argument may be, in the words that errors and the documentation use. */
export type ParamType =
  | "any"
  | "string"
  | "integer"
  | "number"
  | "boolean"
  | "list"
  | "map"
  | "list or map"
  | "string, list or map"
  | "string or list"
  | "string, number or boolean";

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  /** May be left out; `run` then sees undefined. */
  readonly optional?: boolean;
}

/** One executed example: the same call in a template and in CEL, and what both give. */
export interface FunctionExample {
  readonly vars?: Readonly<Record<string, Value>>;
  readonly template: string;
  readonly cel: string;
  readonly gives: Value;
}

/** A function of the language: a helper in templates, a function and a method in CEL. */
export interface LabFunction {
  readonly name: string;
  readonly summary: string;
  readonly params: readonly Param[];
  /** Any number of further arguments of the last parameter's type. */
  readonly variadic?: boolean;
  readonly returns: ParamType;
  /** The first argument may be undefined: a variable or key that is not there. The others are evaluated only if it is. */
  readonly optionalFirst?: boolean;
  /**
   * Gets Secrets as they are. Without it the engine reveals secrets to `run` and makes a secret of every text in the
   * answer: right for what builds texts, too coarse for what only picks among values (`first`, `default`, `keys`).
   */
  readonly picks?: boolean;
  /** Arguments have been checked against `params`. What is wrong beyond their types is a FunctionFailure. */
  run(args: readonly (Value | undefined)[]): Value;
  readonly example: FunctionExample;
}

/** An argument of the right type that the function cannot work with (text that is no JSON); made a diagnostic by the caller. */
export class FunctionFailure extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.name = "FunctionFailure";
    this.hint = hint;
  }
}
