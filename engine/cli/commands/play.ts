import { randomBytes } from "node:crypto";
import { homedir, userInfo } from "node:os";
import { fileURLToPath } from "node:url";
import { modules } from "../../../modules/index.ts";
import type { OpenConnection } from "../../connection/connection.ts";
import { openConnections } from "../../connection/open-connections.ts";
import type { Diagnostic } from "../../errors/diagnostic.ts";
import { formatDiagnostics } from "../../errors/format-diagnostic.ts";
import { createRedactor } from "../../report/redact.ts";
import type { Reporter } from "../../report/reporter.ts";
import type { Emit } from "../../run/events.ts";
import { runSite } from "../../run/run-site.ts";
import type { SiteFiles } from "../../site/files.ts";
import { askSecret, passwordFor } from "../ask-secret.ts";
import { diskFiles } from "../disk-files.ts";
import { exitCodes } from "../exit-codes.ts";
import { faultReport } from "../fault-report.ts";
import { openJournal } from "../journal.ts";
import { listPlays } from "../list-plays.ts";
import { type Call, type CallOptions, isError, loadCall } from "../load-call.ts";
import { openSiteLab } from "../open-lab.ts";
import { openReporter, wantsColourOn } from "../open-reporter.ts";
import { openRun, type RunCallOptions } from "../open-run.ts";

export interface PlayOptions extends CallOptions, RunCallOptions {
  readonly diff?: boolean;
  readonly askPass?: boolean;
  readonly askBecomePass?: boolean;
  readonly acceptNewHostKeys?: boolean;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly format?: "tty" | "plain" | "jsonl";
  readonly profile?: boolean;
  readonly verbose: number;
}

/** The roles that ship with lab. */
const libraryRoles = fileURLToPath(new URL("../../../../roles", import.meta.url));

/** `lab play`: load → complain or list → run → report. */
export async function play(playbooks: readonly string[], options: PlayOptions): Promise<number> {
  const folder = process.cwd();
  const loaded = loadCall({ source: diskFiles, folder, playbooks, modules, libraryRoles, options });
  const diagnostics = [...loaded.diagnostics, ...checkOptions(options)];
  if (!loaded.call || diagnostics.some(isError)) return complain(diagnostics, loaded.files);
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
  return run(loaded.call, options, diagnostics);
}

async function run(call: Call, options: PlayOptions, warnings: readonly Diagnostic[]): Promise<number> {
  const becomePassword = await passwordFor(options.askBecomePass ?? false, "sudo password", "LAB_BECOME_PASSWORD_FILE");
  const connectionPassword = await passwordFor(options.askPass ?? false, "SSH password", "LAB_PASSWORD_FILE");
  const now = (): Date => new Date();
  const runId = newRunId(now());
  const redactor = createRedactor();
  for (const password of [becomePassword, connectionPassword]) if (password) redactor.add(password.reveal());
  const reporters: Reporter[] = [];
  const emit: Emit = (event) => {
    const shown = redactor.redactEvent(event);
    for (const reporter of reporters) reporter.on(shown);
  };
  const warn = (diagnostic: Diagnostic): void =>
    emit({ type: "warning", diagnostic: { severity: "warning", ...diagnostic } });
  // The journal first: a site that cannot be written is told before anything else is.
  reporters.push(openJournal({ root: call.files.root, runId, now, warn }));
  reporters.push(openReporter(options, now, (file) => call.files.source(file)));
  const interruption = watchInterrupt();
  const context = openRun(call, options, {
    runId,
    now,
    emit,
    open: connections(call, options, warn),
    hide: (secret) => redactor.add(secret.reveal()),
    faults: [],
    interrupted: interruption.happened,
    becomePassword,
    connectionPassword,
  });
  try {
    for (const diagnostic of warnings) emit({ type: "warning", diagnostic });
    const summary = await runSite(context, call.plays);
    if (summary.exitCode === 0 && context.options.exitCode && summary.pending) return exitCodes.pending;
    return summary.exitCode;
  } finally {
    interruption.stop();
    for (const reporter of reporters) await reporter.end();
    for (const fault of context.faults) process.stderr.write(`${redactor.redact(faultReport(fault))}\n`);
  }
}

function connections(call: Call, options: PlayOptions, warn: (diagnostic: Diagnostic) => void): OpenConnection {
  return openConnections(
    {
      env: process.env,
      home: homedir(),
      userName: userInfo().username,
      acceptNewHostKeys: options.acceptNewHostKeys ?? false,
      warn,
      askPassphrase: askSecret,
    },
    openSiteLab(call.files.root, call.sandbox).open,
  );
}

/** Prints what is wrong, to stderr, all of it. */
function complain(diagnostics: readonly Diagnostic[], files: SiteFiles): number {
  const format = {
    source: (file: string) => files.source(file),
    colour: wantsColourOn(process.stderr),
    width: process.stderr.columns ?? 80,
  };
  process.stderr.write(`${formatDiagnostics(diagnostics, format)}\n`);
  return exitCodes.wrong;
}

function checkOptions(options: PlayOptions): readonly Diagnostic[] {
  const found: Diagnostic[] = [];
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

/** Sorts by time, and is unique on a host that several people use at once. */
function newRunId(now: Date): string {
  return `${now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-")}-${randomBytes(3).toString("hex")}`;
}

/** The first Ctrl-C lets steps in flight end; the second one ends at once. */
function watchInterrupt(): { happened(): boolean; stop(): void } {
  let interrupted = false;
  const onSignal = (): void => {
    if (interrupted) process.exit(exitCodes.interrupted);
    interrupted = true;
    process.stderr.write("\ninterrupted: finishing the steps in flight (once more to stop at once)\n");
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    happened: () => interrupted,
    stop: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
