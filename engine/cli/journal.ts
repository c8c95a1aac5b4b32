import { closeSync, fsyncSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { Reporter } from "../report/reporter.ts";
import type { RunEvent } from "../run/events.ts";

/**
 * The journal of a run, `.lab/runs/<id>.jsonl`: every event as it happens, so that a run that was cut off can be
 * explained. Before a step is sent its intent is on disk, and after a change its outcome.
 */
export function openJournal(root: string, runId: string, now: () => Date): Reporter {
  const folder = join(root, ".lab", "runs");
  mkdirSync(join(root, ".lab"), { recursive: true, mode: 0o700 });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = openSync(join(folder, `${runId}.jsonl`), "a", 0o600);
  let seq = 0;
  return {
    on(event) {
      seq += 1;
      const { type, ...fields } = event;
      writeSync(file, `${JSON.stringify({ v: 1, seq, time: now().toISOString(), type, ...fields })}\n`);
      if (mustLast(event)) fsyncSync(file);
    },
    end: async () => closeSync(file),
  };
}

function mustLast(event: RunEvent): boolean {
  return (
    event.type === "recap" ||
    (event.type === "result" && event.changed) ||
    (event.type === "step" && event.state === "unknown")
  );
}
