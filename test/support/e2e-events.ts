import { expect } from "vitest";
import type { HostRecap, RecapEvent, ResultEvent } from "../../engine/run/events.ts";
import type { PlayRun } from "./e2e-rig.ts";

export function resultsOf({ events }: PlayRun): readonly ResultEvent[] {
  return events.filter((event) => event.type === "result");
}

/** The recap's line of the one host. A run that has none was cut off. */
export function recapOf(run: PlayRun, host = "box"): HostRecap {
  const recap = run.events.find((event): event is RecapEvent => event.type === "recap");
  const line = recap?.hosts[host];
  if (line === undefined) throw new Error(`no recap of ${host}, exit code ${run.code}:\n${run.stdout}\n${run.stderr}`);
  return line;
}

/** The play ended as wanted; its whole output when not. */
export function expectExit(run: { code: number | null; stdout: string; stderr: string }, code: number): void {
  if (run.code !== code) throw new Error(`exit code ${run.code}, expected ${code}:\n${run.stdout}\n${run.stderr}`);
}

/** What a result promises, or what came of it: all that check mode can know. */
function promise({ taskId, host, index, kind, module, status, before, after, diff, steps, reason }: ResultEvent) {
  return { taskId, host, index, kind, module, status, before, after, diff, steps, reason };
}

/**
 * Holds a check to the run that followed: the certain results must be exactly what happened; of the assumed ones, whose
 * first look may see less, the status. Returns how many there were of each.
 */
export function expectForetold(
  check: PlayRun,
  run: PlayRun,
): Readonly<Record<"certain" | "assumed" | "deferred", number>> {
  const foretold = resultsOf(check);
  const happened = resultsOf(run);
  expect(happened.map(({ taskId, index }) => [taskId, index])).toEqual(
    foretold.map(({ taskId, index }) => [taskId, index]),
  );
  const counts = { certain: 0, assumed: 0, deferred: 0 };
  foretold.forEach((before, at) => {
    const after = happened[at];
    if (after === undefined) return;
    if (before.status === "deferred") counts.deferred += 1;
    else if (before.certainty === "assumed") {
      counts.assumed += 1;
      expect([before.taskId, before.name, before.status]).toEqual([after.taskId, after.name, after.status]);
    } else {
      counts.certain += 1;
      expect(promise(before)).toEqual(promise(after));
    }
  });
  return counts;
}
