import { createJsonlReporter } from "../report/jsonl.ts";
import { createJunitReporter } from "../report/junit.ts";
import { wantsColour } from "../report/look.ts";
import { createPlainReporter } from "../report/plain.ts";
import type { Reporter } from "../report/reporter.ts";
import { createTtyReporter } from "../report/tty.ts";

export interface ReportOptions {
  readonly format?: "tty" | "plain" | "jsonl" | "junit";
  readonly diff?: boolean;
  readonly profile?: boolean;
  readonly verbose: number;
}

/** The reporter for the run's stdout: what was asked for, else live on a terminal and plain elsewhere. */
export function openReporter(
  options: ReportOptions,
  now: () => Date,
  source: (file: string) => string | undefined,
): Reporter {
  const { stdout } = process;
  const format = options.format ?? (stdout.isTTY && process.env.TERM !== "dumb" ? "tty" : "plain");
  if (format === "junit") return createJunitReporter({ now, write: (text) => void stdout.write(text) });
  if (format === "jsonl") return createJsonlReporter(stdout, { now, verbosity: options.verbose });
  const look = {
    colour: wantsColourOn(stdout),
    diff: options.diff ?? false,
    profile: options.profile ?? false,
    verbosity: options.verbose,
    source,
  };
  return format === "tty" ? createTtyReporter(stdout, look) : createPlainReporter(stdout, look);
}

export function wantsColourOn(stream: NodeJS.WriteStream): boolean {
  return wantsColour(process.env, stream.isTTY ?? false);
}
