import type { VariableUse } from "../value/expression.ts";

/**
 * The uses of one text, where a variable that is tested for somewhere (`{{#if (defined x)}}{{x}}`, `has(vars.x) && x`)
 * counts as optional everywhere: which readings the test guards shows only when it is evaluated, and a check before
 * the run must not complain about guarded ones.
 */
export function guardedUses(uses: readonly VariableUse[]): readonly VariableUse[] {
  const tested = new Set(uses.filter((use) => use.optional).map((use) => use.name));
  return tested.size === 0 ? uses : uses.map((use) => (tested.has(use.name) ? { ...use, optional: true } : use));
}
