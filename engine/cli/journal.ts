import { closeSync, fsync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";
import { unwritableSite } from "../errors/unwritable-site.ts";
import { eventLine } from "../report/event-line.ts";
import type { Reporter } from "../report/reporter.ts";
import type { RunEvent } from "../run/events.ts";
import type { CallLine } from "./read-journal.ts";
import { syncTogether } from "./sync-together.ts";

export interface JournalOptions {
  readonly root: string;
  readonly runId: string;
  now(): Date;
  /** How the run was called: the journal's first line. */
  readonly call?: Omit<CallLine, "type">;
  /** How long journals are kept. Unsaid: fifty, and those of the last thirty days. */
  readonly keep?: KeepRuns;
  /** Told once if the journal can no longer be written. */
  warn(diagnostic: Diagnostic): void;
}

/** Which journals stay: the newest so many, and those that are younger. */
export interface KeepRuns {
  readonly count: number;
  readonly ms: number;
}
const usual: KeepRuns = { count: 50, ms: 30 * 86_400_000 };

export interface Journal extends Reporter {
  /** Resolves when all that must last of what was told so far is on the disk. Who waits at the same moment shares a sync. */
  kept(): Promise<void>;
}

/**
 * The journal of a run, `.lab/runs/<id>.jsonl`: every event as it happens, so that a run that was cut off can be
 * explained. Each line is with the operating system at once, and outlives this process. To outlive a loss of power takes
 * a sync: a step is sent when its intent has had one (`kept`), and the sync of an outcome begins at once.
 */
export function openJournal({ root, runId, now, warn, call, keep = usual }: JournalOptions): Journal {
  const folder = join(root, ".lab", "runs");
  const path = join(folder, `${runId}.jsonl`);
  const file = orUnwritable(folder, () => {
    mkdirSync(join(root, ".lab"), { recursive: true, mode: 0o700 });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return openSync(path, "a", 0o600);
  });
  removeOldest(folder, keep, now());
  if (call) writeSync(file, `${JSON.stringify({ v: 1, seq: 0, time: now().toISOString(), type: "call", ...call })}\n`);
  let seq = 0;
  let lost = false;
  const lose = (error: unknown): void => {
    if (lost) return;
    // A disk that is full now is no reason to leave hosts half done.
    const diagnostic = unwritableSite(error, path);
    if (!diagnostic) throw error;
    lost = true;
    warn({ ...diagnostic, severity: "warning", hint: "the run goes on; its journal ends here" });
  };

  const sync = promisify(fsync);
  const disk = syncTogether(() => sync(file).catch(lose));
  return {
    on(event) {
      if (lost) return;
      seq += 1;
      try {
        writeSync(file, eventLine(seq, now(), event));
        if (mustLast(event)) disk.wrote();
      } catch (error) {
        lose(error);
      }
    },
    kept: disk.kept,
    end: () => disk.kept().finally(() => closeSync(file)),
  };
}

function orUnwritable<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const diagnostic = unwritableSite(error, path);
    throw diagnostic ? new SiteError([diagnostic]) : error;
  }
}

/** Run ids begin with their time, so names sort by age. The run that begins has its own already. */
function removeOldest(folder: string, { count, ms }: KeepRuns, now: Date): void {
  const journals = readdirSync(folder).filter((name) => name.endsWith(".jsonl"));
  for (const name of journals.sort().slice(0, -Math.max(1, count))) {
    const path = join(folder, name);
    const written = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
    if (now.getTime() - written > ms) rmSync(path, { force: true });
  }
}

function mustLast(event: RunEvent): boolean {
  return (
    event.type === "recap" ||
    (event.type === "result" && event.changed) ||
    (event.type === "step" && (event.state === "intent" || event.state === "unknown"))
  );
}
