import { read, write } from "../ops/build.ts";
import type { ExecAnswer, ExecSpec, OpReply, ReadOp, Stat } from "../ops/ir.ts";
import type { Secret } from "../value/secret.ts";
import type { ValueMap } from "../value/value.ts";
import type { Act } from "./define-module.ts";
import { absolutePath, environment, maybeSecret } from "./params.ts";
import { refuse } from "./plan.ts";

/** What the actions share that run a command of the user. */
export const runCommandParams = {
  creates: absolutePath.optional().describe("If this path exists, the command is unnecessary."),
  removes: absolutePath.optional().describe("If this path does not exist, the command is unnecessary."),
  chdir: absolutePath.optional().describe("Folder to run it in; `unless` runs there too."),
  stdin: maybeSecret()
    .optional()
    .describe("What it reads. The place for a secret: other users of the host do not see it."),
  env: environment.optional().describe("Environment variables, beside a small fixed PATH and LC_ALL=C."),
};
export interface RunCommandParams {
  readonly creates?: string | undefined;
  readonly removes?: string | undefined;
  readonly chdir?: string | undefined;
  readonly stdin?: string | Secret | undefined;
  readonly env?: Readonly<Record<string, string>> | undefined;
}
export interface RunCommandObserved {
  readonly created?: Stat | null | undefined;
  readonly removed?: Stat | null | undefined;
  readonly unless?: ExecAnswer | undefined;
}

export function runCommandProbes(given: RunCommandParams, unless: readonly string[] | undefined) {
  const look = (path: string | undefined): ReadOp<Stat | null> | undefined =>
    path === undefined ? undefined : read.stat(path);
  return {
    created: look(given.creates),
    removed: look(given.removes),
    unless: unless === undefined ? undefined : read.exec(unless, surroundings(given)),
  };
}

export function runCommand(
  given: RunCommandParams,
  argv: readonly string[],
  { created, removed, unless }: RunCommandObserved,
  warnings: readonly string[],
): Act {
  const { creates, removes, stdin } = given;
  if (creates !== undefined && created != null) return { kind: "unnecessary", why: `${creates} exists` };
  if (removes !== undefined && removed == null) return { kind: "unnecessary", why: `${removes} does not exist` };
  if (unless?.code === 0) return { kind: "unnecessary", why: "the command of unless ended with 0" };
  if (unless?.code === 126 || unless?.code === 127) {
    // Taken for "no", a slip of the pen here would run the command at every play.
    return refuse(
      `the command of unless cannot be run: ${unless.stderr.trim() || `it ended with ${unless.code}`}`,
      "is it installed, its name right?",
    );
  }
  return {
    kind: "perform",
    steps: [write.exec(argv, { ...surroundings(given), ...(stdin !== undefined && { stdin }) })],
    warnings,
  };
}

/** The same fields whether it ran, failed or was unnecessary. */
export function runCommandResult(
  argv: readonly string[],
  replies: readonly OpReply[] | null,
  why: string | null,
): ValueMap {
  const answer = answerOf(replies?.[0]);
  const stdout = withoutLastNewline(answer?.stdout ?? "");
  const stderr = withoutLastNewline(answer?.stderr ?? "");
  return {
    cmd: argv,
    rc: answer?.code ?? (replies === null ? 0 : null),
    stdout,
    stderr,
    stdout_lines: linesOf(stdout),
    stderr_lines: linesOf(stderr),
    unnecessary: why,
  };
}

function surroundings({ chdir, env }: RunCommandParams): Pick<ExecSpec, "cwd" | "env"> {
  return { ...(chdir !== undefined && { cwd: chdir }), ...(env !== undefined && { env }) };
}

/** A code other than 0 is a failure, but its answer is there all the same. */
function answerOf(reply: OpReply | undefined): ExecAnswer | undefined {
  if (reply?.kind === "failed") return reply.error.answer;
  return reply?.kind === "done" && isExecAnswer(reply.answer) ? reply.answer : undefined;
}
function isExecAnswer(answer: unknown): answer is ExecAnswer {
  return typeof answer === "object" && answer !== null && "code" in answer && "stdout" in answer && "stderr" in answer;
}
function withoutLastNewline(text: string): string {
  return text.replace(/\r?\n$/, "");
}
function linesOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(/\r?\n/);
}
