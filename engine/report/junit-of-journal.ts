import type { JournalEvent } from "./journal-events.ts";
import { createJunitReporter } from "./junit.ts";

/** JUnit's XML of an earlier run. */
export function junitOf(events: readonly JournalEvent[]): string {
  let text = "";
  let at = events[0]?.at ?? 0;
  const reporter = createJunitReporter({
    now: () => new Date(at),
    write: (written) => {
      text = written;
    },
  });
  for (const event of events) {
    at = event.at;
    reporter.on(event.event);
  }
  void reporter.end();
  return text;
}
