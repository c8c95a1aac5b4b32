import { EvaluationError } from "./evaluation-error.ts";
import { UnknownRead } from "./expression.ts";

/**
 * Evaluation is synchronous, so there is one list of failures at a time: that of the innermost `tolerating`. Null where
 * the first failure ends an evaluation, as in a run.
 */
let failures: EvaluationError[] | null = null;

/** Whether what is evaluated now is only looked at for what is wrong with it, before any run. */
export function isTolerating(): boolean {
  return failures !== null;
}

/** Evaluates for the sake of what is wrong: parts that fail are noted and passed over, as if they were not known. */
export function tolerating<T>(evaluate: () => T): {
  readonly failures: readonly EvaluationError[];
  readonly value?: T;
  readonly unknown?: string;
} {
  const outer = failures;
  const own: EvaluationError[] = [];
  failures = own;
  try {
    return { failures: own, value: evaluate() };
  } catch (error) {
    if (error instanceof EvaluationError) own.push(error);
    else if (error instanceof UnknownRead) return { failures: own, unknown: error.why };
    else throw error;
    return { failures: own, unknown: "it is wrong" };
  } finally {
    failures = outer;
  }
}

/** What a part's failure means for the parts beside it: an UnknownRead is kept for later, anything else is thrown. */
export function passedOver(error: unknown): UnknownRead {
  if (error instanceof UnknownRead) return error;
  if (failures === null || !(error instanceof EvaluationError)) throw error;
  failures.push(error);
  return new UnknownRead("it is wrong");
}

/**
 * The values of parts that are all needed. One that is not known yet does not hide what is wrong with those behind it:
 * these would fail in the run too, whatever it comes to.
 */
export function evaluateAll<P, T>(parts: readonly P[], evaluate: (part: P, index: number) => T): T[] {
  const values: T[] = [];
  let unknown: UnknownRead | undefined;
  parts.forEach((part, index) => {
    try {
      values.push(evaluate(part, index));
    } catch (error) {
      const read = passedOver(error);
      unknown ??= read;
    }
  });
  if (unknown) throw unknown;
  return values;
}

/** Evaluates, and makes of each error what `annotate` makes of it; of those too that are noted and passed over. */
export function annotated<T>(evaluate: () => T, annotate: (error: EvaluationError) => EvaluationError): T {
  const noted = failures;
  const before = noted?.length ?? 0;
  try {
    return evaluate();
  } catch (error) {
    throw error instanceof EvaluationError ? annotate(error) : error;
  } finally {
    if (noted !== null && noted.length > before) noted.push(...noted.splice(before).map(annotate));
  }
}
