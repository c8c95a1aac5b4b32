import { closeSync, fsyncSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Diagnostic } from "../errors/diagnostic.ts";
import { SiteError } from "../errors/site-error.ts";
import { unwritableSite } from "../errors/unwritable-site.ts";
import { eventLine } from "../report/event-line.ts";
import type { Reporter } from "../report/reporter.ts";
import type { RunEvent } from "../run/events.ts";
import type { CallLine } from "./read-journal.ts";

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

/**
 * The journal of a run, `.lab/runs/<id>.jsonl`: every event as it happens, so that a run that was cut off can be
 * explained. Before a step is sent its intent is on disk, and after a change its outcome.
 */
export function openJournal({ root, runId, now, warn, call, keep = usual }: JournalOptions): Reporter {
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
  return {
    on(event) {
      if (lost) return;
      seq += 1;
      try {
        writeSync(file, eventLine(seq, now(), event));
        if (mustLast(event)) fsyncSync(file);
      } catch (error) {
        // A disk that is full now is no reason to leave hosts half done.
        const diagnostic = unwritableSite(error, path);
        if (!diagnostic) throw error;
        lost = true;
        warn({ ...diagnostic, severity: "warning", hint: "the run goes on; its journal ends here" });
      }
    },
    end: async () => closeSync(file),
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

// An fsync takes 2 ms on a disk of today, a step at least a round trip.
function mustLast(event: RunEvent): boolean {
  return (
    event.type === "recap" ||
    (event.type === "result" && event.changed) ||
    (event.type === "step" && (event.state === "intent" || event.state === "unknown"))
  );
}
