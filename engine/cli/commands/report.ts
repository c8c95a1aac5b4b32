import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join, resolve } from "node:path";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { isError } from "../../errors/is-error.ts";
import { journalEvents } from "../../report/journal-events.ts";
import { junitOf } from "../../report/junit-of-journal.ts";
import { htmlOfJournal } from "../../report/report-of-journal.ts";
import { findRoot } from "../../site/files.ts";
import { nearest } from "../../text/nearest.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { version } from "../version.ts";
import { checkReportPath, writeReport } from "../write-report.ts";

export interface ReportCommandOptions {
  /** Commander cannot want it of `lab report` and not of `lab report merge`. */
  readonly output?: readonly string[];
}

/** `lab report`: journal → page or JUnit. */
export async function report(run: string | undefined, { output = [] }: ReportCommandOptions): Promise<number> {
  const folder = process.cwd();
  const files = output.map((file) => resolve(folder, file));
  const found = findJournal(run, folder);
  const diagnostics = [
    ...(files.length === 0 ? [noOutput] : []),
    ...(found.ok ? [] : [found.problem]),
    ...files.flatMap(checkOutput),
  ];
  const read = found.ok ? journalEvents(readFileSync(found.path, "utf8")) : null;
  if (found.ok && read && !read.ok) diagnostics.push(noJournal(found.path, `line ${read.line} ${read.message}`));
  if (!read?.ok || diagnostics.some(isError)) {
    complain(diagnostics, { source: () => undefined });
    return exitCodes.wrong;
  }
  for (const file of files)
    writeReport(file, isXml(file) ? junitOf(read.events) : htmlOfJournal(read.events, version()));
  return exitCodes.done;
}

type Found = { readonly ok: true; readonly path: string } | { readonly ok: false; readonly problem: Diagnostic };

/** A file by its path, else a run by its id, else the latest. Ids begin with their time, so names sort by age. */
function findJournal(run: string | undefined, folder: string): Found {
  if (run !== undefined && statSync(resolve(folder, run), { throwIfNoEntry: false })?.isFile()) {
    return { ok: true, path: resolve(folder, run) };
  }
  const journals = join(findRoot(diskFiles, folder), ".lab", "runs");
  const names = existsSync(journals) ? readdirSync(journals).filter((name) => name.endsWith(".jsonl")) : [];
  const ids = names.map((name) => name.slice(0, -".jsonl".length)).sort();
  const id = run === undefined ? ids.at(-1) : ids.find((each) => each === run);
  if (id !== undefined) return { ok: true, path: join(journals, `${id}.jsonl`) };
  const near = run === undefined ? undefined : nearest(run, ids);
  const hint = near === undefined ? "lab runs lists them; lab play … makes one" : `did you mean ${near}?`;
  return { ok: false, problem: noJournal(run ?? journals, "there is no such run", hint) };
}

function noJournal(
  what: string,
  message: string,
  hint = "name a run of this site, or a file that --format jsonl has written",
): Diagnostic {
  return { code: "no-journal", message: `${what}: ${message}`, hint };
}

const noOutput: Diagnostic = {
  code: "usage",
  message: "required option '-o, --output <file>' not specified",
  hint: "see lab report --help",
};

function checkOutput(file: string): readonly Diagnostic[] {
  if (/\.(html?|xml)$/i.test(file)) return checkReportPath(file, "--output");
  const message = `--output: nobody knows what ${file} is to hold`;
  return [{ code: "wrong-option", message, hint: ".html is a page, .xml is JUnit's format" }];
}

function isXml(file: string): boolean {
  return extname(file).toLowerCase() === ".xml";
}
