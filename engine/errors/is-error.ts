import type { Diagnostic } from "./diagnostic.ts";

/** Unsaid, it is one. */
export function isError({ severity }: Pick<Diagnostic, "severity">): boolean {
  return severity !== "warning";
}
