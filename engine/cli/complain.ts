import type { Diagnostic } from "../errors/diagnostic.ts";
import { formatDiagnostics } from "../errors/format-diagnostic.ts";
import type { SiteFiles } from "../site/files.ts";
import { wantsColourOn } from "./wants-colour-on.ts";

/** Prints what is wrong, to stderr, all of it. */
export function complain(diagnostics: readonly Diagnostic[], files: Pick<SiteFiles, "source">): void {
  const format = {
    source: (file: string) => files.source(file),
    colour: wantsColourOn(process.stderr),
    width: process.stderr.columns ?? 80,
  };
  process.stderr.write(`${formatDiagnostics(diagnostics, format)}\n${moreAbout(diagnostics)}\n`);
}

/** Where there is more to read, once for all of them: an error's page rather than a warning's. */
export function moreAbout(diagnostics: readonly Diagnostic[]): string {
  const first = diagnostics.find(({ severity }) => severity !== "warning") ?? diagnostics[0];
  const several = new Set(diagnostics.map(({ code }) => code)).size > 1;
  return `More about ${several ? "each" : "it"}: lab explain ${several ? "CODE, such as " : ""}${first?.code ?? "CODE"}`;
}
