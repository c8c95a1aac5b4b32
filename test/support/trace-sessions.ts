import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";

/** One session of an sshd: what its login shell was told, and what came of it. */
interface TracedSession {
  /** It keeps the machine's lock. */
  lock: boolean;
  /** Processes that were started below the login shell. */
  started: number;
}
export interface SessionTrace {
  /** Ends it. */
  stop(): Promise<TracedSessions>;
}
export interface TracedSessions {
  readonly sessions: number;
  /** Of the batches: without those of the channel that keeps a machine's lock. */
  readonly started: number;
}

/** Follows an sshd and all that it starts: a count that lab has no part in. */
export async function traceSessions(pid: number, file: string): Promise<SessionTrace> {
  const traced = ["-e", "trace=clone,clone3,fork,vfork,execve", "-e", "signal=none"];
  const args = ["-f", "-qq", "-s", "200", "-o", file, ...traced, "-p", String(pid)];
  const child: ChildProcess = spawn("strace", args, { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  for (let waited = 0; !/TracerPid:\t[1-9]/.test(readFileSync(`/proc/${pid}/status`, "utf8")); waited += 10) {
    if (waited > 5_000) throw new Error("strace does not attach to sshd");
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    stop: async () => {
      child.kill("SIGINT");
      await ended;
      const sessions = sessionsOf(readFileSync(file, "utf8"));
      const started = sessions.reduce((sum, each) => sum + (each.lock ? 0 : each.started), 0);
      return { sessions: sessions.length, started };
    },
  };
}

/** What sshd forks for itself is not ours: only processes whose parents are a session's login shell, or come from one. */
function sessionsOf(trace: string): readonly TracedSession[] {
  const lines = trace.split("\n").map((line) => ({ pid: line.split(" ")[0] ?? "", line }));
  // A child may be seen at work before its parent is told of it.
  const parentOf = new Map<string, string>();
  for (const { pid, line } of lines) {
    const child = /(?:clone|clone3|fork|vfork)(?:\(| resumed).* = (\d+)$/.exec(line)?.[1];
    if (child !== undefined) parentOf.set(child, pid);
  }
  const sessions = new Map<string, TracedSession>();
  for (const { pid, line } of lines) {
    // The login shell, started by sshd with the command of a channel.
    if (/ execve\(.*\["[^"]*", "-c", "sh -c /.test(line)) sessions.set(pid, { lock: false, started: 0 });
  }
  const sessionOf = (pid: string | undefined): TracedSession | undefined =>
    pid === undefined ? undefined : (sessions.get(pid) ?? sessionOf(parentOf.get(pid)));
  for (const parent of parentOf.values()) {
    const session = sessionOf(parent);
    if (session !== undefined) session.started += 1;
  }
  for (const { pid, line } of lines) {
    const session = line.includes('"lab-lock"') ? sessionOf(pid) : undefined;
    if (session !== undefined) session.lock = true;
  }
  return [...sessions.values()];
}
