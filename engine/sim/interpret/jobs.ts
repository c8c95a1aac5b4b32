import { FileError } from "../files/file-tree.ts";
import { keepBytes } from "../files/node.ts";
import { findUser } from "../host/accounts.ts";
import { containerHost } from "../pve/inside/container-host.ts";
import { openSession, type Session } from "../session.ts";
import { fails, NotImitated, says, type ToolContext, type ToolResult } from "../tool.ts";
import { tools } from "../tools/index.ts";
import { type FileNode, type Frozen, type FrozenHost, type Host, type Job, type JobOutcome, own } from "../world.ts";
import { runWords } from "./interpret-exec.ts";

// The scripts `job-start`, `job-look` and `job-drop`. A job is no process here: what works bit by bit (`advance`) is
// carried on whenever somebody looks at the host; all else is done when the job starts, and only ends when it would have.

export function startJob(session: Session, argv: readonly string[], stdin: Uint8Array): ToolResult {
  const [id = "", mode = ""] = argv;
  const there = own(session.host.jobs ?? {}, id);
  const found = there === undefined ? "none" : stateOf(session.host, there);
  if (found === "running") return says(`running ${lifeOf(session.host)}\n`);
  if (found === "ended" && mode === "keep") return says(`ended ${lifeOf(session.host)}\n`);
  const { spec, input, secrets } = partsOf(stdin);
  const host = session.change();
  const job: Job = {
    words: spec.argv.map((word, index) => (typeof word === "string" ? word : `${word.secret}${secretPath(id, index)}`)),
    env: Object.fromEntries(Object.entries(spec.env ?? {}).filter(([each]) => !spec.unset?.includes(each))),
    cwd: spec.cwd ?? null,
    stdin: Buffer.from(input).toString("base64"),
    user: session.user.name,
    since: host.clockMs,
    limitMs: spec.limitMs,
    life: lifeOf(host),
    advancedTo: host.clockMs,
    outcome: null,
  };
  const [name = ""] = job.words;
  if (tools.get(name)?.advance !== undefined) {
    if (secrets.length > 0) throw new NotImitated(`the embedded lab keeps no secrets for a job of ${name}`);
  } else {
    const files = spec.argv.flatMap((word, index) => (typeof word === "string" ? [] : [secretPath(id, index)]));
    job.outcome = withFiles(session, files, secrets, () => atOnce(session, job));
    job.advancedTo = null;
    // What it was given, which may be a secret, nobody needs any more.
    host.jobs = { ...host.jobs, [id]: { ...job, stdin: "" } };
    return says(`started ${lifeOf(host)}\n`);
  }
  host.jobs = { ...host.jobs, [id]: job };
  return says(`started ${lifeOf(host)}\n`);
}

export function lookAtJob({ host }: Session, argv: readonly string[]): ToolResult {
  const job = own(host.jobs ?? {}, argv[0] ?? "");
  if (job === undefined) return says(`none ${lifeOf(host)}\n`);
  const state = stateOf(host, job);
  if (state === "lost") return says("lost reboot\n");
  if (state === "running" || job.outcome === null) {
    return says(`running ${Math.floor((host.clockMs - job.since) / 1000)}\n`);
  }
  const { code, stdout, stderr, at, why } = job.outcome;
  const line = Buffer.from(`ended ${code} ${Math.floor((at - job.since) / 1000)} ${why}\n`);
  return says(Buffer.concat([line, Buffer.from(stdout, "base64")]), stderr);
}

export function dropJob(session: Session, argv: readonly string[]): ToolResult {
  const [id = ""] = argv;
  const job = own(session.host.jobs ?? {}, id);
  if (job === undefined) return says("");
  if (stateOf(session.host, job) === "running") return fails(3, "it still runs\n");
  const host = session.change();
  const { [id]: _, ...rest } = host.jobs ?? {};
  host.jobs = rest;
  return says("");
}

/** Carries on with what works bit by bit, on the host and in what runs on it. Returns whether anything changed. */
export function advanceJobs(host: Host): boolean {
  let changed = false;
  for (const each of [host, ...containersOf(host)]) {
    for (const [id, job] of Object.entries(each.jobs ?? {})) {
      if (job.life !== lifeOf(each)) {
        // Its folder was in memory, which a restart empties.
        const { [id]: _, ...rest } = each.jobs ?? {};
        each.jobs = rest;
      } else if (job.outcome !== null || job.advancedTo === null) continue;
      else advance(each, job);
      changed = true;
    }
  }
  return changed;
}

