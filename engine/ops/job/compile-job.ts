import { createHash, scryptSync } from "node:crypto";
import { Bug } from "../../errors/bug.ts";
import { read, write } from "../build.ts";
import { contentBytes } from "../content.ts";
import type { ExecAnswer, ExecSpec, ReadOp, WriteOp } from "../ir.ts";
import { defaultMaxBytes } from "../limits.ts";
import { runnerText } from "./runner-text.ts";

/** A step that is a job, as the operations that start it, look at it and clear it away. */
export interface CompiledJob {
  /** Names it on the host, and is the same whenever the same step is sent there. */
  readonly id: string;
  readonly start: WriteOp;
  readonly look: ReadOp<ExecAnswer>;
  readonly drop: WriteOp;
}
export type JobStep = WriteOp & ExecSpec & { readonly job: NonNullable<WriteOp["job"]> };

export function isJob(step: WriteOp): step is JobStep {
  if (step.job === undefined) return false;
  if (step.kind !== "exec") throw new Bug(`a ${step.kind} cannot be a job: only commands can`);
  return true;
}

/** Room for the line in front of the output that a look brings. */
const besideOutput = 4096;

/** `who`: on which host and as whom. `fresh`: the outcome of an earlier one is not waited for by anybody, and thrown away. */
export function compileJob(
  step: JobStep,
  who: { readonly host: string; readonly user: string | null },
  fresh = false,
): CompiledJob {
  if (step.argv.length === 0) throw new Bug("a job without words");
  const id = jobId(step, who);
  const maxBytes = Math.min(step.maxBytes ?? defaultMaxBytes, defaultMaxBytes) - besideOutput;
  const secrets = step.argv.flatMap((word) => (typeof word === "string" ? [] : [contentBytes(word.content)]));
  const stdin = step.stdin === undefined ? null : contentBytes(step.stdin);
  const parts = [
    Buffer.from(runnerText(step, step.job.limitMs, maxBytes)),
    Buffer.from(`${JSON.stringify(description(step), null, 2)}\n`),
    stdin,
    ...secrets,
  ];
  const header = `${parts.map((part) => (part === null ? "-" : part.length)).join(" ")}\n`;
  const content = Buffer.concat([Buffer.from(header), ...parts.flatMap((part) => (part === null ? [] : [part]))]);
  const at = step.at === undefined ? {} : { at: step.at };
  return {
    id,
    // What a batch makes of it is known by its step: what that touches is for the check, which never sends it.
    start: { ...write.script("job-start", [id, fresh ? "fresh" : "keep"], { stdin: new Uint8Array(content) }), ...at },
    look: { ...read.job(id), ...at },
    drop: { ...write.script("job-drop", [id]), ...at },
  };
}

/** What job.json holds: whoever finds the folder sees what it is, but for secrets. The embedded lab runs what it says. */
function description({ argv, env, unset, cwd, job }: JobStep): object {
  return {
    argv: argv.map((word) => (typeof word === "string" ? word : { secret: word.prefix })),
    ...(env !== undefined && { env }),
    ...(unset !== undefined && { unset }),
    ...(cwd !== undefined && { cwd }),
    limitMs: job.limitMs,
  };
}

/** The name of a unit can be read by all users of a host: where secrets are part of it, each guess at one costs time. */
function jobId(step: JobStep, { host, user }: { readonly host: string; readonly user: string | null }): string {
  const { argv, stdin, env = {}, unset = [], cwd = null, at = null } = step;
  const hash = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
  const secret = argv.some((word) => typeof word !== "string") || (stdin !== undefined && typeof stdin !== "string");
  const text = JSON.stringify([
    argv.map((word) => (typeof word === "string" ? word : [word.prefix, hash(contentBytes(word.content))])),
    stdin === undefined ? null : hash(contentBytes(stdin)),
    Object.entries(env).sort(([a], [b]) => (a < b ? -1 : 1)),
    [cwd, at, host, user, ...unset],
  ]);
  const key = secret ? scryptSync(text, "lab-job", 10) : createHash("sha256").update(text).digest().subarray(0, 10);
  return Buffer.from(key).toString("hex");
}
