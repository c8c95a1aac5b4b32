import { spawnSync } from "node:child_process";
import { drop, put } from "../../engine/sim/files/file-tree.ts";
import { nodeOf, peek } from "../../engine/sim/files/look-at-path.ts";
import { nodeText } from "../../engine/sim/files/node.ts";
import { writeFile } from "../../engine/sim/files/write-file.ts";
import { runWords } from "../../engine/sim/interpret/interpret-exec.ts";
import type { Session } from "../../engine/sim/session.ts";
import { type LineStage, type LineStatement, type LineWord, parseLine } from "./parse-line.ts";

export interface LineResult {
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a line of a transcript: the imitated tools on the embedded host; what only works on the text that they print, and
 * stands behind a pipe or reads one file, in the real programs. Null where the line takes more of a shell.
 */
export function runLine(session: Session, line: string, stdin?: string): LineResult | null {
  const statements = parseLine(line);
  return statements === null ? null : runStatements(session, statements, stdin);
}

function runStatements(session: Session, statements: readonly LineStatement[], stdin?: string): LineResult {
  const all: LineResult = { code: 0, stdout: "", stderr: "" };
  for (const { stages, after } of statements) {
    if ((after === "&&" && all.code !== 0) || (after === "||" && all.code === 0)) continue;
    let input = stdin;
    for (const [index, stage] of stages.entries()) {
      const words = stage.words.map((word) => expand(session, word, all.code));
      const result = redirect(session, stage, runStage(session, words, index > 0, input));
      all.stderr += result.stderr;
      all.code = result.code;
      input = result.stdout;
    }
    all.stdout += input ?? "";
  }
  return all;
}

function expand(session: Session, word: LineWord, code: number): string {
  return word
    .map((part) => {
      if (part.kind === "text") return part.text;
      if (part.kind === "code") return String(code);
      return runStatements(session, part.statements).stdout.replace(/\n+$/, "");
    })
    .join("");
}

function redirect(session: Session, { out, err }: LineStage, { code, stdout, stderr }: LineResult): LineResult {
  const kept = err === "stdout" ? stdoutOf(session, out, stdout) + stderr : stdoutOf(session, out, stdout);
  return { code, stdout: kept, stderr: err === "keep" ? stderr : "" };
}

function stdoutOf(session: Session, out: LineStage["out"], text: string): string {
  if (out === "keep") return text;
  if (out === "drop") return "";
  const before = out.append ? textOf(session, out.file) : "";
  writeFile(session, { path: out.file, bytes: Buffer.from(before + text), runId: "recorded" });
  return "";
}

/** Programs that read their input, or one file, and print. */
const FILTERS = new Set(["sed", "head", "tail", "grep", "wc", "sort", "tr", "cut", "cat", "sha1sum", "jq", "awk"]);

function runStage(session: Session, words: readonly string[], piped: boolean, input: string | undefined): LineResult {
  const [name = "", ...args] = words;
  if (name === "rm") return removeFiles(session, args);
  if (name === "mv") return moveFile(session, args);
  if (name === "printf") return real(words, "");
  const last = args.at(-1) ?? "";
  if (last === "/dev/zero") return real(words, "");
  if (FILTERS.has(name) && (piped || (name !== "cat" && last.startsWith("/")))) {
    const readsFile = !piped && name !== "sha1sum";
    return readsFile ? real(words.slice(0, -1), textOf(session, last)) : real(words, input ?? "");
  }
  // The locale of the recordings.
  const env = { LC_ALL: "C.UTF-8" };
  const result = runWords(session, words, input === undefined ? { env } : { env, stdin: input });
  return { code: result.code, stdout: Buffer.from(result.stdout).toString("utf8"), stderr: result.stderr };
}

function real([program = "", ...args]: readonly string[], input: string): LineResult {
  const { status, stdout, stderr } = spawnSync(program, args, {
    input,
    encoding: "utf8",
    env: { PATH: "/usr/bin:/bin", LC_ALL: "C.UTF-8" },
  });
  return { code: status ?? 127, stdout: stdout ?? "", stderr: stderr ?? "" };
}

function textOf(session: Session, path: string): string {
  const node = nodeOf(session, path);
  return node?.type === "file" ? nodeText(node) : "";
}

function removeFiles(session: Session, args: readonly string[]): LineResult {
  for (const path of args.filter((arg) => !arg.startsWith("-"))) {
    const found = peek(session, path, false);
    if (found?.node !== undefined) drop(session, found.path);
  }
  return { code: 0, stdout: "", stderr: "" };
}

function moveFile(session: Session, [from = "", to = ""]: readonly string[]): LineResult {
  const found = peek(session, from, false);
  if (found?.node !== undefined) {
    put(session, to, structuredClone(found.node));
    drop(session, found.path);
  }
  moveVolume(session, from, to);
  return { code: 0, stdout: "", stderr: "" };
}

/** A volume in a folder is a file of the node, although no node of the tree stands for it. */
function moveVolume(session: Session, from: string, to: string): void {
  const { pve } = session.change();
  if (pve === undefined) return;
  const aside = (path: string) => `aside:${path}`;
  const idOf = (path: string) => {
    const name = /^\/var\/lib\/vz\/images\/(.+)$/.exec(path)?.[1];
    return name === undefined ? aside(path) : `local:${name}`;
  };
  const volume = pve.volumes[idOf(from)];
  if (volume === undefined) return;
  delete pve.volumes[idOf(from)];
  pve.volumes[idOf(to)] = volume;
}
