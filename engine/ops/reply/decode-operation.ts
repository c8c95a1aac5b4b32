import { Buffer, isUtf8 } from "node:buffer";
import { unreachable } from "../../errors/bug.ts";
import type { FileSpec, OpError, Operation, OpReply, StatSpec, WriteAnswer } from "../ir.ts";
import { limitMsOf, lockLimitMs, validateLimitMs, wholeSeconds } from "../limits.ts";
import { insideMark } from "../shell/step-inside.ts";
import { decodeExec, decodeHttp } from "./decode-exec.ts";
import { exitError, hostError } from "./host-error.ts";
import { gatherLooks, type Looks, sha256Of, statOf } from "./looks.ts";
import type { ParsedFrame } from "./parse-frame.ts";

interface Surroundings {
  readonly nonce: string;
  readonly maxBytes: number;
  /** The shell has ended: what it did not start will not run. */
  readonly ended: boolean;
  /** What became of all operations if the script did not begin: nothing known, certainly nothing done, or refused entry. */
  readonly notBegun: "unknown" | "not-run" | "refused";
  /** The words that entered its environment; empty for the channel's own. */
  readonly entering: string;
  /** They enter another environment, not only another user's shell. */
  readonly within: boolean;
  /** What was printed beside the answer. */
  readonly printed: string;
}
export interface Opened extends Surroundings {
  readonly frame: ParsedFrame;
  readonly looks: Looks;
}

export function openFrame(frame: ParsedFrame, surroundings: Surroundings): Opened {
  return { ...surroundings, frame, looks: gatherLooks(frame, surroundings.nonce) };
}

export function decodeOperation(operation: Operation, id: string, opened: Opened): OpReply {
  const { frame } = opened;
  if (!frame.begun)
    return opened.notBegun === "refused" ? { kind: "failed", error: refused(opened) } : { kind: opened.notBegun };
  const notes = frame.notes.get(id) ?? [];
  const note = (word: string): readonly string[] | undefined => notes.find(([first]) => first === word)?.slice(1);
  if (note("n") !== undefined) return { kind: "not-run" };
  if (note("late") !== undefined) return failed("timeout", operation, id, opened);
  const wrong = note("x");
  if (wrong !== undefined) return failed(wrong[0] ?? "failed", operation, id, opened);
  switch (operation.kind) {
    case "exec":
    case "script":
    case "http": {
      const code = note("e")?.[0];
      return code === undefined
        ? missing(notes.length > 0, opened)
        : decodeCommand(operation, id, Number(code), opened);
    }
    case "file":
      return note("a") !== undefined ? absent : (decodeFile(operation, id, opened) ?? missing(true, opened));
    case "stat":
      return note("a") !== undefined ? absent : (decodeStat(operation, id, opened) ?? missing(true, opened));
    case "list": {
      if (note("a") !== undefined) return { kind: "done", answer: null };
      const part = frame.parts.get(`${id}.l`);
      if (part === undefined || part === null || note("l") === undefined) return missing(true, opened);
      return { kind: "done", answer: part.toString("utf8").split("\0").slice(0, -1).sort(byCodeUnit) };
    }
    case "write-file":
    case "upload":
    case "mkdir":
    case "remove":
    case "symlink":
    case "attributes": {
      const done = note("d");
      if (done === undefined) return missing(notes.length > 0, opened);
      const answer: WriteAnswer = done[0] === "inplace" ? { inPlace: true } : {};
      return { kind: "done", answer };
    }
    default:
      return unreachable(operation);
  }
}

const absent: OpReply = { kind: "done", answer: null, digest: "absent" };

function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** No answer of an operation. Where the shell has ended, it has not begun what it did not note; looks go together and have no such note. */
function missing(begun: boolean, { ended, frame }: Opened): OpReply {
  if (frame.complete)
    return { kind: "failed", error: { code: "failed", message: "the host's answer lacks this operation" } };
  return ended && !begun ? { kind: "not-run" } : { kind: "unknown" };
}

function refused({ entering, within, printed }: Opened): OpError {
  if (within) {
    const at = printed.indexOf(insideMark);
    // Without the mark it was the environment that did not let us in; what it said is for the connection to explain.
    if (at < 0) return { code: "no-entry", message: printed };
    const said = printed.slice(at + insideMark.length).trim();
    return { code: "failed", message: `cannot enter as ${entering}${said === "" ? "" : `: ${said}`}` };
  }
  const what = entering === "" ? "the shell on the host did not run the script" : `cannot enter as ${entering}`;
  return { code: "failed", message: `${what}${printed === "" ? "" : `: ${printed}`}` };
}

