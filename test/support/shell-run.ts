import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { type CompileOptions, compileShell } from "../../engine/ops/compile-shell.ts";
import type { CompiledBatch, Payload } from "../../engine/ops/compiled.ts";
import { type ChannelEnd, type DecodedReply, decodeReply } from "../../engine/ops/decode-reply.ts";
import type { Batch, Operation, OpReply } from "../../engine/ops/ir.ts";

/** Is there such a program? On the CI machine everything is there, so nothing is left out in silence. */
export function installed(program: string): boolean {
  return process.env.CI !== undefined || spawnSync("sh", ["-c", `command -v ${program}`]).status === 0;
}

/** Those of the three shells that this machine has. */
export const shells: readonly string[] = ["dash", "bash", "busybox ash"].filter((shell) =>
  installed(shell.split(" ")[0] ?? shell),
);

/** A login that is not root's, also where the tests run as root. */
export const unprivileged: readonly string[] =
  process.getuid?.() === 0 ? ["setpriv", "--reuid=1", "--regid=1", "--clear-groups", "sh", "-c"] : ["sh", "-c"];

export interface Channel {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
  readonly exit: ChannelEnd;
}

export const randomIds = (): string => randomBytes(8).toString("hex");

/** A batch of one section. */
export function batchOf(operations: readonly Operation[], options: { readonly stopAtFailure?: boolean } = {}): Batch {
  return {
    runId: "test-run",
    sections: [{ user: null, within: [], stopAtFailure: options.stopAtFailure ?? false, operations }],
  };
}

interface RunOptions extends Partial<CompileOptions> {
  readonly env?: NodeJS.ProcessEnv;
  /** The shell that the channel's command is given to, as sshd gives it to the login shell. */
  readonly login?: readonly string[];
}

/** What a connection does, with child processes: payloads first, then the script. */
export async function runBatch(
  batch: Batch,
  options: RunOptions = {},
): Promise<DecodedReply & { readonly channel: Channel }> {
  const compiled = compileShell(batch, { ids: randomIds, ...options });
  for (const payload of compiled.payloads) {
    const sent = await sendPayload(payload, options);
    if (sent.stdout.toString() !== "ok\n") throw new Error(`payload: ${sent.stderr.toString()}`);
  }
  const channel = await runScript(compiled, compiled.script, options);
  return { ...decodeReply(batch, compiled, channel.stdout, channel.stderr, channel.exit), channel };
}

/** The replies of a batch of one section. */
export async function answers(operations: readonly Operation[], options: RunOptions = {}): Promise<readonly OpReply[]> {
  return (await runBatch(batchOf(operations), options)).replies[0] ?? [];
}

export function start(command: string, options: RunOptions = {}): ChildProcess {
  const [login = "sh", ...words] = options.login ?? ["sh", "-c"];
  return spawn(login, [...words, command], { env: options.env ?? process.env, stdio: "pipe" });
}

export function collect(child: ChildProcess): Promise<Channel> {
  const stdout: Buffer[] = [];
  const stderr: Buffer[] = [];
  child.stdout?.on("data", (chunk: Buffer) => stdout.push(chunk));
  child.stderr?.on("data", (chunk: Buffer) => stderr.push(chunk));
  child.stdin?.on("error", () => {}); // a shell that has ended reads no more: EPIPE
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({ stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr), exit: { code, signal } }),
    );
  });
}

export function runScript(compiled: CompiledBatch, script: Uint8Array, options: RunOptions = {}): Promise<Channel> {
  const child = start(compiled.command, options);
  child.stdin?.write(`${compiled.marker}\n`);
  child.stdin?.end(script);
  return collect(child);
}

export async function sendPayload(payload: Payload, options: RunOptions = {}): Promise<Channel> {
  const child = start(payload.command, options);
  const ended = collect(child);
  if (payload.content instanceof Uint8Array) child.stdin?.write(payload.content);
  else for await (const chunk of payload.content.open()) child.stdin?.write(chunk);
  child.stdin?.end();
  return ended;
}

/** Waits for something that another process does. */
export async function until(holds: () => boolean, forMs = 5000): Promise<void> {
  const end = Date.now() + forMs;
  while (!holds()) {
    if (Date.now() > end) throw new Error(`not within ${forMs} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
