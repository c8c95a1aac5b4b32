import type { ToolResult } from "../../tool.ts";
import { collectOutput, type Output, PveError } from "./pve-error.ts";

/**
 * Runs a command whose work is a task: `check` first, whose error keeps its code, then the work, which says everything
 * on stdout but its final error. That one ends with `failed`: some commands do not look at how their task ended.
 */
export function runTask(
  failed: 255 | 0,
  check: (output: Output) => ((output: Output) => void) | undefined,
): ToolResult {
  return collectOutput("", (output) => {
    const work = check(output);
    if (work === undefined) return;
    output.beginTask();
    try {
      work(output);
    } catch (error) {
      if (error instanceof PveError) throw new PveError(error.message, failed);
      throw error;
    }
  });
}
