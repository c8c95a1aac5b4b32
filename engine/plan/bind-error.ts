import type { Diagnostic, Place } from "../errors/diagnostic.ts";
import { typeName, type Value } from "../value/value.ts";

/** Carries diagnostics out of the depth of a binding. */
export class BindError extends Error {
  readonly diagnostics: readonly Diagnostic[];
  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map(({ message }) => message).join("\n"));
    this.diagnostics = diagnostics;
  }
}

export function wrongType(place: Place | undefined, what: string, wanted: string, got: Value): BindError {
  return new BindError([
    { code: "wrong-type", message: `\`${what}\`: expected ${wanted}, got ${typeName(got)}`, ...(place && { place }) },
  ]);
}
