import type { Diagnostic } from "./diagnostic.ts";

/** The user's site or call is wrong: exit status 1, nothing was sent. Carries every diagnostic that was found. */
export class SiteError extends Error {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.map((diagnostic) => diagnostic.message).join("\n"));
    this.name = "SiteError";
    this.diagnostics = diagnostics;
  }
}
