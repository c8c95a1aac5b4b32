import { contentBytes } from "../../ops/content.ts";
import type { Argv, ExecAnswer, ExecSpec, OpReply } from "../../ops/ir.ts";
import { defaultMaxBytes, limitMsOf } from "../../ops/limits.ts";
import { FileError, resolve, seconds } from "../files/file-tree.ts";
import { keepBytes } from "../files/node.ts";
import { findProgram } from "../host/programs.ts";
import type { Session } from "../session.ts";
import { NotImitated, type ToolContext, type ToolResult } from "../tool.ts";
import { tools } from "../tools/index.ts";
import type { DeclaredAnswer, FileNode } from "../world.ts";

export function interpretExec(
  session: Session,
  operation: ExecSpec & { readonly effect: "read" | "write" },
  runId: string,
): OpReply {
  const began = session.host.clockMs;
  const [words, result] = withSecrets(
    session,
    operation.argv,
    runId,
    (plain) => [plain, runWords(session, plain, operation)] as const,
  );
  const limit = limitMsOf(operation);
  if (session.host.clockMs - began > limit) {
    return failed("timeout", `"${words[0]}" took longer than ${limit} ms and was ended`);
  }
  const bytes = Buffer.from(result.stdout);
  const allowed = operation.maxBytes ?? defaultMaxBytes;
  if (bytes.length > allowed || Buffer.byteLength(result.stderr) > allowed) {
    return failed("too-large", `"${words[0]}" printed more than ${allowed} bytes`);
  }
  const answer: ExecAnswer = { code: result.code, stdout: bytes.toString("utf8"), stderr: result.stderr, bytes };
  const fine = operation.okCodes ?? (operation.effect === "read" ? undefined : [0]);
  if (fine === undefined || fine.includes(result.code)) return { kind: "done", answer };
  const said = result.stderr.trim() === "" ? "" : `: ${result.stderr.trim()}`;
  return { kind: "failed", error: { code: "exit", message: `"${words[0]}" ended with ${result.code}${said}`, answer } };
}

/** Runs one command: an answer that the inventory declares, else the imitation of the tool. */
export function runWords(
  session: Session,
  words: readonly string[],
  options: Pick<ExecSpec, "stdin" | "env" | "unset" | "cwd">,
): ToolResult {
  const name = words[0] ?? "";
  session.spend(COMMAND_MS);
  const declared = session.host.description.answers?.find((answer) => matches(answer, words));
  if (declared !== undefined) {
    return { code: declared.code ?? 0, stdout: declared.stdout ?? "", stderr: declared.stderr ?? "" };
  }
  const cwd = options.cwd ?? session.user.home;
  if (options.cwd !== undefined && resolve(session, cwd, true).node?.type !== "directory") {
    throw new FileError("not-found", cwd, "No such directory to run in");
  }
  const base = name.includes("/") ? (name.split("/").at(-1) ?? name) : name;
  const tool = tools.get(base);
  const context: ToolContext = {
    session,
    env: Object.fromEntries(Object.entries(options.env ?? {}).filter(([each]) => !options.unset?.includes(each))),
    cwd,
    stdin: options.stdin === undefined ? new Uint8Array() : contentBytes(options.stdin),
    run: runWords,
  };
  const program = findProgram(context, name);
  if (tool === undefined || (program === undefined && name.includes("/"))) {
    const what = base === "sh" || base === "bash" ? `shell text (${words.join(" ")})` : `the tool "${name}"`;
    throw new NotImitated(
      `the embedded lab does not imitate ${what}${program === undefined ? "" : `, though ${program} is there`}`,
    );
  }
  if (program === undefined) return { code: 127, stdout: "", stderr: `sh: ${name}: not found\n` };
  return tool.run(context, words.slice(1));
}
const COMMAND_MS = 3;

function matches(answer: DeclaredAnswer, words: readonly string[]): boolean {
  const open = answer.argv.at(-1) === "**";
  const pattern = open ? answer.argv.slice(0, -1) : answer.argv;
  if (open ? words.length < pattern.length : words.length !== pattern.length) return false;
  return pattern.every((word, index) => word === "*" || word === words[index]);
}

/** The words with the paths of secrets in their place; the files are there while `work` runs. */
function withSecrets<T>(session: Session, argv: Argv, runId: string, work: (words: readonly string[]) => T): T {
  const index = argv.findIndex((word) => typeof word !== "string");
  const word = argv[index];
  if (word === undefined || typeof word === "string") return work(argv.filter((each) => typeof each === "string"));
  const path = `/dev/shm/lab-${runId}-${index}`;
  const { uid, gid } = session.user;
  const kept = keepBytes(contentBytes(word.content));
  const node: FileNode = { type: "file", mode: "0600", uid, gid, mtime: seconds(session.host), ...kept };
  return session.withScratch(path, node, () =>
    withSecrets(session, argv.with(index, `${word.prefix}${path}`), runId, work),
  );
}

function failed(code: "timeout" | "too-large", message: string): OpReply {
  return { kind: "failed", error: { code, message } };
}
