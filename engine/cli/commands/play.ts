import type { Diagnostic } from "../../errors/diagnostic.ts";
import { isError } from "../../errors/is-error.ts";
import { SiteError } from "../../errors/site-error.ts";
import { findRoot } from "../../site/files.ts";
import { complain } from "../complain.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { faultReport } from "../fault-report.ts";
import { libraryRoles } from "../library-roles.ts";
import { listPlays } from "../list-plays.ts";
import { isUnreachable, loadCall } from "../load-call.ts";
import { lockWaitMs } from "../lock-wait.ts";
import { type Outside, openOutside } from "../open-outside.ts";
import { openTerminal } from "../open-terminal.ts";
import type { Manner, PlayOptions } from "../run-call.ts";
import { loadSiteModules } from "../site-modules.ts";

/** `lab play`: load → complain or list → run → report. */
export async function play(playbooks: readonly string[], options: PlayOptions, manner: Manner = {}): Promise<number> {
  const folder = process.cwd();
  const outside = openOutside(folder, options);
  try {
    return await loadAndRun(playbooks, options, folder, outside, manner);
  } catch (error) {
    if (error instanceof SiteError) throw error;
    // What is thrown may quote what was being worked on.
    process.stderr.write(`${outside.redactor.redact(faultReport(error))}\n`);
    return exitCodes.fault;
  } finally {
    await outside.close();
  }
}

async function loadAndRun(
  playbooks: readonly string[],
  options: PlayOptions,
  folder: string,
  outside: Outside,
  manner: Manner,
): Promise<number> {
  const own = await loadSiteModules(findRoot(diskFiles, folder));
  const request = { source: manner.source ?? diskFiles, folder, playbooks, ...own, libraryRoles, options };
  // What only looks at the site opens none of its secrets.
  const listing = options.syntaxCheck || options.listHosts || options.listTasks || options.listTags;
  const loaded = await loadCall({
    ...request,
    ...(!options.syntaxCheck && { ask: outside.ask }),
    ...(!listing && { keys: outside.keys }),
  });
  const reports = options.report ? (await import("../open-reports.ts")).checkReports(options.report, folder) : [];
  const diagnostics = [...loaded.diagnostics, ...outside.warnings, ...checkOptions(options), ...reports];
  if (!loaded.call || diagnostics.some(isError)) {
    complain(diagnostics.map(outside.redactor.redactDiagnostic), loaded.files);
    return isUnreachable(diagnostics) ? exitCodes.unreachable : exitCodes.wrong;
  }
  const { site, plays } = loaded.call;
  if (options.syntaxCheck) {
    if (diagnostics.length > 0) complain(diagnostics, loaded.files);
    process.stdout.write(`${site.playbooks.map(({ file }) => file).join(", ")}: no errors\n`);
    return exitCodes.done;
  }
  if (options.listHosts || options.listTasks || options.listTags) {
    process.stdout.write(listPlays(plays, options));
    return exitCodes.done;
  }
  const { runCall } = await import("../run-call.ts");
  return runCall(loaded.call, options, outside, diagnostics, manner);
}

function checkOptions(options: PlayOptions): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
  if (typeof options.waitForLock === "string" && lockWaitMs(options.waitForLock) === undefined) {
    found.push({
      code: "wrong-option",
      message: `--wait-for-lock takes a length of time, got "${options.waitForLock}"`,
      hint: "write 90s, 5m or 1h; without one it is 5m",
    });
  }
  if (options.step && !openTerminal().present) {
    found.push({
      code: "no-terminal",
      message: "--step asks before each task, and nobody is there to answer: this is no terminal",
      hint: "call it from a terminal, without a pipe into it",
    });
  }
  if (options.resume && options.startAtTask !== undefined) {
    found.push({
      code: "wrong-option",
      message: "--resume and --start-at-task both say where to begin",
      hint: "give one of them",
    });
  }
  if (options.forks !== undefined && !/^[1-9]\d{0,3}$/.test(options.forks)) {
    found.push({ code: "wrong-option", message: `--forks takes a number from 1 to 9999, got "${options.forks}"` });
  }
  if (options.exitCode && !options.check) {
    found.push({
      code: "wrong-option",
      message: "--exit-code goes with --check",
      hint: "a real run ends with 0 when everything is done",
    });
  }
  return found;
}
