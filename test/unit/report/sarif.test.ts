import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import draft4 from "ajv-draft-04";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { sarif } from "../../../engine/report/sarif.ts";

// The schema of the standard, as it is published; it is written in draft 4 of JSON Schema.
const schema = JSON.parse(
  readFileSync(resolve(import.meta.dirname, "../../fixtures/sarif/sarif-2.1.0-rtm.5.json"), "utf8"),
);
const validate = new draft4.default({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema);

const request = (diagnostics: readonly Diagnostic[]) => ({
  diagnostics,
  version: "0.1.0",
  helpUri: "https://example.org/errors",
  rule: (code: string) =>
    code === "unknown-keyword" ? { code, summary: "There is none.", text: `# ${code}\n\nThere is none.\n` } : undefined,
});
const place = { file: "playbooks/a b.yml", line: 3, column: 5, length: 4 };
const examples: readonly (readonly Diagnostic[])[] = [
  [],
  [{ code: "unknown-keyword", message: "no such keyword", place, hint: "did you mean `when`?" }],
  [
    { code: "missing-inventory", message: "nowhere" },
    {
      code: "unused-file",
      message: "left",
      severity: "warning",
      place: { file: "/elsewhere/x#1.yml", line: 1, column: 1 },
    },
    { code: "duplicate-key", message: "twice", place, related: [{ message: "the first", place }] },
  ],
];

describe("SARIF", () => {
  it.each(examples.map((each) => [each.length, each] as const))("of %i diagnostics is valid", (_, diagnostics) => {
    const report = sarif(request(diagnostics));
    expect(validate(report) ? null : validate.errors).toBeNull();
  });

  it("is refused by the schema where it is wrong", () => {
    expect(validate({ version: "2.1.0", runs: [{ results: [] }] })).toBe(false);
  });

  it("has a rule for each code, with its page, and places as the terminal has them", () => {
    const report = JSON.parse(JSON.stringify(sarif(request(examples[1] ?? []))));
    const [run] = report.runs;
    expect(run.tool.driver.rules).toEqual([
      {
        id: "unknown-keyword",
        shortDescription: { text: "There is none." },
        help: { text: "There is none.", markdown: "# unknown-keyword\n\nThere is none.\n" },
        helpUri: "https://example.org/errors/unknown-keyword.md",
      },
    ]);
    expect(run.results[0]).toMatchObject({
      ruleId: "unknown-keyword",
      ruleIndex: 0,
      level: "error",
      message: { text: "no such keyword (did you mean `when`?)" },
    });
    expect(run.results[0].locations[0].physicalLocation).toEqual({
      artifactLocation: { uri: "playbooks/a%20b.yml", uriBaseId: "SITE" },
      region: { startLine: 3, startColumn: 5, endLine: 3, endColumn: 9 },
    });
  });
});
