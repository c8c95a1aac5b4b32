import type { Value } from "./value.ts";

/** What templates and conditions can see. `get` answers undefined for a name that no level defines; it may throw an EvaluationError. */
export interface Scope {
  get(name: string): Value | undefined;
  has(name: string): boolean;
  names(): Iterable<string>;
}
