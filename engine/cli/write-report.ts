import { accessSync, closeSync, constants, openSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";

/** What would keep a file from being written: told before a run, not after it. */
export function checkReportPath(path: string, option: string): readonly Diagnostic[] {
  const wrong = (message: string, hint: string): readonly Diagnostic[] => [
    { code: "report-not-writable", message, hint },
  ];
  const folder = dirname(path);
  const there = statSync(folder, { throwIfNoEntry: false });
  if (!there) return wrong(`${option}: there is no folder ${folder}`, `mkdir -p ${folder}`);
  if (!there.isDirectory()) return wrong(`${option}: ${folder} is no folder`, "name a file in a folder");
  const file = statSync(path, { throwIfNoEntry: false });
  if (file?.isDirectory()) return wrong(`${option}: ${path} is a folder`, "name a file in it");
  try {
    accessSync(folder, constants.W_OK);
  } catch {
    return wrong(`${option}: nothing can be written in ${folder}`, "name a file in a folder that is yours");
  }
  return [];
}

/** The whole file or none of it: who opens it while it is written must not see half a report. */
export function writeReport(path: string, text: string): void {
  const report = openReport(path);
  report.write(text);
  report.end();
}

export interface ReportFile {
  write(text: string): void;
  /** Puts it where it belongs. Throws what has kept any of it from being written. */
  end(): void;
}

/** A report that is written as it comes about: of a thousand hosts it is longer than one wants to hold, or than a string can be. */
export function openReport(path: string): ReportFile {
  const special = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  // A device or a pipe (/dev/stdout) cannot be replaced.
  const target = special ? path : `${path}.${process.pid}.tmp`;
  let file: number | undefined;
  let held: string[] = [];
  let length = 0;
  let trouble: unknown;
  const attempt = (work: () => void): void => {
    if (trouble !== undefined) return;
    try {
      work();
    } catch (error) {
      trouble = error;
      if (!special && file !== undefined) rmSync(target, { force: true });
    }
  };
  const flush = (): void =>
    attempt(() => {
      file ??= openSync(target, "w");
      writeFileSync(file, held.join(""));
      held = [];
      length = 0;
    });
  return {
    write(text) {
      if (trouble !== undefined) return;
      held.push(text);
      length += text.length;
      if (length >= flushedAt) flush();
    },
    end() {
      flush();
      if (file !== undefined) closeSync(file);
      if (!special) attempt(() => renameSync(target, path));
      if (trouble === undefined) return;
      const why = trouble instanceof Error ? trouble.message : String(trouble);
      throw new SiteError([{ code: "report-not-writable", message: `${path} could not be written: ${why}` }]);
    },
  };
}
const flushedAt = 256 * 1024;
