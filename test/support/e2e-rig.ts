import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { inject } from "vitest";
import type { RunEvent } from "../../engine/run/events.ts";
import type { CliRun } from "./cli-site.ts";
import { makeKey, type Sshd, type SshdOptions, startSshd } from "./sshd.ts";

export interface PlayRun extends CliRun {
  readonly events: readonly RunEvent[];
}
/** A `lab` that is running. */
export interface LiveLab {
  readonly child: ChildProcess;
  readonly done: Promise<CliRun>;
  stdout(): string;
}

/** A controller and a host: a site in a folder of its own, a home with a key, and a real sshd that takes it. */
export interface Rig {
  readonly sshd: Sshd;
  /** The site. */
  readonly folder: string;
  readonly home: string;
  /** A folder on the host for what the plays make. */
  readonly target: string;
  /** Where the host keeps what waits for handlers. */
  readonly state: string;
  readonly env: Record<string, string>;
  /** Writes a file of the site. */
  write(path: string, content: string | Uint8Array): void;
  /** Writes the inventory: the host `box`, reached as this user. */
  reachAs(user: string, variables?: Readonly<Record<string, string | number>>): void;
  start(...args: readonly string[]): LiveLab;
  lab(...args: readonly string[]): Promise<CliRun>;
  /** `lab play … --format jsonl`, its lines parsed. */
  play(...args: readonly string[]): Promise<PlayRun>;
  /** The ids of the runs so far, oldest first: their journals' names. */
  runIds(): readonly string[];
  stop(): Promise<void>;
}

const tools = ["crontab", "sudo", "setfacl", "strace", "busybox", "script", "/usr/sbin/sshd"];

export async function openRig(
  options: SshdOptions & {
    /** Set for whoever logs in: `NAME=value`. */
    readonly environment?: readonly string[];
  } = {},
): Promise<Rig> {
  // A part that is missing is a failure, never a test that is silently left out.
  for (const tool of tools)
    execFileSync("sh", ["-c", `command -v ${tool} || { echo "${tool} is missing" >&2; exit 1; }`]);
  const base = mkdtempSync(join(tmpdir(), "lab-rig-"));
  // Whoever logs in finds an empty home: what root's own .bashrc starts would be counted, and be waited for.
  const remoteHome = join(base, "remote-home");
  mkdirSync(remoteHome);
  chmodSync(base, 0o755);
  // One lock for a rig: on this machine many of them are at work at once.
  const lock = join(base, "lock");
  mkdirSync(lock);
  chmodSync(lock, 0o777);
  const state = join(base, "state");
  const sshd = await startSshd({
    ...options,
    config: [
      `SetEnv ${[`HOME=${remoteHome}`, ...(options.environment ?? []), `LAB_LOCK_FOLDER=${lock}`, `LAB_STATE_FOLDER=${state}`].join(" ")}`,
      ...(options.config ?? []),
    ],
  });
  const [folder, home, target] = [join(base, "site"), join(base, "home"), mkdtempSync("/var/tmp/lab-target-")];
  // Whoever a play acts as must get through.
  chmodSync(target, 0o755);
  mkdirSync(folder);
  mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
  sshd.authorize([makeKey(join(home, ".ssh/id_ed25519"))]);
  writeFileSync(join(home, ".ssh/known_hosts"), `[127.0.0.1]:${sshd.port} ${sshd.hostKey("ed25519")}\n`);
  const env: Record<string, string> = {
    PATH: process.env.PATH ?? "",
    HOME: home,
    // Compiled once for all of these tests, not once for each home.
    XDG_CACHE_HOME: join(inject("lab"), "cache"),
    LANG: "C.UTF-8",
    TERM: "xterm",
    LAB_LOCK_FOLDER: lock,
    LAB_STATE_FOLDER: state,
  };
  const command = join(inject("lab"), "bin/lab.js");
  const live: ChildProcess[] = [];

  const write: Rig["write"] = (path, content) => {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  };
  const reachAs: Rig["reachAs"] = (user, variables = {}) => {
    const box = { lab_host: "127.0.0.1", lab_port: sshd.port, lab_user: user, ...variables };
    write("hosts.yml", `${JSON.stringify({ all: { hosts: { box } } })}\n`);
  };
  const start: Rig["start"] = (...args) => {
    const child = spawn(process.execPath, [command, ...args], { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    live.push(child);
    const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString("utf8");
    const done = new Promise<CliRun>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code) => resolve({ code, stdout: text(stdout), stderr: text(stderr) }));
    });
    return { child, done, stdout: () => text(stdout) };
  };
  const lab: Rig["lab"] = (...args) => start(...args).done;

  write("lab.yml", "inventory: hosts.yml\n");
  reachAs("root");
  return {
    sshd,
    folder,
    home,
    target,
    state,
    env,
    write,
    reachAs,
    start,
    lab,
    play: async (...args) => {
      const run = await lab("play", ...args, "--format", "jsonl");
      const lines = run.stdout.split("\n").filter((line) => line !== "");
      return { ...run, events: lines.map((line): RunEvent => JSON.parse(line)) };
    },
    runIds: () =>
      readdirSync(join(folder, ".lab/runs"))
        .map((name) => name.replace(/\.jsonl$/, ""))
        .sort(),
    stop: async () => {
      for (const child of live) child.kill("SIGKILL");
      await sshd.stop();
      for (const each of [base, target]) rmSync(each, { recursive: true, force: true });
    },
  };
}

/** What a journal of a rig's run holds, all of it. */
export function journals({ folder }: Rig): string {
  const runs = join(folder, ".lab/runs");
  return readdirSync(runs)
    .map((name) => readFileSync(join(runs, name), "utf8"))
    .join("");
}
