import type { Place } from "../errors/diagnostic.ts";
import type { Value } from "../value/value.ts";
import type { ArgumentType } from "./argument-types.ts";

/** What a value must be: of an argument of a role, of an item of a list, of a key of a map. */
export interface Shape {
  readonly type: ArgumentType;
  readonly choices?: readonly (string | number | boolean)[];
  /** Of numbers the value, of sizes bytes, of durations seconds, of texts the length, of lists and maps how many. */
  readonly min?: number;
  readonly max?: number;
  /** What the whole text must match. */
  readonly pattern?: { readonly source: string; readonly matches: RegExp };
  /** Of a list. */
  readonly items?: Shape;
  /** Of a map: its keys, and no others. */
  readonly keys?: ReadonlyMap<string, Argument>;
  /** Of a map with any keys: each of their values. */
  readonly values?: Shape;
  readonly secret: boolean;
}

/** One argument of a role, or one key of a map. */
export interface Argument extends Shape {
  readonly name: string;
  /** Of its name in meta/arguments.yml. */
  readonly place: Place;
  readonly required: boolean;
  readonly description?: string;
  /** Of keys of maps; those of whole arguments are variables of the role. */
  readonly fallback?: Value;
  /** Null may be given: nothing else is its default. */
  readonly nullable: boolean;
  /** What to use instead. */
  readonly deprecated?: string;
  readonly examples: readonly Value[];
}

/** The arguments of a list of tasks by their names, in the order of the file. */
export type Arguments = ReadonlyMap<string, Argument>;
