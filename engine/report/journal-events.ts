import type { RunEvent } from "../run/events.ts";
import { hasEventShape } from "./event-shape.ts";

export interface JournalEvent {
  readonly at: number;
  readonly event: RunEvent;
}

/** What is wrong with a text that should be a journal; null if nothing is. */
export type ReadJournal =
  | { readonly ok: true; readonly events: readonly JournalEvent[] }
  | { readonly ok: false; readonly line: number; readonly message: string };

/** The lines of a journal, or of `--format jsonl`. The last one may be cut off: so may have been the run. */
export function journalEvents(text: string): ReadJournal {
  const events: JournalEvent[] = [];
  const lines = text.split("\n");
  for (const [index, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const parsed = parseLine(line);
    if (parsed !== null) events.push(parsed);
    else if (index < lines.length - 1) {
      return { ok: false, line: index + 1, message: "is no event of version 1" };
    }
  }
  return events.length === 0 ? { ok: false, line: 1, message: "holds no events" } : { ok: true, events };
}

function parseLine(line: string): JournalEvent | null {
  try {
    const { v, seq, time, ...event } = JSON.parse(line);
    const at = Date.parse(time);
    // Later fields and types are passed over, as long as what is known here is there.
    return v === 1 &&
      typeof seq === "number" &&
      typeof event.type === "string" &&
      !Number.isNaN(at) &&
      hasEventShape(event)
      ? { at, event }
      : null;
  } catch {
    return null;
  }
}
