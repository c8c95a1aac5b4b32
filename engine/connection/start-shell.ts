import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Channel, Exit } from "./channel.ts";
import { Unreachable } from "./connection.ts";
import type { ConnectionEnvironment } from "./environment.ts";

/** A command of the controller's own shell, as a channel. */
export async function startShell(command: string, environment: ConnectionEnvironment): Promise<Channel> {
  const child = spawn("sh", ["-c", command], {
    env: { ...environment.env },
    // Where a login would start as well, so that a relative path means the same over every connection.
    cwd: environment.home,
    stdio: "pipe",
    // A group of its own: an interrupt typed at the terminal is ours to handle, a step in flight is finished first.
    detached: true,
  });
  // Without a listener a child that exits before reading its stdin (EPIPE) ends this process.
  child.stdin.on("error", () => {});
  const closed = once(child, "close");
  closed.catch(() => {});
  try {
    await once(child, "spawn");
  } catch (error) {
    throw new Unreachable(
      `cannot start \`sh\` on the controller: ${error instanceof Error ? error.message : String(error)}`,
      `is \`sh\` in PATH, and is ${environment.home} a folder?`,
    );
  }
  return {
    stdin: child.stdin,
    stdout: child.stdout,
    stderr: child.stderr,
    exit: closed.then(
      ([code, signal]): Exit => ({
        code: typeof code === "number" ? code : null,
        signal: typeof signal === "string" ? signal : null,
      }),
      (): Exit => ({ code: null, signal: null }),
    ),
    cut: () => {
      child.stdin.destroy();
      child.stdout.destroy();
      child.stderr.destroy();
      child.kill("SIGHUP");
    },
  };
}
