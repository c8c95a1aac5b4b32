import type { Buffer } from "node:buffer";
import type { ExecAnswer, ExecSpec, HttpAnswer, HttpSpec, Operation, OpReply, ScriptSpec } from "../ir.ts";
import { asksAgain, unansweredCodes } from "../shell/curl-config.ts";
import { exitError } from "./host-error.ts";

export interface Outputs {
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

export function decodeExec(operation: Operation & (ExecSpec | ScriptSpec), code: number, outputs: Outputs): OpReply {
  const answer: ExecAnswer = {
    code,
    stdout: outputs.stdout.toString("utf8"),
    stderr: outputs.stderr.toString("utf8"),
    bytes: new Uint8Array(outputs.stdout),
  };
  const okCodes = operation.kind === "exec" ? operation.okCodes : undefined;
  const ok = okCodes === undefined ? operation.effect === "read" || code === 0 : okCodes.includes(code);
  return ok ? { kind: "done", answer } : { kind: "failed", error: exitError(answer) };
}

/** curl's output: headers (of `100 Continue` and the like too), body, and on the last line the size of all headers (and of the body). */
export function decodeHttp(operation: Operation & HttpSpec, code: number, { stdout, stderr }: Outputs): OpReply {
  const said = stderr.toString("utf8").trim();
  if (code === 127) {
    return failed(
      "not-found",
      `${operation.method} needs curl on the host, and there is none: install the package curl (into a container's network also nsenter, of util-linux)`,
    );
  }
  if (operation.orUnanswered === true && unansweredCodes.includes(code)) {
    const answer: HttpAnswer = { status: 0, headers: {}, body: "", unanswered: said };
    return { kind: "done", answer };
  }
  if (code === 28) return failed("timeout", `no answer within the time limit: ${said}`);
  if (code !== 0) return failed("failed", said === "" ? `curl ended with exit code ${code}` : said);
  const end = stdout.lastIndexOf(10);
  const [headerBytes = Number.NaN, bodyBytes = 0] = stdout
    .toString("latin1", end + 1)
    .split(" ")
    .map(Number);
  // Of several tries only the last one counts: the others stand in front of it.
  const start = asksAgain(operation) ? end - bodyBytes - headerBytes : 0;
  const head = stdout.toString("latin1", Math.max(0, start), start + headerBytes);
  const block =
    head
      .trimEnd()
      .split(/\r?\n\r?\n/)
      .at(-1) ?? "";
  const [first = "", ...lines] = block.split(/\r?\n/);
  const status = Number(/^HTTP\/[\d.]+ (\d{3})/.exec(first)?.[1] ?? Number.NaN);
  if (end < 0 || !(start >= 0) || Number.isNaN(status)) return failed("failed", "the answer of the server is not HTTP");
  const answer: HttpAnswer = {
    status,
    headers: headersOf(lines),
    body: stdout.toString("utf8", start + headerBytes, end),
  };
  return { kind: "done", answer };
}

/** A header that is there several times: its values with commas, as HTTP defines it. */
function headersOf(lines: readonly string[]): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return Object.fromEntries(headers);
}

function failed(code: "not-found" | "timeout" | "failed", message: string): OpReply {
  return { kind: "failed", error: { code, message } };
}
