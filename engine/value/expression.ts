import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./value.ts";

/** One reading of a variable: `facts.distribution.name` is name `facts`, path [`distribution`, `name`]. */
export interface VariableUse {
  readonly name: string;
  /** The literal keys that follow, as far as they are literal. */
  readonly path: readonly string[];
  readonly place: Place;
  /** It may be undefined here: an argument of `default` or `defined`, or of CEL's `has()`. */
  readonly optional: boolean;
}

/** A template or a condition, parsed. `evaluate` throws EvaluationError, and UnknownRead when it meets an Unknown. */
export interface Expression {
  readonly source: string;
  readonly place: Place;
  readonly uses: readonly VariableUse[];
  evaluate(scope: Scope): Value;
  /** An encrypted value: it reads nothing, and evaluating it opens it. */
  readonly sealed?: true;
}

/** The outcome of parsing something the user wrote. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T; readonly warnings?: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** Thrown where an evaluation reads a value that this run cannot know yet: what reads it is unknown too. */
export class UnknownRead extends Error {
  readonly why: string;

  constructor(why: string) {
    super(why);
    this.name = "UnknownRead";
    this.why = why;
  }
}

/** A value of the site before its templates are rendered: the YAML tree with its texts parsed. */
export type ValueSource = (
  | {
      readonly kind: "literal";
      readonly value: Value;
      readonly place: Place;
      /** For a text: the place of one of its characters (see ScalarNode). */
      placeAt?(offset: number, length?: number): Place;
    }
  | { readonly kind: "expression"; readonly expression: Expression; readonly place: Place }
  | { readonly kind: "list"; readonly items: readonly ValueSource[]; readonly place: Place }
  | { readonly kind: "map"; readonly entries: readonly SourceEntry[]; readonly place: Place }
) & {
  /** `!merge` (maps) or `!append` (lists): joined with what lower levels say instead of replacing it. Whole variables only. */
  readonly combine?: "merge" | "append";
};
export interface SourceEntry {
  readonly key: string;
  readonly keyPlace: Place;
  readonly value: ValueSource;
}
