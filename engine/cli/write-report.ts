import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
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
  const special = statSync(path, { throwIfNoEntry: false })?.isFile() === false;
  const partial = `${path}.${process.pid}.tmp`;
  try {
    // A device or a pipe (/dev/stdout) cannot be replaced.
    writeFileSync(special ? path : partial, text);
    if (!special) renameSync(partial, path);
  } catch (error) {
    rmSync(partial, { force: true });
    const why = error instanceof Error ? error.message : String(error);
    throw new SiteError([{ code: "report-not-writable", message: `${path} could not be written: ${why}` }]);
  }
}
