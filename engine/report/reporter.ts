import type { RunEvent } from "../run/events.ts";

/** Shows a run. Events come redacted, in their order; `end` is called once, also for a run that was cut off. */
export interface Reporter {
  on(event: RunEvent): void;
  end(): Promise<void>;
}
