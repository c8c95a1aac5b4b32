import type { ExecAnswer, OpError } from "../ir.ts";
import { scratchCandidates } from "../shell/scratch-candidates.ts";

/** What a code of the script means, in words. `about` is the path that a part of the answer names, `printed` what tools said. */
interface ErrorFacts {
  readonly path: string;
  readonly about: string;
  readonly printed: string;
  readonly limitText: string;
  readonly seconds: number;
  readonly cwd: string;
}

export function hostError(code: string, facts: ErrorFacts): OpError {
  const { path, about, printed } = facts;
  const said = printed === "" ? "" : `: ${printed}`;
  switch (code) {
    case "denied":
      return {
        code: "denied",
        message: `no permission: ${about === "" ? path : `${path} (the folder ${about} does not let this user in)`}`,
      };
    case "cwd-denied":
      return { code: "denied", message: `the working directory ${facts.cwd} does not let this user in` };
    case "cwd":
      return { code: "not-found", message: `the working directory ${facts.cwd} does not exist` };
    case "is-directory":
      return folderThere(path);
    case "not-empty":
      return {
        code: "is-directory",
        message: `${path} is a directory that is not empty, and its content was not meant to be removed`,
      };
    case "not-directory":
      return { code: "not-directory", message: `${about === "" ? path : about} is not a directory` };
    case "no-folder":
      return { code: "not-found", message: `the folder ${about} does not exist, so ${path} cannot be made in it` };
    case "absent":
      return { code: "not-found", message: `${path} does not exist` };
    case "special":
      return { code: "failed", message: `${path} is not a regular file (a device, a pipe or a socket)` };
    case "raced":
      return { code: "raced", message: `${path} changed while it was read` };
    case "too-large":
      return { code: "too-large", message: `more than the ${facts.limitText} that are allowed` };
    case "timeout":
      return {
        code: "timeout",
        message: `not done within the time limit of ${facts.seconds} s${about === "" ? "" : ` (waiting for the lock ${about})`}; it was ended`,
      };
    case "expectation":
      return { code: "expectation", message: `${path} is no longer what the plan was made from; nothing was written` };
    case "validate":
      return { code: "validate", message: `the new ${path} was not accepted; nothing was written${said}` };
    case "lock":
      return { code: "failed", message: `cannot take the lock ${about}; nothing was written${said}` };
    case "in-the-way":
      return { code: "failed", message: `${path} exists and is not a symlink; it is not replaced by one` };
    case "no-entry":
      return { code: "no-entry", message: printed };
    case "root":
      return { code: "failed", message: `refused to remove the root of the file system` };
    case "payload":
      return { code: "payload", message: `the content for ${path} did not arrive on the host` };
    case "scratch":
      return {
        code: "failed",
        message: `the host has no folder that can be written to for this operation's input (tried ${scratchCandidates.join(", ")}), or it is full`,
      };
    default:
      return { code: "failed", message: printed === "" ? `${path}: the operation failed` : printed };
  }
}

/** Where a file was looked for. Whoever answers for a host says it in these words: a check foretells what a run will say. */
export function folderThere(path: string): OpError {
  return { code: "is-directory", message: `${path} is a directory, not a file` };
}

/** A command that ended with a code that is not ok. */
export function exitError(answer: ExecAnswer): OpError {
  const last = answer.stderr.trim().split("\n").at(-1) ?? "";
  return { code: "exit", message: `exit code ${answer.code}${last === "" ? "" : `: ${last}`}`, answer };
}
