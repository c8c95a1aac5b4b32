import { readFileSync } from "node:fs";
import { exitCodes } from "./exit-codes.ts";

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

export function version(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  const parsed: unknown = JSON.parse(text);
  return typeof parsed === "object" && parsed !== null && "version" in parsed ? String(parsed.version) : "unknown";
}

async function reportFault(error: unknown): Promise<number> {
  const { SiteError } = await import("../errors/site-error.ts");
  if (error instanceof SiteError) {
    const { formatDiagnostics } = await import("../errors/format-diagnostic.ts");
    const format = { source: () => undefined, colour: false, width: process.stderr.columns ?? 80 };
    process.stderr.write(`${formatDiagnostics(error.diagnostics, format)}\n`);
    return exitCodes.wrong;
  }
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(
    `lab has a fault; this is not your doing. Please report it with these lines, after a look for secrets in them:\n\nlab ${version()}, node ${process.version}\n${detail}\n`,
  );
  return exitCodes.fault;
}
