import { exitCodes } from "./exit-codes.ts";
import { version } from "./version.ts";

/** The command line: the only place that touches the process. What a command needs is loaded when it is called. */
export async function start(): Promise<void> {
  // A reader that goes away (`lab play | head`) ends the output, not the run, and is no error.
  process.stdout.on("error", () => {});
  try {
    process.exitCode = await main(process.argv.slice(2));
  } catch (error) {
    process.exitCode = await reportFault(error);
  }
}

async function main(args: readonly string[]): Promise<number> {
  // The quickest answer first: it needs no argument parser.
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return exitCodes.done;
  }
  const { runProgram } = await import("./program.ts");
  return runProgram(args, version());
}

async function reportFault(error: unknown): Promise<number> {
  const { SiteError } = await import("../errors/site-error.ts");
  if (error instanceof SiteError) {
    const { formatDiagnostics } = await import("../errors/format-diagnostic.ts");
    const format = { source: () => undefined, colour: false, width: process.stderr.columns ?? 80 };
    process.stderr.write(`${formatDiagnostics(error.diagnostics, format)}\n`);
    return exitCodes.wrong;
  }
  const { faultReport } = await import("./fault-report.ts");
  process.stderr.write(`${faultReport(error)}\n`);
  return exitCodes.fault;
}
