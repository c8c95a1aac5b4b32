import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import type { Diagnostic } from "../../../engine/errors/diagnostic.ts";
import { checkTexts } from "../../support/check-texts.ts";
import { codesInSources, namedInSources } from "../../support/diagnostic-codes.ts";
import { pageExamples } from "../../support/page-examples.ts";

const folder = resolve(import.meta.dirname, "../../../docs/errors");
const pages = new Map(
  readdirSync(folder)
    .filter((name) => name.endsWith(".md") && name !== "README.md")
    .sort()
    .map((name) => [name.replace(/\.md$/, ""), readFileSync(join(folder, name), "utf8")]),
);
const codes = codesInSources();
const used = new Set(codes.keys());
// A name is no fault of an example that is about something else.
const beside = new Set(["missing-name", "unused-role"]);

const codesOf = (found: readonly Diagnostic[], severity: "error" | "warning") =>
  new Set(found.filter((each) => (each.severity ?? "error") === severity).map(({ code }) => code));

describe("docs/errors", () => {
  it("has a page for every code of the sources", () => {
    expect(used.size).toBeGreaterThan(150);
    const missing = [...codes].filter(([code]) => !pages.has(code));
    const todo = missing.map(([code, files]) => `write docs/errors/${code}.md (used in ${[...files].join(", ")})`);
    expect(todo.sort()).toEqual([]);
  });

  it("has no page of a code that is gone", () => {
    expect([...pages.keys()].filter((code) => !used.has(code) && !namedInSources(code))).toEqual([]);
  });

  it.each([...pages])("%s: says what it means, and how to mend it", (code, text) => {
    const [title, summary = ""] = text.split(/\n{2,}/);
    expect(title).toBe(`# ${code}`);
    expect(summary).toMatch(/^[A-Z`!].*[.]$/s);
    expect(summary.length).toBeLessThan(220);
    expect(text).toMatch(/^## Instead$/m);
    for (const line of text.split("\n")) expect(line.length, line).toBeLessThanOrEqual(150);
  });

  const examples = [...pages].map(([code, text]) => ({ code, ...pageExamples(text) }));

  it("has examples of most", () => {
    expect(examples.filter(({ wrong }) => wrong).length).toBeGreaterThan(100);
  });

  it.each(examples.flatMap(({ code, wrong }) => (wrong ? [[code, wrong] as const] : [])))(
    "%s: the example has this fault and no other",
    async (code, site) => {
      const { diagnostics } = await checkTexts(site);
      const [errors, warnings] = [codesOf(diagnostics, "error"), codesOf(diagnostics, "warning")];
      expect([...errors, ...warnings].filter((each) => !beside.has(each) || each === code)).toEqual([code]);
    },
  );

  it.each(examples.flatMap(({ code, right }) => (right ? [[code, right] as const] : [])))(
    "%s: what to write instead is right",
    async (_, site) => {
      const { diagnostics } = await checkTexts(site);
      const found = [...codesOf(diagnostics, "error"), ...codesOf(diagnostics, "warning")];
      expect(found.filter((each) => !beside.has(each))).toEqual([]);
    },
  );

  it("lists them all in its README", async () => {
    const rows = [...pages].map(([code, text]) => `| [\`${code}\`](${code}.md) | ${summaryOf(text)} |`);
    await expect(`${introduction}\n${rows.join("\n")}\n`).toMatchFileSnapshot(join(folder, "README.md"));
  });
});

function summaryOf(text: string): string {
  return (text.split(/\n{2,}/)[1] ?? "").replaceAll("\n", " ").replaceAll("|", "\\|");
}

const introduction = `# Errors and warnings by code

Every error that a site or a call can cause carries a code in brackets, the place it comes from, an excerpt and, where
one is known, the way out. All errors of a site are reported together, before anything is sent, with exit status 1.
Errors that only the values of a run can show (an undefined key of a registered result, say) fail their task, status 2.
\`lab check\` tells warnings besides, \`lab explain CODE\` shows a page of this folder.

\`\`\`text
error[unknown-parameter]: \`cron\` has no parameter \`minutes\`
  --> playbooks/site.yml:9:9
   |
 9 |         minutes: 5
   |         ^^^^^^^
  hint: did you mean \`minute\`?
\`\`\`

| code | it means |
| --- | --- |`;
