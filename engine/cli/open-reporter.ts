import type { Reporter } from "../report/reporter.ts";
import { wantsColourOn } from "./wants-colour-on.ts";

export interface ReportOptions {
  readonly format?: "tty" | "plain" | "jsonl" | "junit";
  readonly diff?: boolean;
  readonly profile?: boolean;
  readonly verbose: number;
}

/** The reporter for the run's stdout: what was asked for, else live on a terminal and plain elsewhere. The others are not loaded. */
export async function openReporter(
  options: ReportOptions,
  now: () => Date,
  source: (file: string) => string | undefined,
): Promise<Reporter> {
  const { stdout } = process;
  const format = options.format ?? (stdout.isTTY && process.env.TERM !== "dumb" ? "tty" : "plain");
  if (format === "junit") {
    const { createJunitReporter } = await import("../report/junit.ts");
    return createJunitReporter({ now, write: (text) => void stdout.write(text) });
  }
  if (format === "jsonl") {
    const { createJsonlReporter } = await import("../report/jsonl.ts");
    return createJsonlReporter(stdout, { now, verbosity: options.verbose });
  }
  const look = {
    colour: wantsColourOn(stdout),
    diff: options.diff ?? false,
    profile: options.profile ?? false,
    verbosity: options.verbose,
    source,
  };
  if (format === "tty") return (await import("../report/tty.ts")).createTtyReporter(stdout, look);
  return (await import("../report/plain.ts")).createPlainReporter(stdout, look);
}
