import type { Outside } from "../value/scope.ts";
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
  | "string or integer"
  | "integer or list"
  | "string or number"
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

/** Under which heading the documentation lists a function. */
export const functionTopics = [
  "values",
  "texts",
  "regular expressions",
  "lists and maps",
  "numbers",
  "encodings and hashes",
  "addresses",
  "paths and URLs",
  "random values",
  "time",
  "look-ups",
] as const;
export type FunctionTopic = (typeof functionTopics)[number];

/** A function of the language: a helper in templates, a function and a method in CEL. */
export interface LabFunction {
  readonly name: string;
  readonly topic: FunctionTopic;
  readonly summary: string;
  readonly params: readonly Param[];
  /** Any number of further arguments of the last parameter's type. */
  readonly variadic?: boolean;
  readonly returns: ParamType;
  /** The first argument may be undefined: a variable or key that is not there. The others are evaluated only if they are wanted. */
  readonly optionalFirst?: boolean;
  /** With `optionalFirst`: whether the others are wanted; unsaid, where the first is undefined or null. */
  wantsOthers?(first: Value | undefined): boolean;
  /**
   * Gets Secrets as they are. Without it the engine reveals secrets to `run` and makes a secret of every text in the
   * answer: right for what builds texts, too coarse for what only picks among values (`first`, `default`, `keys`).
   */
  readonly picks?: boolean;
  /** A variable may bear its name (`version`, `file`): with arguments it is the function, without any the variable. */
  readonly sharesName?: boolean;
  /** CEL says it with an operator (`==`, `&&`); its example for CEL shows how. */
  readonly templatesOnly?: boolean;
  /** It reads what is outside of its arguments: files, the environment. */
  readonly looksUp?: "file" | "env" | "clock";
  /** Arguments have been checked against `params`. What is wrong beyond their types is a FunctionFailure. */
  run(args: readonly (Value | undefined)[], outside: Outside): Value;
  readonly example: FunctionExample;
  /** Further ways of calling it, executed like the first. */
  readonly more?: readonly FunctionExample[];
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
