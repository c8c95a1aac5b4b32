import type { Look } from "./look.ts";
import { flush, type Output } from "./output.ts";
import type { Reporter } from "./reporter.ts";
import { createTranscript } from "./transcript.ts";

/** Line after line, for pipes, logs and CI. 80 columns where the output has no width of its own. */
export function createPlainReporter(output: Output, look: Look): Reporter {
  const transcript = createTranscript(look, false);
  let first = true;
  return {
    on(event) {
      const lines = transcript.lines(event, Math.max(output.columns ?? 80, 20));
      if (lines.length === 0) return;
      // Blocks begin with an empty line, which at the top of a log parts nothing from nothing.
      if (first && lines[0] === "") lines.shift();
      first = false;
      output.write(`${lines.join("\n")}\n`);
    },
    end: () => flush(output),
  };
}