function decodeCommand(
  operation: Extract<Operation, { kind: "exec" | "script" | "http" }>,
  id: string,
  code: number,
  opened: Opened,
): OpReply {
  const stdout = opened.frame.parts.get(`${id}.o`);
  const stderr = opened.frame.parts.get(`${id}.e`);
  const limit = (operation.kind === "exec" ? operation.maxBytes : undefined) ?? opened.maxBytes;
  if (stdout === null || stderr === null || (stdout?.length ?? 0) > limit || (stderr?.length ?? 0) > limit) {
    return failed("too-large", operation, id, opened);
  }
  if (stdout === undefined || stderr === undefined) {
    // It ended, but its output did not arrive. A code that is not ok says enough; an ok without its output would be a short answer.
    const empty = { stdout: Buffer.alloc(0), stderr: Buffer.alloc(0) };
    const known = operation.kind !== "http" && decodeExec(operation, code, empty).kind === "failed";
    if (!known) return { kind: "unknown" };
    return { kind: "failed", error: exitError({ code, stdout: "", stderr: "", bytes: new Uint8Array() }) };
  }
  const outputs = { stdout, stderr };
  return operation.kind === "http" ? decodeHttp(operation, code, outputs) : decodeExec(operation, code, outputs);
}

function decodeFile(operation: Operation & FileSpec, id: string, opened: Opened): OpReply | null {
  const { looks } = opened;
  const content = looks.contents.get(id);
  if (content === undefined) return opened.frame.complete ? failed("raced", operation, id, opened) : null;
  if (content.length > (operation.maxBytes ?? opened.maxBytes)) return failed("too-large", operation, id, opened);
  const sha256 = sha256Of(content);
  const said = looks.hashes.get(id);
  // Not the whole answer: the hash that would tell may be in what is missing.
  if (said === undefined && !opened.frame.complete) return null;
  if (said !== undefined && said !== sha256) return failed("raced", operation, id, opened);
  const digest = { sha256 };
  if (operation.as === "bytes") return { kind: "done", answer: new Uint8Array(content), digest };
  if (!isUtf8(content) || content.includes(0)) {
    return { kind: "failed", error: { code: "not-text", message: `${operation.path} is not UTF-8 text` } };
  }
  return { kind: "done", answer: content.toString("utf8"), digest };
}

function decodeStat(operation: Operation & StatSpec, id: string, opened: Opened): OpReply | null {
  const fields = opened.looks.stats.get(id);
  if (fields === undefined) return null;
  const hash = opened.looks.hashes.get(id);
  const stat = fields === null ? null : statOf(fields, opened.looks.links.get(id), hash ?? undefined);
  // It was there a moment before: gone, or replaced by something that has no such hash.
  // A link that was none a moment before was not followed.
  const unfollowed = operation.follow && stat?.type === "symlink";
  if (stat === null || hash === null || unfollowed) return failed("raced", operation, id, opened);
  if (operation.sha256 && stat.type === "file" && hash === undefined) {
    return opened.frame.complete ? failed("raced", operation, id, opened) : null;
  }
  return { kind: "done", answer: stat, ...(hash === undefined ? {} : { digest: { sha256: hash } }) };
}

function failed(code: string, operation: Operation, id: string, opened: Opened): OpReply {
  const text = (suffix: string): string => opened.frame.parts.get(`${id}.${suffix}`)?.toString("utf8").trim() ?? "";
  const maxBytes = "maxBytes" in operation ? operation.maxBytes : undefined;
  const error = hostError(code, {
    path: "path" in operation ? operation.path : operation.kind,
    about: text("z"),
    printed: text("e"),
    limitText: `${maxBytes ?? opened.maxBytes} bytes`,
    seconds: wholeSeconds(overrunMs(operation, text("z") !== "")),
    cwd: operation.kind === "exec" ? (operation.cwd ?? "") : "",
  });
  return { kind: "failed", error };
}

/** The limit that was exceeded: a write has one for its lock and one for its validation. */
function overrunMs(operation: Operation, lock: boolean): number {
  if (operation.kind !== "write-file") return limitMsOf(operation);
  return lock ? lockLimitMs(operation) : validateLimitMs(operation);
}
