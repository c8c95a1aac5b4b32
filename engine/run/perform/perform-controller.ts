import { Bug } from "../../errors/bug.ts";
import type { ControllerModule } from "../../module/define-module.ts";
import type { BoundTask } from "../../plan/bound-task.ts";
import { failed, type Outcome, ok } from "../outcome/outcome.ts";

/** Something that touches only the run: it runs in check mode too, and never gets a host. */
export function performController(bound: BoundTask<ControllerModule>): Outcome {
  const outcome = bound.module.run(bound.params);
  const result = { ...outcome.result, ...(outcome.message !== undefined && { msg: outcome.message }) };
  if (outcome.failed) return failed(outcome.failed.why, outcome.failed.hint, { result });
  const { set, load, addHost, joinGroup, contribute } = outcome;
  if (contribute !== undefined && bound.module.contributes === undefined) {
    throw new Bug(`module "${bound.module.name}" contributes, but does not say to what`);
  }
  return ok(result, {
    ...(set && { set }),
    ...(load && { load }),
    ...(addHost && { addHost }),
    ...(joinGroup && { joinGroup }),
    ...(contribute !== undefined && { contribute }),
  });
}
