import type { Place } from "../errors/diagnostic.ts";
import { EvaluationError } from "../value/evaluation-error.ts";

/** An EvaluationError of one line: what every reader of templates and conditions throws. */
export function evaluationFailure(code: string, message: string, place: Place, hint?: string): EvaluationError {
  return new EvaluationError({ code, message, place, ...(hint === undefined ? {} : { hint }) });
}
