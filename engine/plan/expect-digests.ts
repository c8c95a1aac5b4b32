import { digest } from "../ops/digest.ts";
import type { Expectation, Step } from "../ops/ir.ts";
import { covers } from "./path-parts.ts";

/** Under which a digest is kept: the controller's files are others than the host's of the same path. */
export function digestKey({ path, at }: { readonly path: string; readonly at?: "controller" }): string {
  return at === "controller" ? `controller:${path}` : path;
}

/**
 * Writes are conditional: each one to a file that the plan was made from carries what the plan saw there. Of several
 * writes to one file the later ones expect what the earlier one leaves.
 */
export function expectDigests(steps: readonly Step[], digests: ReadonlyMap<string, Expectation>): readonly Step[] {
  const current = new Map(digests);
  return steps.map((step): Step => {
    if (step.kind === "write-file" || step.kind === "upload") {
      const expect = current.get(digestKey(step));
      const sha256 = step.kind === "upload" ? step.content.sha256 : digest(step.content);
      current.set(digestKey(step), { sha256 });
      return expect === undefined || step.expect !== undefined ? step : { ...step, expect };
    }
    if (step.kind === "remove") {
      const expect = current.get(digestKey(step));
      current.set(digestKey(step), "absent");
      return expect === undefined || step.recursive || step.expect !== undefined ? step : { ...step, expect };
    }
    if (step.kind === "exec" || step.kind === "script") {
      // A command may write any file, unless it says which: nothing that was seen of those can be expected after it.
      const { touches } = step;
      for (const path of [...current.keys()]) {
        if (touches === undefined || touches.some((touched) => covers(touched, path))) current.delete(path);
      }
    }
    return step;
  });
}
