import type { Diagnostic, Place } from "../errors/diagnostic.ts";

export interface SarifRule {
  readonly code: string;
  readonly summary: string;
  /** Markdown. */
  readonly text: string;
}
export interface SarifRequest {
  readonly diagnostics: readonly Diagnostic[];
  readonly version: string;
  /** Where the pages of the codes are read: `${helpUri}/CODE.md`. */
  readonly helpUri: string;
  rule(code: string): SarifRule | undefined;
}

/** Diagnostics in the Static Analysis Results Interchange Format, version 2.1.0, as editors and code scanning read it. */
export function sarif({ diagnostics, version, helpUri, rule }: SarifRequest): unknown {
  const codes = [...new Set(diagnostics.map(({ code }) => code))].sort();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "lab",
            semanticVersion: version,
            informationUri: helpUri,
            rules: codes.map((code) => ruleOf(code, rule(code), helpUri)),
          },
        },
        // Places count UTF-16 code units; SARIF's default.
        columnKind: "utf16CodeUnits",
        originalUriBaseIds: { SITE: { description: { text: "The folder of the site." } } },
        results: diagnostics.map((diagnostic) => resultOf(diagnostic, codes)),
      },
    ],
  };
}

function ruleOf(code: string, page: SarifRule | undefined, helpUri: string): unknown {
  return {
    id: code,
    shortDescription: { text: page?.summary ?? code },
    ...(page && { help: { text: page.summary, markdown: page.text } }),
    helpUri: `${helpUri}/${code}.md`,
  };
}

function resultOf({ code, message, hint, place, severity, related = [] }: Diagnostic, codes: readonly string[]) {
  return {
    ruleId: code,
    ruleIndex: codes.indexOf(code),
    level: severity ?? "error",
    message: { text: hint === undefined ? message : `${message} (${hint})` },
    locations: place ? [{ physicalLocation: locationOf(place) }] : [],
    ...(related.length > 0 && {
      relatedLocations: related.map((each, index) => ({
        id: index + 1,
        message: { text: each.message },
        physicalLocation: locationOf(each.place),
      })),
    }),
  };
}

function locationOf({ file, line, column, length }: Place): unknown {
  const inSite = !file.startsWith("/");
  const uri = encodeURI(inSite ? file : `file://${file}`)
    .replaceAll("#", "%23")
    .replaceAll("?", "%3F");
  return {
    artifactLocation: { uri, ...(inSite && { uriBaseId: "SITE" }) },
    region: {
      startLine: line,
      startColumn: column,
      ...(length !== undefined && { endLine: line, endColumn: column + length }),
    },
  };
}
