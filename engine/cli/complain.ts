import type { Diagnostic } from "../errors/diagnostic.ts";
import { formatDiagnostics } from "../errors/format-diagnostic.ts";
import type { SiteFiles } from "../site/files.ts";
import { wantsColourOn } from "./open-reporter.ts";

/** Prints what is wrong, to stderr, all of it. */
export function complain(diagnostics: readonly Diagnostic[], files: Pick<SiteFiles, "source">): void {
  const format = {
    source: (file: string) => files.source(file),
    colour: wantsColourOn(process.stderr),
    width: process.stderr.columns ?? 80,
  };
  process.stderr.write(`${formatDiagnostics(diagnostics, format)}\n`);
}
