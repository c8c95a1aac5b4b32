import { type Trip, traceConnections } from "../connection/trace-connections.ts";
import type { Diagnostic } from "../errors/diagnostic.ts";
import type { Reporter } from "../report/reporter.ts";
import type { Emit } from "../run/events.ts";
import { runSite } from "../run/run-site.ts";
import type { FileSource } from "../site/files.ts";
import type { Secret } from "../value/secret.ts";
import { alive } from "./alive.ts";
import { answerPrompts } from "./answer-prompts.ts";
import { askAtEachTask } from "./ask-at-each-task.ts";
import { complain } from "./complain.ts";
import { exitCodes } from "./exit-codes.ts";
import { faultReport } from "./fault-report.ts";
import { openJournal } from "./journal.ts";
import type { Call, CallOptions } from "./load-call.ts";
import { lockWaitMs } from "./lock-wait.ts";
import type { Outside, OutsideOptions } from "./open-outside.ts";
import { openReporter } from "./open-reporter.ts";
import { openRun, type RunCallOptions } from "./open-run.ts";
import { openTerminal } from "./open-terminal.ts";
import { findResumable, siteDigest } from "./resume.ts";

export interface PlayOptions extends CallOptions, RunCallOptions, OutsideOptions {
  readonly diff?: boolean;
  readonly listHosts?: boolean;
  readonly listTasks?: boolean;
  readonly listTags?: boolean;
  readonly syntaxCheck?: boolean;
  readonly format?: "tty" | "plain" | "jsonl" | "junit";
  /** Files that the run is told in, too. */
  readonly report?: readonly string[];
  readonly profile?: boolean;
  /** True: for as long as is usual. */
  readonly waitForLock?: string | true;
  /** Goes on after the last run, which was cut off or has failed. */
  readonly resume?: boolean;
  /** Asks before each task. */
  readonly step?: boolean;
  readonly verbose: number;
}

/** How other commands run playbooks: with what they make up, and told in their way. */
export interface Manner {
  /** Unsaid: the files as they are. */
  readonly source?: FileSource;
  /** For stdout. Unsaid: as `--format` says. */
  reporter?(call: Call): Reporter;
}

/** Runs a call that was found right, and tells of it: apart from what only looks at the site, which needs none of this. */
export async function runCall(
  call: Call,
  options: PlayOptions,
  outside: Outside,
  warnings: readonly Diagnostic[],
  manner: Manner,
): Promise<number> {
  const { runId, now, redactor } = outside;
  const terminal = openTerminal();
  const site = siteDigest(call.files.texts());
  const playbooks = call.site.playbooks.map(({ file }) => call.files.show(file));
  const shard = call.shard && `${call.shard.index}/${call.shard.of}`;
  const resumed = options.resume
    ? findResumable({ root: call.files.root, playbooks, shard, digest: site, modules: call.modules, alive })
    : null;
  if (resumed?.kind === "none") {
    complain([resumed.diagnostic], call.files);
    return exitCodes.wrong;
  }
  const hide = (secret: Secret): void => redactor.add(secret);
  const plays = await answerPrompts(call.plays, call.extraVars, terminal, hide);
  const { becomePassword, connectionPassword } = await outside.passwords();
  const reporters: Reporter[] = [];
  const emit: Emit = (event) => {
    const shown = redactor.redactEvent(event);
    for (const reporter of reporters) reporter.on(shown);
  };
  const warn = (diagnostic: Diagnostic): void =>
    emit({ type: "warning", diagnostic: { severity: "warning", ...diagnostic } });
  // The journal first: a site that cannot be written is told before anything else is.
  const { root } = call.files;
  const { tags = [], skipTags = [], limit, startAtTask } = options;
  const callLine = {
    ...outside.claimant,
    site,
    tags,
    skipTags,
    ...(limit !== undefined && { limit }),
    ...(startAtTask !== undefined && { startAtTask }),
    ...(shard !== undefined && { shard }),
    ...(resumed && { resumes: resumed.id }),
  };
  const { runs: keep } = call.site.settings;
  const journal = openJournal({ root, runId, now, warn, call: callLine, ...(keep && { keep }) });
  reporters.push(journal);
  const screen =
    manner.reporter?.(call) ?? (await openReporter(withoutLive(options), now, (file) => call.files.source(file)));
  reporters.push(screen);
  if (options.report) {
    const { openReports } = await import("./open-reports.ts");
    reporters.push(...openReports({ files: options.report, folder: call.folder, call, redactor, now }));
  }
  const open = outside.connections(call.sandbox, warn);
  // For who looks on: neither the journal nor a report is to hold what was sent byte by byte.
  const onTrip = (trip: Trip): void => screen.on(redactor.redactEvent({ type: "trip", ...trip }));
  const interruption = watchInterrupt();
  const waitForLockMs = lockWaitMs(options.waitForLock);
  const context = openRun(
    call,
    { ...options, ...(waitForLockMs !== undefined && { waitForLockMs }) },
    {
      runId,
      now,
      emit,
      kept: journal.kept,
      open: options.verbose > 1 ? traceConnections(open, () => now().getTime(), onTrip) : open,
      hide,
      faults: [],
      interrupted: interruption.happened,
      claimant: outside.claimant,
      ...((resumed || options.step) && {
        passing: {
          recall: (host, task) => resumed?.recall(host, task) ?? null,
          ...(options.step
            ? askAtEachTask(terminal, interruption.interrupt)
            : { mayRun: async () => true, declined: () => false }),
        },
      }),
      becomePassword,
      connectionPassword,
    },
  );
  try {
    for (const diagnostic of warnings) emit({ type: "warning", diagnostic });
    const summary = await runSite(context, plays);
    if (summary.exitCode === 0 && context.options.exitCode && summary.pending) return exitCodes.pending;
    return summary.exitCode;
  } finally {
    interruption.stop();
    for (const reporter of reporters) await reporter.end();
    for (const fault of context.faults) process.stderr.write(`${redactor.redact(faultReport(fault))}\n`);
  }
}

/** Questions and a live view would write over each other. */
function withoutLive(options: PlayOptions): PlayOptions {
  return options.step && (options.format ?? "tty") === "tty" ? { ...options, format: "plain" } : options;
}

/** The first Ctrl-C lets steps in flight end; the second one ends at once. */
function watchInterrupt(): { happened(): boolean; interrupt(): void; stop(): void } {
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
    interrupt: () => {
      interrupted = true;
    },
    stop: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
