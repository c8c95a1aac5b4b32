import type { ToolResult } from "../../tool.ts";

/** Proxmox VE's tools give up. The text is what they print; the code often is an errno that leaked. */
export class PveError extends Error {
  readonly code: number;

  /** `text`: with its line feed, or without. */
  constructor(text: string, code = 255) {
    super(text.endsWith("\n") ? text : `${text}\n`);
    this.name = "PveError";
    this.code = code;
  }
}

/** The command was used wrongly: how it is used is printed after what is wrong. */
export class UsageError extends PveError {}

/** Parameters are wrong, with one message for each. */
export class ParameterError extends UsageError {
  constructor(errors: ReadonlyMap<string, string>, head = "400 Parameter verification failed.", code = 255) {
    super([`${head}\n`, ...[...errors].map(([name, message]) => `${name}: ${message}\n`)].join(""), code);
    this.name = "ParameterError";
  }
}

/** Where a command's work says something on its way. */
export interface Output {
  out(text: string): void;
  /** A warning, one line or more; to stderr, or to stdout once the work runs as a task. */
  warn(text: string): void;
  /** From here the work is a task: all but its final error goes to stdout. */
  beginTask(): void;
}

/** Runs the work of one command; what stops it is printed last, on stderr. `usage` follows wrong parameters. */
export function collectOutput(usage: string, work: (output: Output) => void): ToolResult {
  let stdout = "";
  let stderr = "";
  let task = false;
  const lineOf = (text: string) => (text.endsWith("\n") ? text : `${text}\n`);
  const output: Output = {
    out: (text) => {
      stdout += lineOf(text);
    },
    warn: (text) => {
      if (task) stdout += lineOf(text);
      else stderr += lineOf(text);
    },
    beginTask: () => {
      task = true;
    },
  };
  try {
    work(output);
    return { code: 0, stdout, stderr };
  } catch (error) {
    if (!(error instanceof PveError)) throw error;
    const after = error instanceof UsageError ? `${usage}\n` : "";
    return { code: error.code, stdout, stderr: stderr + error.message + after };
  }
}
