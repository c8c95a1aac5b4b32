import type { Diagnostic } from "../errors/diagnostic.ts";

/** A template or condition that cannot be evaluated with the values of this moment (undefined variable, wrong type). */
export class EvaluationError extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.name = "EvaluationError";
    this.diagnostic = diagnostic;
  }
}
