import { version } from "./version.ts";

/** What is told of a fault of ours, so that it can be reported. */
export function faultReport(error: unknown): string {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause =
    error instanceof Error && error.cause instanceof Error
      ? `\ncaused by ${error.cause.stack ?? error.cause.message}`
      : "";
  return `lab has a fault; this is not your doing. Please report it with these lines, after a look for secrets in them:

lab ${version()}, node ${process.version}
${detail}${cause}`;
}