function advance(host: Host, job: Job): void {
  const [name = "", ...args] = job.words;
  const end = job.since + job.limitMs;
  const until = Math.min(host.clockMs, end);
  const budgetMs = until - (job.advancedTo ?? until);
  const user = findUser(host, job.user);
  if (user === undefined || budgetMs <= 0) return;
  const { clockMs } = host;
  const session = openSession(host, user, "write", () => {});
  const context: ToolContext = {
    session,
    env: job.env,
    cwd: job.cwd ?? user.home,
    stdin: Buffer.from(job.stdin, "base64"),
    run: runWords,
  };
  const result = tools.get(name)?.advance?.(context, args, budgetMs) ?? null;
  host.clockMs = clockMs;
  job.advancedTo = until;
  if (result !== null) job.outcome = { ...outcomeOf(result, until), at: until };
  else if (until >= end) job.outcome = { code: 143, stdout: "", stderr: "", at: end, why: "late" };
}

function atOnce(session: Session, job: Job): JobOutcome {
  const host = session.change();
  const began = host.clockMs;
  let result: ToolResult;
  try {
    const stdin = Buffer.from(job.stdin, "base64");
    result = runWords(session, job.words, { stdin, env: job.env, ...(job.cwd !== null && { cwd: job.cwd }) });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    result = fails(126, `sh: 1: cd: can't cd to ${job.cwd}\n`);
  }
  const at = host.clockMs;
  host.clockMs = began;
  if (at - began < job.limitMs) return { ...outcomeOf(result, at), at };
  return { code: 143, stdout: "", stderr: "", at: began + job.limitMs, why: "late" };
}

function outcomeOf({ code, stdout, stderr }: ToolResult, at: number): JobOutcome {
  return { code, stdout: Buffer.from(stdout).toString("base64"), stderr, at, why: "-" };
}

type State = "running" | "ended" | "lost";
function stateOf(host: FrozenHost, job: Frozen<Job>): State {
  if (job.life !== lifeOf(host)) return "lost";
  return job.outcome !== null && job.outcome.at <= host.clockMs ? "ended" : "running";
}

/** A container restarts without its kernel. */
function lifeOf(host: FrozenHost): string {
  return `${host.bootId}.${host.booted?.since ?? 1}`;
}

function containersOf(host: Host): readonly Host[] {
  return Object.keys(host.pve?.containers ?? {}).flatMap((vmid) => {
    if ((own(host.pve?.containers ?? {}, vmid)?.running ?? null) === null) return [];
    const inside = containerHost(host, vmid);
    return inside?.jobs === undefined ? [] : [inside];
  });
}

interface Spec {
  readonly argv: readonly (string | { readonly secret: string })[];
  readonly env?: Readonly<Record<string, string>>;
  readonly unset?: readonly string[];
  readonly cwd?: string;
  readonly limitMs: number;
}

/** What `compileJob` has put together: the program (which is for shells), what it does as data, stdin, secrets. */
function partsOf(content: Uint8Array): { spec: Spec; input: Uint8Array; secrets: readonly Uint8Array[] } {
  const end = content.indexOf(10);
  const sizes = Buffer.from(content.subarray(0, end)).toString().split(" ");
  let at = end + 1;
  const parts = sizes.map((size) => {
    const part = content.subarray(at, at + (Number(size) || 0));
    at += part.length;
    return part;
  });
  const [, json = new Uint8Array(), input = new Uint8Array(), ...secrets] = parts;
  const spec: Spec = JSON.parse(Buffer.from(json).toString("utf8"));
  return { spec, input, secrets };
}

function secretPath(id: string, index: number): string {
  return `/dev/shm/lab-job-${id}-${index}`;
}

function withFiles<T>(
  session: Session,
  [path, ...paths]: readonly string[],
  [content, ...contents]: readonly Uint8Array[],
  work: () => T,
): T {
  if (path === undefined || content === undefined) return work();
  const { uid, gid } = session.user;
  const mtime = Math.floor(session.host.clockMs / 1000);
  const node: FileNode = { type: "file", mode: "0600", uid, gid, mtime, ...keepBytes(content) };
  return session.withScratch(path, node, () => withFiles(session, paths, contents, work));
}
