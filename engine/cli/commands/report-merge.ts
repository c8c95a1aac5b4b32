import { readFileSync, statSync } from "node:fs";
import { extname, resolve } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { eventLine } from "../../report/event-line.ts";
import { type JournalEvent, journalEvents } from "../../report/journal-events.ts";
import { junitOf } from "../../report/junit-of-journal.ts";
import type { Part } from "../../report/merge-problems.ts";
import { mergeRuns } from "../../report/merge-runs.ts";
import { createPlainReporter } from "../../report/plain.ts";
import { htmlOfJournal } from "../../report/report-of-journal.ts";
import { complain } from "../complain.ts";
import { exitCodes } from "../exit-codes.ts";
import { version } from "../version.ts";
import { wantsColourOn } from "../wants-colour-on.ts";
import { checkReportPath, writeReport } from "../write-report.ts";

export interface MergeOptions {
  readonly output?: readonly string[];
}

/** `lab report merge`: what shards have written → one recap, and reports of the whole. */
export async function mergeReports(files: readonly string[], { output = [] }: MergeOptions): Promise<number> {
  const folder = process.cwd();
  const diagnostics: Diagnostic[] = output.flatMap(checkOutput);
  const parts: Part[] = [];
  const seen = new Set<string>();
  for (const name of files) {
    const path = resolve(folder, name);
    if (seen.has(path)) diagnostics.push({ code: "wrong-option", message: `${name} is named twice` });
    seen.add(path);
    const read = readPart(path);
    if (typeof read === "string") diagnostics.push({ code: "no-journal", message: `${name}: ${read}` });
    else parts.push({ name, events: read });
  }
  if (diagnostics.length > 0) {
    complain(diagnostics, { source: () => undefined });
    return exitCodes.wrong;
  }
  const { events, problems, exitCode } = mergeRuns(parts);
  if (problems.length > 0) complain(problems, { source: () => undefined });
  if (events.length === 0) return exitCodes.wrong;
  for (const file of output) writeReport(resolve(folder, file), rendered(file, events));
  await printRecap(events);
  return exitCode;
}

function readPart(path: string): readonly JournalEvent[] | string {
  if (!statSync(path, { throwIfNoEntry: false })?.isFile()) return "there is no such file";
  const read = journalEvents(readFileSync(path, "utf8"));
  return read.ok ? read.events : `line ${read.line} ${read.message}`;
}

function checkOutput(file: string): readonly Diagnostic[] {
  if (/\.(html?|xml|jsonl)$/i.test(file)) return checkReportPath(resolve(file), "--output");
  const message = `--output: nobody knows what ${file} is to hold`;
  return [{ code: "wrong-option", message, hint: ".html is a page, .xml is JUnit's format, .jsonl has the events" }];
}

function rendered(file: string, events: readonly JournalEvent[]): string {
  switch (extname(file).toLowerCase()) {
    case ".xml":
      return junitOf(events);
    case ".jsonl":
      return events.map(({ at, event }, index) => eventLine(index + 1, new Date(at), event)).join("");
    default:
      return htmlOfJournal(events, version());
  }
}

/** As at the end of a run. */
async function printRecap(events: readonly JournalEvent[]): Promise<void> {
  const { stdout } = process;
  const look = { colour: wantsColourOn(stdout), diff: false, profile: false, verbosity: 0, source: () => undefined };
  const reporter = createPlainReporter(stdout, look);
  for (const { event } of events) if (event.type === "run" || event.type === "recap") reporter.on(event);
  await reporter.end();
}
