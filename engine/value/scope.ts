import type { Place } from "../errors/diagnostic.ts";
import type { Value } from "./value.ts";

/** What templates and conditions can see. `get` answers undefined for a name that no level defines; it may throw an EvaluationError. */
export interface Scope {
  get(name: string): Value | undefined;
  has(name: string): boolean;
  names(): Iterable<string>;
  /** Where a variable was set; undefined for what no level sets. */
  whereIs?(name: string): Whereabouts | undefined;
  /** For look-ups. Without it their answers are not known. */
  readonly outside?: Outside;
}

/** Where a variable was set, and what that overrode (for a `!merge`, also what it joined), the highest first. */
export interface Whereabouts {
  readonly place: Place;
  readonly origin: string;
  readonly shadowed: readonly { readonly place: Place; readonly origin: string }[];
}

/** A text that was found; one of an encrypted file is a secret. */
export interface FoundText {
  readonly text: string;
  readonly secret: boolean;
}

/** What look-ups see of the world outside of the variables. Files are those of the site, by names as its author writes them. */
export interface Outside {
  /** A file of the role or beside the playbook. Throws where there is none. */
  file(name: string): FoundText;
  /** Whether there is such a file. */
  has(name: string): boolean;
  /** Names of files that match a pattern, as `file` takes them, sorted. */
  glob(pattern: string): readonly string[];
  /** A variable of the environment in which lab was called. */
  env(name: string): string | undefined;
  /** The moment at which the run began, in seconds since 1970. */
  now(): number;
}
