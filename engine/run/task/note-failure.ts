import type { Place } from "../../errors/diagnostic.ts";
import type { Context } from "../../plan/task.ts";
import type { ValueMap } from "../../value/value.ts";
import type { HostRun } from "../context/host-run.ts";
import { withRuntime } from "../context/scope-of.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { registeredValue } from "../outcome/registered-value.ts";

/** What has failed: a task, or an include that could not be expanded. */
interface Failed {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  readonly place: Place;
  readonly context: Context;
}

/** The host has failed here. A rescue around it finds in `failed_task` and `failed_result` what it was. */
export function noteFailure(host: HostRun, failed: Failed, outcome: Outcome, rescued: boolean): void {
  host.state = "failed";
  if (!rescued) return;
  const { name, module, place, context } = failed;
  const task: ValueMap = {
    name,
    module,
    role: context.role?.name ?? null,
    file: place.file,
    line: place.line,
  };
  withRuntime(host, { failed_task: task, failed_result: registeredValue(outcome) }, place);
}
