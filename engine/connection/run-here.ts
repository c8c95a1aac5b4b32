import { spawn } from "node:child_process";

export interface HereAnswer {
  /** Null: it was ended by a signal, or never began. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it came to nothing, in words, where its status does not say. */
  readonly trouble?: string;
}

/** Runs a program of the user's on this machine, without a shell and without input, for so long and with so much to say at most. */
export function runHere(
  path: string,
  args: readonly string[],
  limits: {
    readonly folder: string;
    readonly timeoutMs: number;
    readonly maxBytes: number;
    /** Ends a group of processes at once. */
    end(group: number): void;
  },
): Promise<HereAnswer> {
  return new Promise((done) => {
    const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
    let bytes = 0;
    let trouble: string | undefined;
    // A group of its own, so that what it has started ends with it.
    const child = spawn(path, [...args], { cwd: limits.folder, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const end = (why: string): void => {
      trouble ??= why;
      if (child.pid !== undefined) limits.end(child.pid);
    };
    const timer = setTimeout(() => end(`it took longer than ${limits.timeoutMs / 1000} seconds`), limits.timeoutMs);
    for (const stream of ["stdout", "stderr"] as const) {
      child[stream].on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > limits.maxBytes) end(`it printed more than ${limits.maxBytes} bytes`);
        else output[stream].push(chunk);
      });
    }
    const answer = (code: number | null): void => {
      clearTimeout(timer);
      const text = (stream: "stdout" | "stderr"): string => Buffer.concat(output[stream]).toString("utf8");
      done({ code, stdout: text("stdout"), stderr: text("stderr"), ...(trouble !== undefined && { trouble }) });
    };
    child.on("error", (error) => {
      trouble ??= error.message;
      answer(null);
    });
    child.on("close", (code) => answer(code));
  });
}
